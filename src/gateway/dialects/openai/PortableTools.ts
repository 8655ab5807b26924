/**
 * Tools of the Responses API that no other protocol knows: those in a namespace (Codex puts the tools of MCP servers there) and those
 * whose input is plain text. For models of other protocols they are functions; a model of the same protocol is sent what came.
 */
import * as Result from "effect/Result"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import type { ProviderOptions, ToolCallPart } from "effect-llm/domain/ContentPart"
import type { Frame } from "effect-llm/domain/Frame"
import type { AssistantPart, Message } from "effect-llm/domain/Message"
import type { ToolDefinition } from "effect-llm/domain/Tool"
import type { ChatProtocol, StreamEncoder } from "effect-llm/protocols/ChatProtocol"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"

type WireObject = { readonly [key: string]: unknown }

/** A tool as its client knows it: a function of a namespace, or one whose input is text. */
interface Original {
  readonly definition: ToolDefinition
  readonly name: string
  readonly options: { readonly namespace: string } | { readonly type: typeof textCall }
}

const textCall = "custom_tool_call"

/** The originals, by the names that models call them by. */
type Originals = ReadonlyMap<string, Original>

const isObject = (u: unknown): u is WireObject => typeof u === "object" && u !== null && !Array.isArray(u)

const textOf = (u: unknown): string => (typeof u === "string" ? u : "")

const nameIn = (namespace: string, name: string): string =>
  namespace.endsWith("__") ? namespace + name : `${namespace}__${name}`

/** The tools of a request that are functions to others. */
const originalsOf = (tools: ReadonlyArray<unknown>): Originals =>
  new Map(tools.filter(isObject).flatMap((tool) => (isWhole(tool) ? functionsOf(tool) : [])))

/** Whether others can be told all of a tool: there is more in some namespaces than functions. */
const isWhole = ({ name, tools, type }: WireObject): boolean =>
  typeof name === "string" &&
  (type === "custom" ||
    (type === "namespace" &&
      Array.isArray(tools) &&
      tools.every((tool) => isObject(tool) && tool.type === "function" && typeof tool.name === "string")))

const functionsOf = ({ description, format, name, tools, type }: WireObject): Array<[string, Original]> => {
  const own = textOf(name)
  if (type === "custom") {
    const grammar = isObject(format) && format.type === "grammar" ? format : undefined
    const rules = grammar && `The input follows this ${textOf(grammar.syntax)} grammar:\n${textOf(grammar.definition)}`
    const definition: ToolDefinition = {
      name: own,
      description: [textOf(description), rules ?? ""].filter((text) => text !== "").join("\n\n"),
      inputSchema: { type: "object", properties: { input: { type: "string" } }, required: ["input"] }
    }
    return [[own, { definition, name: own, options: { type: textCall } }]]
  }
  return (tools as ReadonlyArray<WireObject>).map((tool) => {
    const inner = textOf(tool.name)
    const parameters = isObject(tool.parameters) ? tool.parameters : { type: "object", properties: {} }
    const definition: ToolDefinition = {
      name: nameIn(own, inner),
      description: textOf(tool.description),
      inputSchema: parameters as ToolDefinition["inputSchema"]
    }
    return [definition.name, { definition, name: inner, options: { namespace: own } }]
  })
}

const withOptions = (given: ProviderOptions | undefined, options: Original["options"]): ProviderOptions => ({
  ...given,
  [OpenAiResponses.id]: { ...given?.[OpenAiResponses.id], ...options }
})

/** The protocol for a request with these tools. */
export const protocolFor = (tools: unknown): ChatProtocol => {
  const originals = Array.isArray(tools) ? originalsOf(tools) : new Map<string, Original>()
  if (originals.size === 0) return OpenAiResponses
  return {
    ...OpenAiResponses,
    decodeRequest: (...received) =>
      Result.map(OpenAiResponses.decodeRequest(...received), (decoded) => ({
        ...decoded,
        request: portable(decoded.request, originals)
      })),
    encodeResponse: (response, options) => {
      const content = response.content.map((part) => (part.type === "tool-call" ? original(part, originals) : part))
      return OpenAiResponses.encodeResponse(response.with({ content }), options)
    },
    makeEncoder: (options) => new OriginalCalls(OpenAiResponses.makeEncoder(options), originals)
  }
}

