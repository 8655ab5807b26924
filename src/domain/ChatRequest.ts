import * as Schema from "effect/Schema"
import { ProviderOptions } from "./ContentPart.ts"
import { make as makeCheck } from "./InputCheck.ts"
import { Json } from "./Json.ts"
import { type AssistantPart, makeIn, Message, MessageInput } from "./Message.ts"
import { ToolDefinition } from "./Tool.ts"

/**
 * Which tools the model may call: as it likes, none, at least one, or the one named.
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
 * The form of the answer: free text, any JSON, or JSON that conforms to a JSON Schema.
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
 * How much the model thinks first: by effort, or by a budget in tokens.
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
 * One question to a chat model, in canonical form. An absent parameter is left to the provider.
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
  /** The most tokens that the answer may have, reasoning included. */
  maxOutputTokens: Schema.optional(Schema.Int),
  temperature: Schema.optional(Schema.Finite),
  topP: Schema.optional(Schema.Finite),
  topK: Schema.optional(Schema.Int),
  /** The answer ends before the first of these texts. */
  stop: Schema.optional(Schema.Array(Schema.String)),
  seed: Schema.optional(Schema.Int),
  frequencyPenalty: Schema.optional(Schema.Finite),
  presencePenalty: Schema.optional(Schema.Finite),
  /** Asks for log probabilities; the number is how many alternatives to each token, 0 for none. */
  logprobs: Schema.optional(Schema.Int),
  tools: Schema.optional(Schema.Array(ToolDefinition)),
  toolChoice: Schema.optional(ToolChoice),
  parallelToolCalls: Schema.optional(Schema.Boolean),
  responseFormat: Schema.optional(ResponseFormat),
  reasoning: Schema.optional(Reasoning),
  /** Who asks, as the application names its users. */
  user: Schema.optional(Schema.String),
  metadata: Schema.optional(Schema.Record(Schema.String, Schema.String)),
  serviceTier: Schema.optional(Schema.String),
  /** Further HTTP headers of this call. */
  headers: Schema.optional(Schema.Record(Schema.String, Schema.String)),
  providerOptions: Schema.optional(ProviderOptions),
  /**
   * What happens to what the model cannot take: an error (the default); `drop` leaves it out, with a warning on the
   * response; `send` trusts no table of what models take and sends it, also with a warning, so that the provider decides.
   * What the protocol has no word for cannot be sent, and is an error.
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
 * The schema of `ChatRequestInput`, for those who read requests from outside. It is also what every call checks: a model
 * that is asked with anything else fails with `InvalidRequestError`.
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
 * What is wrong with a request, if anything is: the place and what is allowed there.
 *
 * @since 0.1.0
 * @category validation
 */
export const check = makeCheck(ChatRequestInput)

/**
 * Brings a request into canonical form; one that already is in it is returned as it is.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (input: ChatRequestInput): ChatRequest => makeIn<ChatRequest>(input)

/**
 * A parameter of a chat: every field of `ChatRequest` that a protocol has to write, refuse or warn about.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatParameter = Exclude<keyof ChatRequest, "messages" | "headers" | "providerOptions" | "onUnsupported">

/**
 * Whether a value asks for something: an empty list or record says no more than an absent one.
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
 * The request in which each wish is spelled in one way: empty lists and records are absent, and a reasoning budget of 0 is
 * the effort `none`. `reasoning: {}` stays: it asks for reasoning as deep as the model likes. What a provider said of a
 * refusal is left out of the conversation, since the model never said it.
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
