/**
 * What chat models accept. A request is written loosely (`ChatRequestInput`) and brought into one canonical form, which
 * protocols encode:
 *
 * ```ts
 * const request = ChatRequest.make({ messages: "Why is the sky blue?", temperature: 0 })
 * ```
 *
 * An absent parameter is left to the provider; one that the model does not support is an error, unless `onUnsupported` says
 * otherwise.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ProviderOptions } from "./ContentPart.ts"
import { make as makeCheck } from "./InputCheck.ts"
import { Json } from "./Json.ts"
import { type AssistantPart, make as makeMessage, Message, MessageInput } from "./Message.ts"
import { ToolDefinition } from "./Tool.ts"

/**
 * Which tools the model may call: any or none (`auto`), none, at least one (`required`), or exactly the named one.
 *
 * @since 0.1.0
 * @category models
 */
export type ToolChoice = "auto" | "none" | "required" | { readonly tool: string }

/**
 * The schema of `ToolChoice`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ToolChoice: Schema.Codec<ToolChoice> = Schema.Union([
  Schema.Literals(["auto", "none", "required"]),
  Schema.Struct({ tool: Schema.String })
])

/**
 * The format of the response: text, any JSON, or JSON that conforms to a schema.
 *
 * @since 0.1.0
 * @category models
 */
export type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json" }
  | {
      readonly type: "json-schema"
      readonly name?: string | undefined
      readonly description?: string | undefined
      readonly schema: { readonly [key: string]: Json }
      readonly strict?: boolean | undefined
    }

/**
 * The schema of `ResponseFormat`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ResponseFormat: Schema.Codec<ResponseFormat> = Schema.Union([
  Schema.Struct({ type: Schema.Literal("text") }),
  Schema.Struct({ type: Schema.Literal("json") }),
  Schema.Struct({
    type: Schema.Literal("json-schema"),
    name: Schema.optional(Schema.String),
    description: Schema.optional(Schema.String),
    schema: Schema.Record(Schema.String, Json),
    strict: Schema.optional(Schema.Boolean)
  })
])

/**
 * How much the model reasons before it responds: an effort, or a budget in tokens.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reasoning extends Schema.Schema.Type<typeof reasoningSchema> {}

const reasoningSchema = Schema.Struct({
  effort: Schema.optional(Schema.Literals(["none", "minimal", "low", "medium", "high", "xhigh", "max"])),
  budget: Schema.optional(Schema.Int)
})

/**
 * The schema of `Reasoning`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Reasoning: Schema.Codec<Reasoning> = reasoningSchema

/**
 * A chat request in canonical form. An absent parameter is left to the provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatRequest extends Schema.Schema.Type<typeof ChatRequest> {}

/**
 * The schema of `ChatRequest`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChatRequest = Schema.Struct({
  messages: Schema.Array(Message),
  /** The most tokens that the response may have, reasoning included. */
  maxOutputTokens: Schema.optional(Schema.Int),
  temperature: Schema.optional(Schema.Finite),
  topP: Schema.optional(Schema.Finite),
  topK: Schema.optional(Schema.Int),
  /** The response ends before the first of these texts. */
  stop: Schema.optional(Schema.Array(Schema.String)),
  seed: Schema.optional(Schema.Int),
  frequencyPenalty: Schema.optional(Schema.Finite),
  presencePenalty: Schema.optional(Schema.Finite),
  /** Returns log probabilities, and this many alternatives to each token. */
  logprobs: Schema.optional(Schema.Int),
  tools: Schema.optional(Schema.Array(ToolDefinition)),
  toolChoice: Schema.optional(ToolChoice),
  parallelToolCalls: Schema.optional(Schema.Boolean),
  responseFormat: Schema.optional(ResponseFormat),
  reasoning: Schema.optional(Reasoning),
  /** The end user, by the application's own id. */
  user: Schema.optional(Schema.String),
  metadata: Schema.optional(Schema.Record(Schema.String, Schema.String)),
  serviceTier: Schema.optional(Schema.String),
  /** More HTTP headers of this call. */
  headers: Schema.optional(Schema.Record(Schema.String, Schema.String)),
  providerOptions: Schema.optional(ProviderOptions),
  /**
   * What happens to what the model does not support: `fail` (the default) is an error, `drop` leaves it out with a
   * warning on the response, and `send` ignores what is known of the model and sends it, also with a warning, so that
   * the provider decides. What the protocol has no field for cannot be sent, and is an error. `user` and `metadata`, which
   * say whose call it is rather than what it asks for, are always left out with a warning.
   */
  onUnsupported: Schema.optional(Schema.Literals(["fail", "drop", "send"]))
})

