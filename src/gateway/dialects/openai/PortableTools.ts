/**
 * Tools of OpenAI's that no other protocol knows: those in a namespace (Codex puts the tools of MCP servers there), those whose input
 * is plain text, and a choice among some of them. For models of other protocols they are functions; a model of the same protocol is
 * sent what came.
 */
import * as Result from "effect/Result"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import type { ProviderOptions, ToolCallPart } from "effect-llm/domain/ContentPart"
import type { Frame } from "effect-llm/domain/Frame"
import type { AssistantPart, Message } from "effect-llm/domain/Message"
import type { ToolDefinition } from "effect-llm/domain/Tool"
import type { ChatProtocol, StreamEncoder } from "effect-llm/protocols/ChatProtocol"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"

type WireObject = { readonly [key: string]: unknown }

/** A tool as its client knows it: a function of a namespace, or one whose input is text. */
interface Original {
  readonly definition: ToolDefinition
  readonly name: string
  readonly options: { readonly namespace: string } | { readonly type: string }
}

/** One of OpenAI's protocols, and how it marks a call whose input is text. */
interface Wire {
  readonly protocol: ChatProtocol
  readonly textCall: string
}

const responses: Wire = { protocol: OpenAiResponses, textCall: "custom_tool_call" }
const chat: Wire = { protocol: OpenAiChat, textCall: "custom" }

/** The originals, by the names that models call them by. */
type Originals = ReadonlyMap<string, Original>

const isObject = (u: unknown): u is WireObject => typeof u === "object" && u !== null && !Array.isArray(u)

const textOf = (u: unknown): string => (typeof u === "string" ? u : "")

const nameIn = (namespace: string, name: string): string =>
  namespace.endsWith("__") ? namespace + name : `${namespace}__${name}`

/** The tools of a request that are functions to others. */
const originalsOf = (tools: ReadonlyArray<unknown>, wire: Wire): Originals =>
  new Map(tools.filter(isObject).flatMap((tool) => (isWhole(tool) ? functionsOf(tool, wire) : [])))

/** What a tool, or a choice of one, says: chat completions have it in a field that is named like its type. */
const bodyOf = (tool: WireObject): WireObject => {
  const inner = typeof tool.type === "string" ? tool[tool.type] : undefined
  return isObject(inner) ? inner : tool
}

/** Whether others can be told all of a tool: there is more in some namespaces than functions. */
const isWhole = (tool: WireObject): boolean => {
  const { tools, type } = tool
  return (
    typeof bodyOf(tool).name === "string" &&
    (type === "custom" ||
      (type === "namespace" &&
        Array.isArray(tools) &&
        tools.every((tool) => isObject(tool) && tool.type === "function" && typeof tool.name === "string")))
  )
}

