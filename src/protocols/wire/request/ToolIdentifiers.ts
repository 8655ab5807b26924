import * as Result from "effect/Result"
import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { ContentPart, ToolCallPart } from "../../../domain/ContentPart.ts"
import type { AssistantPart, Message } from "../../../domain/Message.ts"
import type { ToolDefinition } from "../../../domain/Tool.ts"
import type { ChatProtocol } from "../../ChatProtocol.ts"

/** Turns any id into one that the server accepts; an accepted id stays as it is. */
export type FitId = (id: string) => string

/** Ids of at most `maxLength` characters, with `_` for each that `refused` matches. A shortened id ends in a hash. */
export const fitId =
  (options: { readonly refused: RegExp; readonly maxLength: number }): FitId =>
  (id) => {
    const plain = id.replace(options.refused, "_")
    if (plain === "") return `call_${shortHash(id)}`
    return plain.length <= options.maxLength ? plain : `${plain.slice(0, options.maxLength - 9)}_${shortHash(id)}`
  }

/**
 * Messages in which each tool call has a unique id that the server accepts, and each result that of its call. Some servers
 * number calls anew in every response; a result then belongs to the first open call of its id. Messages that need no change
 * are the same objects.
 */
export const withCallIds = (messages: ReadonlyArray<Message>, fit: FitId): ReadonlyArray<Message> => {
  if (!messages.some(isOfTools)) return messages
  const taken = new Set<string>()
  /** How often each id was given to a call. */
  const copies = new Map<string, number>()
  const open = new Map<string, { readonly ids: Array<string>; next: number }>()
  const answered = new Map<string, string>()
  const newId = (id: string): string => {
    let copy = copies.get(id) ?? 0
    let fitted: string
    do fitted = fit(++copy === 1 ? id : `${id}_${copy}`)
    while (taken.has(fitted))
    copies.set(id, copy)
    taken.add(fitted)
    return fitted
  }
  const rename = (part: ContentPart): ContentPart => {
    if (part.type === "tool-call" && part.providerExecuted !== true) {
      const id = newId(part.id)
      const waiting = open.get(part.id)
      if (waiting === undefined) open.set(part.id, { ids: [id], next: 0 })
      else waiting.ids.push(id)
      return id === part.id ? part : { ...part, id }
    }
    if (part.type !== "tool-result") return part
    const waiting = open.get(part.id)
    const id = waiting?.ids[waiting.next] ?? answered.get(part.id) ?? fit(part.id)
    if (waiting !== undefined) waiting.next++
    answered.set(part.id, id)
    return id === part.id ? part : { ...part, id }
  }
  return mapSame(messages, (message) => {
    const content = mapSame(message.content as ReadonlyArray<ContentPart>, rename)
    return content === message.content ? message : ({ ...message, content } as Message)
  })
}

/** Whether a message calls tools or has their results. */
export const isOfTools = ({ content, role }: Message): boolean =>
  role === "tool" || (content as ReadonlyArray<ContentPart>).some(isOfTool)

const isOfTool = ({ type }: ContentPart): boolean => type === "tool-call" || type === "tool-result"

/** The array with each item mapped; the same array if no item changed. */
export const mapSame = <A>(array: ReadonlyArray<A>, f: (item: A, index: number) => A): ReadonlyArray<A> => {
  let copy: Array<A> | undefined
  let index = 0
  for (const item of array) {
    const mapped = f(item, index)
    if (mapped !== item) (copy ??= array.slice())[index] = mapped
    index++
  }
  return copy ?? array
}

/** The original names of tools by the names that were sent instead. */
export type ToolNames = ReadonlyMap<string, string>

const maxLength = 64

/**
 * The names of tools that nearly every server accepts; most accept no other.
 *
 * Sources: https://platform.openai.com/docs/api-reference/chat/create,
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html and
 * https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/protocol/instruct/validator.py
 */
const plain = /^[a-zA-Z0-9_-]{1,64}$/

/**
 * The request with accepted names of tools wherever one occurs, and the names that were changed. Tools of MCP servers have
 * names with dots, slashes and more than 64 characters.
 */