/**
 * A request as people write it: a bare string is one user message.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatRequestInput =
  | string
  | (Omit<ChatRequest, "messages"> & { readonly messages: string | ReadonlyArray<MessageInput> })

/**
 * The schema of `ChatRequestInput`, for requests that come from outside. Every call checks its input by it, and fails
 * with `InvalidRequestError` where it does not conform.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChatRequestInput: Schema.Codec<ChatRequestInput> = Schema.Union([
  Schema.String,
  Schema.Struct({
    ...ChatRequest.fields,
    messages: Schema.Union([Schema.String, Schema.Array(MessageInput)])
  })
])

/**
 * Returns the error of an input that does not conform to `ChatRequestInput`: its place, and what is allowed there.
 *
 * @since 0.1.0
 * @category validation
 */
export const check = makeCheck(ChatRequestInput)

/**
 * Brings a request into canonical form; a canonical one is returned as it is.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (input: ChatRequestInput): ChatRequest => {
  if (typeof input === "string") return { messages: [makeMessage(input)] }
  const { messages } = input
  if (typeof messages === "string") return { ...input, messages: [makeMessage(messages)] }
  let isCanonical = true
  const canonical = messages.map((message) => {
    const canonicalMessage = makeMessage(message)
    isCanonical &&= canonicalMessage === message
    return canonicalMessage
  })
  return isCanonical ? (input as ChatRequest) : { ...input, messages: canonical }
}

/**
 * A field of `ChatRequest` that a protocol has to encode, refuse or warn about.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatParameter = Exclude<keyof ChatRequest, "messages" | "headers" | "providerOptions" | "onUnsupported">

/**
 * Whether a parameter only labels a call, such as with its user, and does not affect the response.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isLabel = (parameter: string): boolean => parameter === "user" || parameter === "metadata"

/**
 * Whether a parameter is given: an empty list or record is the same as an absent one.
 *
 * @since 0.1.0
 * @category guards
 */
export const isGiven = (value: unknown): boolean => {
  if (value === undefined) return false
  if (typeof value !== "object" || value === null) return true
  if (Array.isArray(value)) return value.length > 0
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype !== Object.prototype && prototype !== null) || Object.keys(value).length > 0
}

/**
 * Whether a parameter asks for anything that a model without it would not do. Many clients always send the neutral value: a
 * penalty of 0, parallel tool calls, a service tier of `auto`.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isDemanded = (request: ChatRequest, parameter: keyof ChatRequest): boolean =>
  isGiven(request[parameter]) && request[parameter] !== neutralValues[parameter]

const neutralValues: Partial<ChatRequest> = {
  frequencyPenalty: 0,
  presencePenalty: 0,
  parallelToolCalls: true,
  serviceTier: "auto"
}

/**
 * The request with one spelling for each parameter: empty lists and records are absent, and a reasoning budget of 0 is
 * the effort `none`. `reasoning: {}` stays, and leaves the depth to the model. A provider's explanation of a refusal is
 * removed from the messages, since the model did not write it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const normalize = (request: ChatRequest): ChatRequest => {
  const { messages, metadata, reasoning, stop, tools } = request
  let result = messages.some(isExplained) ? { ...request, messages: messages.flatMap(withoutExplanations) } : request
  if (stop !== undefined && !isGiven(stop)) result = { ...result, stop: undefined }
  if (tools !== undefined && !isGiven(tools)) result = { ...result, tools: undefined }
  if (metadata !== undefined && !isGiven(metadata)) result = { ...result, metadata: undefined }
  if (reasoning !== undefined && isOff(reasoning) && (reasoning.effort !== "none" || reasoning.budget !== undefined)) {
    result = { ...result, reasoning: { effort: "none" } }
  }
  return result
}

const isOff = ({ budget, effort }: NonNullable<ChatRequest["reasoning"]>): boolean => effort === "none" || budget === 0

const isExplanation = (part: AssistantPart): boolean => part.type === "refusal" && part.isExplanation === true

const isExplained = (message: Message): boolean => message.role === "assistant" && message.content.some(isExplanation)

const withoutExplanations = (message: Message): ReadonlyArray<Message> => {
  if (message.role !== "assistant" || !isExplained(message)) return [message]
  const content = message.content.filter((part) => !isExplanation(part))
  return content.length === 0 ? [] : [{ ...message, content }]
}

/**
 * Which fields of a chat request may change its response, for `Caching`.
 *
 * @since 0.1.0
 * @category constants
 */
export const cachedFields = {
  messages: "keyed",
  maxOutputTokens: "keyed",
  temperature: "keyed",
  topP: "keyed",
  topK: "keyed",
  stop: "keyed",
  seed: "keyed",
  frequencyPenalty: "keyed",
  presencePenalty: "keyed",
  logprobs: "keyed",
  tools: "keyed",
  toolChoice: "keyed",
  parallelToolCalls: "keyed",
  responseFormat: "keyed",
  reasoning: "keyed",
  user: "keyed",
  // Labels for the provider's own reports.
  metadata: "ignored",
  serviceTier: "keyed",
  headers: "keyed",
  providerOptions: "keyed",
  onUnsupported: "keyed"
} satisfies Record<keyof ChatRequest, "keyed" | "ignored">
