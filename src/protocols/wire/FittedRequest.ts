import * as Result from "effect/Result"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart } from "../../domain/ContentPart.ts"
import type { AssistantMessage, Message } from "../../domain/Message.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import type { Warning } from "../../domain/Warning.ts"
import { InvalidRequestError } from "../../domain/errors/InvalidRequestError.ts"
import { UnsupportedParameterError } from "../../domain/errors/UnsupportedParameterError.ts"
import type { ChatProtocol, EncodeOptions } from "../ChatProtocol.ts"
import { canonicalPart } from "./MediaInput.ts"
import { plainSchema } from "./PlainSchema.ts"
import { type FitId, mapSame, withCallIds, withToolNames } from "./ToolIdentifiers.ts"
import { toolSchema } from "./ToolSchema.ts"
import type { WireObject } from "./WireObject.ts"

/** What a provider asks of a conversation that other models, tools and MCP servers left behind. */
export interface HistoryRules<in Quirks extends object> {
  /** How an id of a call becomes one that the provider takes. */
  readonly callId: (options: EncodeOptions<Quirks>) => FitId
  /** Whether the first turn has to be the user's. */
  readonly userFirst?: boolean | undefined
  /** How many ends of a prefix to cache it takes, where that is limited. */
  readonly cacheMarks?: ((options: EncodeOptions<Quirks>) => number | undefined) | undefined
  /** What is wrong with a property of a tool's parameters, by its name, if anything is. */
  readonly property?: ((name: string, options: EncodeOptions<Quirks>) => string | undefined) | undefined
}

/**
 * The encoder of a protocol, which is given requests that the provider takes: with names and schemas of tools and ids of
 * calls in its form. What cannot be brought into it is refused by name.
 */
export const fitted =
  <Quirks extends object>(
    encode: ChatProtocol<Quirks>["encodeRequest"],
    rules: HistoryRules<Quirks>
  ): ChatProtocol<Quirks>["encodeRequest"] =>
  (given, options) => {
    const { model, provider } = options
    const read = withMedia(given)
    if (Result.isFailure(read)) return Result.fail(new InvalidRequestError({ provider, model, ...read.failure }))
    const marked = withinMarks(read.success, rules.cacheMarks?.(options) ?? Infinity)
    const { names, request: named } = withToolNames(marked)
    const tools = withSchemas(named.tools)
    if (Result.isFailure(tools)) return Result.fail(new InvalidRequestError({ provider, model, ...tools.failure }))
    const refused = refusedProperty(tools.success, (name) => rules.property?.(name, options))
    if (refused !== undefined) {
      return Result.fail(new UnsupportedParameterError({ provider, model, parameter: "tools", detail: refused }))
    }
    const opened = rules.userFirst === true ? userFirst(named.messages) : named.messages
    const messages = withCallIds(settled(opened), rules.callId(options))
    const responseFormat = withSchema(named.responseFormat)
    const isSame =
      messages === named.messages && tools.success === named.tools && responseFormat === named.responseFormat
    const request: ChatRequest = isSame ? named : { ...named, messages, tools: tools.success, responseFormat }
    const told = [
      ...(marked === read.success ? [] : [marksWarning]),
      ...(opened === named.messages ? [] : [openedWarning])
    ]
    const encoded = encode(request, options)
    if (told.length === 0 && names === undefined) return encoded
    return Result.map(encoded, (encoded) => ({
      ...encoded,
      ...(names === undefined ? {} : { toolNames: names }),
      warnings: [...told, ...encoded.warnings]
    }))
  }

interface Place {
  readonly at: string
  readonly detail: string
}

const withMedia = (request: ChatRequest): Result.Result<ChatRequest, Place> => {
  let wrong: Place | undefined
  const messages = mapSame(request.messages, (message, m) => {
    const content = mapSame(message.content as ReadonlyArray<ContentPart>, (part, p) => {
      const read = canonicalPart(part)
      if (Result.isSuccess(read)) return read.success
      wrong ??= { at: `messages[${m}].content[${p}]`, detail: read.failure }
      return part
    })
    return content === message.content ? message : ({ ...message, content } as Message)
  })
  if (wrong !== undefined) return Result.fail(wrong)
  return Result.succeed(messages === request.messages ? request : { ...request, messages })
}

const withSchema = (format: ChatRequest["responseFormat"]): ChatRequest["responseFormat"] => {
  if (format?.type !== "json-schema") return format
  const schema = plainSchema(format.schema)
  return schema === format.schema ? format : { ...format, schema: schema as typeof format.schema }
}

/** Another provider may take it, so that it is not the request that is wrong. */
const refusedProperty = (
  tools: ChatRequest["tools"] = [],
  problemOf: (name: string) => string | undefined
): string | undefined => {
  for (const [index, { inputSchema, name }] of tools.entries()) {
    for (const property of Object.keys((inputSchema.properties ?? {}) as object)) {
      const problem = problemOf(property)
      if (problem !== undefined) return `tools[${index}].inputSchema.properties: ${name}: ${problem}`
    }
  }
  return undefined
}