const functionsOf = (tool: WireObject, { textCall }: Wire): Array<[string, Original]> => {
  const { description, format, name } = bodyOf(tool)
  const { tools, type } = tool
  const own = textOf(name)
  if (type === "custom") {
    const grammar = isObject(format) && format.type === "grammar" ? bodyOf(format) : undefined
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

const withOptions = (
  given: ProviderOptions | undefined,
  { id }: ChatProtocol,
  options: Original["options"]
): ProviderOptions => ({ ...given, [id]: { ...given?.[id], ...options } })

/** The protocol for a request for a response. */
export const responsesFor = (body: WireObject): ChatProtocol => protocolFor(body, responses)

/** The protocol for a request for a chat completion. */
export const chatFor = (body: unknown): ChatProtocol => (isObject(body) ? protocolFor(body, chat) : OpenAiChat)

const protocolFor = ({ tool_choice: choice, tools }: WireObject, wire: Wire): ChatProtocol => {
  const { protocol } = wire
  const isForeign = ({ type }: WireObject): boolean => type === "custom" || type === "namespace"
  const hasForeign = Array.isArray(tools) && tools.some((tool) => isObject(tool) && isForeign(tool))
  if (!hasForeign && !(isObject(choice) && choice.type === "allowed_tools")) return protocol
  const originals = hasForeign ? originalsOf(tools, wire) : new Map<string, Original>()
  return {
    ...protocol,
    decodeRequest: (...received) =>
      Result.map(protocol.decodeRequest(...received), (decoded) => ({
        ...decoded,
        request: portable(decoded.request, originals, wire)
      })),
    encodeResponse: (response, options) => {
      const content = response.content.map((part) =>
        part.type === "tool-call" ? original(part, originals, protocol) : part
      )
      return protocol.encodeResponse(response.with({ content }), options)
    },
    makeEncoder: (options) => new OriginalCalls(protocol.makeEncoder(options), originals, protocol)
  }
}

const portable = (request: ChatRequest, originals: Originals, wire: Wire): ChatRequest => {
  const { id } = wire.protocol
  const { messages, providerOptions, tools = [] } = request
  const { tool_choice: choice, tools: others = [], ...options } = providerOptions?.[id] ?? {}
  const left = (Array.isArray(others) ? others : []).filter((tool) => !isObject(tool) || !isWhole(tool))
  const all = [...tools, ...[...originals.values()].map(({ definition }) => definition)]
  const chosen = choiceOf(choice)
  return {
    ...request,
    messages: messages.map((message) => portableMessage(message, wire)),
    tools: all,
    ...chosen?.(all),
    providerOptions: {
      ...providerOptions,
      [id]: {
        ...options,
        ...(chosen === undefined && choice !== undefined && { tool_choice: choice }),
        ...(left.length > 0 && { tools: left })
      }
    }
  }
}

/** What a choice among tools is to others, which know one of all tools and one by name: fewer tools to choose from. */
const choiceOf = (
  choice: unknown
): ((tools: ReadonlyArray<ToolDefinition>) => Pick<ChatRequest, "tools" | "toolChoice">) | undefined => {
  if (!isObject(choice)) return undefined
  const { mode, name, tools: allowed } = bodyOf(choice)
  if (choice.type === "custom" && typeof name === "string") return () => ({ toolChoice: { tool: name } })
  if (choice.type !== "allowed_tools" || !Array.isArray(allowed)) return undefined
  const names = new Set(allowed.map((tool) => (isObject(tool) ? bodyOf(tool).name : undefined)))
  return (tools) => ({
    tools: tools.filter(({ name }) => names.has(name)),
    toolChoice: mode === "required" ? "required" : "auto"
  })
}

const portableMessage = (message: Message, wire: Wire): Message =>
  message.role === "assistant"
    ? { ...message, content: message.content.map((part) => portablePart(part, wire)) }
    : message

const portablePart = (part: AssistantPart, { protocol, textCall }: Wire): AssistantPart => {
  if (part.type !== "tool-call") return part
  const { namespace, type } = part.providerOptions?.[protocol.id] ?? {}
  if (typeof namespace === "string") return { ...part, name: nameIn(namespace, part.name) }
  if (type !== textCall) return part
  const { rawInput, ...call } = part
  return { ...call, input: { input: rawInput ?? JSON.stringify(part.input) } }
}

/** A call as the client knows its tool. */
const original = (call: ToolCallPart, originals: Originals, protocol: ChatProtocol): ToolCallPart => {
  const found = originals.get(call.name)
  if (found === undefined || call.providerExecuted === true) return call
  const { name, options } = found
  const providerOptions = withOptions(call.providerOptions, protocol, options)
  if ("namespace" in options) return { ...call, name, providerOptions }
  const { input, rawInput, ...rest } = call
  const said = isObject(input) && typeof input.input === "string" ? input.input : (rawInput ?? JSON.stringify(input))
  return { ...rest, rawInput: said, providerOptions }
}

/** Writes calls as the client knows their tools; text is written when it is whole, since models write it as JSON. */
class OriginalCalls implements StreamEncoder {
  readonly #encoder: StreamEncoder
  readonly #originals: Originals
  readonly #protocol: ChatProtocol
  readonly #held = new Set<string>()

  constructor(encoder: StreamEncoder, originals: Originals, protocol: ChatProtocol) {
    this.#encoder = encoder
    this.#originals = originals
    this.#protocol = protocol
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
        const providerOptions = withOptions(event.providerOptions, this.#protocol, found.options)
        return this.#encoder.encode({ ...event, name: found.name, providerOptions })
      }
      case "tool-input-delta":
        if (this.#held.has(event.id)) return []
        break
      case "tool-call": {
        const { id } = event
        const call = original(event.call, this.#originals, this.#protocol)
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
