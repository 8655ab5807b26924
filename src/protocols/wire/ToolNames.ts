import * as Result from "effect/Result"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart, ToolCallPart } from "../../domain/ContentPart.ts"
import type { AssistantPart, Message } from "../../domain/Message.ts"
import type { ToolDefinition } from "../../domain/Tool.ts"
import type { ChatProtocol } from "../ChatProtocol.ts"
import { mapSame } from "./CallIds.ts"
import { shortHash } from "./ShortHash.ts"

/** The names of tools as they were given, by the names that were sent in their place. */
export type ToolNames = ReadonlyMap<string, string>

const maxLength = 64

/**
 * What nearly every provider takes as the name of a tool; most take nothing else.
 *
 * Sources: https://platform.openai.com/docs/api-reference/chat/create,
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html and
 * https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/protocol/instruct/validator.py
 */
const plain = /^[a-zA-Z0-9_-]{1,64}$/

/**
 * The request with names of tools that the provider takes, wherever one stands, and the names that were changed. The
 * names of MCP servers have dots, slashes and more than 64 characters.
 */
export const withToolNames = (
  request: ChatRequest
): { readonly request: ChatRequest; readonly names: ToolNames | undefined } => {
  const given = namesIn(request)
  if ([...given].every((name) => plain.test(name))) return { request, names: undefined }
  const sent = new Map<string, string>()
  const taken = new Set([...given].filter((name) => plain.test(name)))
  for (const name of given) if (!taken.has(name)) sent.set(name, fit(name, taken))
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

/**
 * The protocol as it reads the response to a request whose tools were renamed: calls have the names that were given.
 */
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