const withSchemas = (tools: ChatRequest["tools"]): Result.Result<ChatRequest["tools"], Place> => {
  let copy: Array<ToolDefinition> | undefined
  for (const [index, tool] of (tools ?? []).entries()) {
    const { inputSchema, name } = tool
    const at = `tools[${index}].inputSchema`
    const schema = toolSchema(inputSchema)
    if (Result.isFailure(schema)) return Result.fail({ at, detail: `${name}: ${schema.failure}` })
    if (schema.success === inputSchema) continue
    copy ??= [...(tools ?? [])]
    // Free keys stay free, which strict modes must know.
    const isFree = tool.strict === true && inputSchema.properties === undefined && isOpen(schema.success)
    const fitted = isFree ? { ...schema.success, additionalProperties: true } : schema.success
    copy[index] = { ...tool, inputSchema: fitted as ToolDefinition["inputSchema"] }
  }
  return Result.succeed(copy ?? tools)
}

const isOpen = ({ additionalProperties, properties }: WireObject): boolean =>
  additionalProperties === undefined && Object.keys(properties as object).length === 0

/**
 * Messages in which the results of tool calls come right after the assistant's turn that made them, as every provider
 * wants it: assistant messages in a row of which the first has open calls are one, and a system message among the results
 * waits for the last of them. Messages that need no change are the same objects.
 */
export const settled = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const open = new Set<string>()
  const result: Array<Message> = []
  let waiting: Array<Message> = []
  for (const message of messages) {
    const last = result.at(-1)
    if (message.role === "assistant") {
      const joined = open.size > 0 && last?.role === "assistant" ? joinedOf(last, message) : message
      if (joined === message) result.push(message)
      else result[result.length - 1] = joined
      for (const part of message.content) {
        if (part.type === "tool-call" && part.providerExecuted !== true) open.add(part.id)
      }
      continue
    }
    if (message.role === "system" && open.size > 0) {
      waiting.push(message)
      continue
    }
    result.push(message)
    if (message.role === "tool") for (const { id } of message.content) open.delete(id)
    if (open.size > 0) continue
    result.push(...waiting)
    waiting = []
  }
  result.push(...waiting)
  return result.length === messages.length && result.every((message, index) => message === messages[index])
    ? messages
    : result
}

const joinedOf = (first: AssistantMessage, second: AssistantMessage): AssistantMessage => ({
  ...first,
  ...second,
  content: [...first.content, ...second.content]
})

/**
 * Messages of which the first turn is the user's: a conversation that was cut short, or that the assistant opens, is given
 * one. Messages that need no change are the same objects.
 */
export const userFirst = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const first = messages.findIndex((message) => message.role !== "system" && !isBlank(message))
  return messages[first]?.role === "assistant" ? messages.toSpliced(first, 0, opening) : messages
}

/** A turn of the user that providers leave out or refuse. */
const isBlank = ({ content, role }: Message): boolean =>
  role === "user" && content.every((part) => part.type === "text" && part.text.trim() === "")

const opening: Message = {
  role: "user",
  content: [{ type: "text", text: "(What was said before is not part of this conversation.)" }]
}

/** What is told where a turn was added. */
export const openedWarning: Warning = {
  type: "other",
  parameter: "messages",
  message: "the conversation begins with an answer, which this provider refuses; a turn of the user was put before it"
}

/**
 * How many ends of a prefix to cache Claude takes in one request.
 * Source: https://github.com/envoyproxy/ai-gateway/pull/1712 ("A maximum of 4 blocks with cache_control may be provided")
 */
export const claudeMarks = 4

/**
 * The request with as many ends of a prefix to cache as the provider takes. The first to go are the earliest within the
 * conversation, since later ones cover what they did; those of tools and instructions stay as long as they can. A request
 * that needs no change is returned as it is.
 */
export const withinMarks = (request: ChatRequest, most: number): ChatRequest => {
  const { messages, tools = [] } = request
  let [instructions, conversation] = [0, 0]
  for (const { content, role } of messages) {
    if (role === "system") instructions += marksIn(content)
    else conversation += marksIn(content)
  }
  const over = tools.filter(isMarked).length + instructions + conversation - most
  if (over <= 0) return request
  const ofConversation = unmarking(over)
  const ofInstructions = unmarking(over - conversation)
  const ofTools = unmarking(over - conversation - instructions)
  return {
    ...request,
    tools: request.tools?.map(ofTools),
    messages: messages.map((message) => unmarked(message, message.role === "system" ? ofInstructions : ofConversation))
  }
}

type Unmark = ReturnType<typeof unmarking>

const unmarked = (message: Message, unmark: Unmark): Message => {
  const content = (message.content as ReadonlyArray<ContentPart>).map((part) => unmark(unmarkedOutput(part, unmark)))
  return { ...message, content } as Message
}

const unmarkedOutput = (part: ContentPart, unmark: Unmark): ContentPart =>
  part.type === "tool-result" && typeof part.output !== "string" ? { ...part, output: part.output.map(unmark) } : part

/** Takes the marks of as many as come first. */
const unmarking = (count: number) => {
  let left = count
  return <A extends object>(one: A): A =>
    left > 0 && isMarked(one) && left-- > 0 ? { ...one, cacheControl: undefined } : one
}

const isMarked = (one: object): boolean => "cacheControl" in one && one.cacheControl !== undefined

const marksIn = (content: ReadonlyArray<ContentPart>): number =>
  content.reduce(
    (count, part) =>
      count +
      (isMarked(part) ? 1 : 0) +
      (part.type === "tool-result" && typeof part.output !== "string" ? part.output.filter(isMarked).length : 0),
    0
  )

/** What is told where marks were left out. */
export const marksWarning: Warning = {
  type: "unsupported-content",
  parameter: "cacheControl",
  message: "the provider takes four ends of a prefix to cache; the earliest of the conversation were left out"
}