export const withToolNames = (
  request: ChatRequest
): { readonly request: ChatRequest; readonly names: ToolNames | undefined } => {
  if (request.tools === undefined && request.toolChoice === undefined && !request.messages.some(isOfTools))
    return { request, names: undefined }
  const names = namesIn(request)
  if ([...names].every((name) => plain.test(name))) return { request, names: undefined }
  const sent = new Map<string, string>()
  const taken = new Set([...names].filter((name) => plain.test(name)))
  for (const name of names) if (!taken.has(name)) sent.set(name, fit(name, taken))
  const rename = (name: string): string => sent.get(name) ?? name
  const renamePart = (part: ContentPart): ContentPart =>
    (part.type === "tool-call" && part.providerExecuted !== true) ||
    (part.type === "tool-result" && part.name !== undefined)
      ? ({ ...part, name: rename(part.name ?? "") } as ContentPart)
      : part
  const renameTool = (tool: ToolDefinition): ToolDefinition =>
    sent.has(tool.name) ? { ...tool, name: rename(tool.name) } : tool
  const { toolChoice, tools } = request
  return {
    request: {
      ...request,
      ...(tools === undefined ? {} : { tools: mapSame(tools, renameTool) }),
      ...(typeof toolChoice === "object" ? { toolChoice: { tool: rename(toolChoice.tool) } } : {}),
      messages: request.messages.map(
        (message) =>
          ({ ...message, content: mapSame(message.content as ReadonlyArray<ContentPart>, renamePart) }) as Message
      )
    },
    names: new Map([...sent].map(([name, fitted]) => [fitted, name]))
  }
}

const namesIn = ({ messages, toolChoice, tools = [] }: ChatRequest): ReadonlySet<string> => {
  const names = new Set(tools.map(({ name }) => name))
  if (typeof toolChoice === "object") names.add(toolChoice.tool)
  for (const { content } of messages) {
    for (const part of content) {
      if (part.type === "tool-call" && part.providerExecuted !== true) names.add(part.name)
      else if (part.type === "tool-result" && part.name !== undefined) names.add(part.name)
    }
  }
  return names
}

const fit = (name: string, taken: Set<string>): string => {
  const whole = name.replaceAll(/[^a-zA-Z0-9_-]/g, "_") || "tool"
  const isFree = whole.length <= maxLength && !taken.has(whole)
  const fitted = isFree ? whole : `${whole.slice(0, maxLength - 9)}_${shortHash(name)}`
  taken.add(fitted)
  return fitted
}

/** The protocol with the original names of tools in the calls that it decodes. */
export const givenNames = <Quirks extends object>(
  protocol: ChatProtocol<Quirks>,
  names: ToolNames
): ChatProtocol<Quirks> => {
  const call = (part: ToolCallPart): ToolCallPart => {
    const name = names.get(part.name)
    return name === undefined || part.providerExecuted === true ? part : { ...part, name }
  }
  const restore = (events: Array<ChatEvent>, from: number): void => {
    for (let index = from; index < events.length; index++) {
      const event = events[index]
      if (event?.type === "tool-call") events[index] = { ...event, call: call(event.call) }
      else if (event?.type === "tool-input-start" && event.providerExecuted !== true) {
        events[index] = { ...event, name: names.get(event.name) ?? event.name }
      }
    }
  }
  return {
    ...protocol,
    decodeResponse: (body, options) =>
      Result.map(protocol.decodeResponse(body, options), (response) =>
        response.with({
          content: mapSame<AssistantPart>(response.content, (part) => (part.type === "tool-call" ? call(part) : part))
        })
      ),
    makeDecoder: (options) => {
      const inner = protocol.makeDecoder(options)
      return {
        get done() {
          return inner.done
        },
        decode: (frame, events) => {
          const from = events.length
          const failure = inner.decode(frame, events)
          restore(events, from)
          return failure
        },
        end: (events) => {
          const from = events.length
          const isWhole = inner.end(events)
          restore(events, from)
          return isWhole
        }
      }
    }
  }
}

/** FNV-1a over UTF-16 code units, in eight hexadecimal digits: distinguishes names cut to the same length. */
const shortHash = (text: string): string => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, "0")
}