const portable = (request: ChatRequest, originals: Originals): ChatRequest => {
  const { messages, providerOptions, tools = [] } = request
  const { tools: others = [], ...options } = providerOptions?.[OpenAiResponses.id] ?? {}
  const left = (Array.isArray(others) ? others : []).filter((tool) => !isObject(tool) || !isWhole(tool))
  return {
    ...request,
    messages: messages.map(portableMessage),
    tools: [...tools, ...[...originals.values()].map(({ definition }) => definition)],
    providerOptions: {
      ...providerOptions,
      [OpenAiResponses.id]: left.length === 0 ? options : { ...options, tools: left }
    }
  }
}

const portableMessage = (message: Message): Message =>
  message.role === "assistant" ? { ...message, content: message.content.map(portablePart) } : message

const portablePart = (part: AssistantPart): AssistantPart => {
  if (part.type !== "tool-call") return part
  const { namespace, type } = part.providerOptions?.[OpenAiResponses.id] ?? {}
  if (typeof namespace === "string") return { ...part, name: nameIn(namespace, part.name) }
  if (type !== textCall) return part
  const { rawInput, ...call } = part
  return { ...call, input: { input: rawInput ?? JSON.stringify(part.input) } }
}

/** A call as the client knows its tool. */
const original = (call: ToolCallPart, originals: Originals): ToolCallPart => {
  const found = originals.get(call.name)
  if (found === undefined || call.providerExecuted === true) return call
  const { name, options } = found
  const providerOptions = withOptions(call.providerOptions, options)
  if ("namespace" in options) return { ...call, name, providerOptions }
  const { input, rawInput, ...rest } = call
  const said = isObject(input) && typeof input.input === "string" ? input.input : (rawInput ?? JSON.stringify(input))
  return { ...rest, rawInput: said, providerOptions }
}

/** Writes calls as the client knows their tools; text is written when it is whole, since models write it as JSON. */
class OriginalCalls implements StreamEncoder {
  readonly #encoder: StreamEncoder
  readonly #originals: Originals
  readonly #held = new Set<string>()

  constructor(encoder: StreamEncoder, originals: Originals) {
    this.#encoder = encoder
    this.#originals = originals
  }

  encode(event: ChatEvent): ReadonlyArray<Frame> {
    switch (event.type) {
      case "tool-input-start": {
        const found = this.#originals.get(event.name)
        if (found === undefined || event.providerExecuted === true) break
        if ("type" in found.options) {
          this.#held.add(event.id)
          return []
        }
        const providerOptions = withOptions(event.providerOptions, found.options)
        return this.#encoder.encode({ ...event, name: found.name, providerOptions })
      }
      case "tool-input-delta":
        if (this.#held.has(event.id)) return []
        break
      case "tool-call": {
        const { id } = event
        const call = original(event.call, this.#originals)
        if (!this.#held.delete(id)) return this.#encoder.encode({ ...event, call })
        const { name, providerOptions, rawInput = "" } = call
        return [
          ...this.#encoder.encode({ type: "tool-input-start", id, name, providerOptions }),
          ...this.#encoder.encode({ type: "tool-input-delta", id, delta: rawInput }),
          ...this.#encoder.encode({ ...event, call })
        ]
      }
      case "restarted":
        this.#held.clear()
    }
    return this.#encoder.encode(event)
  }

  end(): ReadonlyArray<Frame> {
    return this.#encoder.end()
  }

  fail(error: Parameters<StreamEncoder["fail"]>[0]): ReadonlyArray<Frame> {
    return this.#encoder.fail(error)
  }
}
