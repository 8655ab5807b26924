/**
 * What a call will consume, before it is made and without a tokenizer: for limits and budgets, which reserve an estimate and
 * correct it by the usage that the provider reports.
 *
 * ```ts
 * import { Estimate } from "effect-llm"
 *
 * Estimate.inputTokens({ messages: [{ role: "user", content: [{ type: "text", text: "Why is the sky blue?" }] }] }) // 13
 * ```
 *
 * It counts in OpenAI's current vocabulary. Those of other vendors are up to 1.4 times as long: where that matters, count
 * with `effect-llm/tokens/Tokenizer` (see `Counter`).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { Chat, Embedding, Image, Moderation, Rerank, Speech, Transcription } from "../domain/Capability.ts"
import { isCanonical } from "../model/Model.ts"
import { choicesOf } from "./estimate/Choices.ts"
import { dataTokens, partTokens } from "./estimate/MediaTokens.ts"
import { textTokens } from "./estimate/TextTokens.ts"

/**
 * Counts the input tokens of a request to a model, `provider/model`. Policies fall back on `inputTokens` where it fails, or
 * takes longer than a second. See `forChat`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counter<in Request = CallRequest, out R = never> {
  (request: Request, model: string): Effect.Effect<number, unknown, R>
}

/**
 * A request for any capability, as people write it or in canonical form.
 *
 * @since 0.1.0
 * @category models
 */
export type AnyRequest =
  | CallRequest
  | (Chat | Embedding | Image | Moderation | Rerank | Speech | Transcription)["Input"]

/**
 * What is known of a model.
 *
 * @since 0.1.0
 * @category models
 */
export interface Info {
  /** The most tokens of one response. */
  readonly maxOutputTokens?: number | undefined
}

/**
 * The tokens of a text: at least 1, unless it is empty, and never fewer for a longer text. Of a hundred texts of prose in 21
 * languages, source code, JSON, logs and Markdown, ninety are within 16 % of the count that `Tokenizer` gives for OpenAI's
 * models; Base64 and languages with long compounds (Finnish) have up to a third more than estimated.
 *
 * @since 0.1.0
 * @category estimates
 */
export const text = (text: string): number => (text === "" ? 0 : Math.max(1, Math.ceil(textTokens(text))))

/**
 * The input tokens of a request for any capability: its texts, tools and schemas as `text` counts them, the usual overhead of
 * messages and tools, and media by their size. An image is a token for each 28 x 28 pixels, at most 1,568 (1,369 where its
 * size is not known); audio 32 a second, video 263 a second, a document 2,250 for each 50 kB, where their length is given by
 * their bytes; a minute of audio or video, or five pages, where it is a URL or a file of the provider's.
 *
 * Never throws, whatever the input, and is 0 only for an empty one. Of 166 recorded chat requests, most of them short, half
 * are within 16 % of the count that `Tokenizer` gives for models of OpenAI, nine of ten within 58 %: many have tools, which each
 * vendor writes out in its own way.
 *
 * @since 0.1.0
 * @category estimates
 */
export const inputTokens = (request: AnyRequest): number =>
  typeof request === "string" ? text(request) : (known.get(request) ?? countedTokens(request))

/** Of requests that are in a call: limits, budgets and routing ask for the same one. */
const known = new WeakMap<object, number>()

const countedTokens = (request: object): number => {
  // A value that contains itself cannot be sent either.
  const tokens = Result.getOrElse(
    Result.try(() => Math.ceil(requestTokens(request))),
    () => 1
  )
  if (isCanonical(request)) known.set(request, tokens)
  return tokens
}

const requestTokens = (request: object): number =>
  Array.isArray(request)
    ? contentTokens(request)
    : entries(request).reduce((sum, [name, value]) => (settings.has(name) ? sum : sum + fieldTokens(name, value)), 0)

/**
 * The most output tokens that a response is expected to have: `maxOutputTokens` of the request, else of the model, else 1,024
 * and the reasoning budget, for each of the choices that the provider's own options ask for (`n`, `candidateCount`). For other capabilities, by what they make: images 1,290 each, speech 8 for each token of its text,
 * transcriptions 3 for each second; embeddings, rankings and moderations have none.
 *
 * @since 0.1.0
 * @category estimates
 */
export const outputTokens = (request: AnyRequest, info: Info = {}): number => {
  if (Array.isArray(request)) return 0
  return choicesOf(request) * tokensOfOne(request, info)
}

const tokensOfOne = (request: string | object, info: Info): number => {
  const fields: { readonly [name: string]: unknown } = Predicate.isObject(request) ? request : {}
  const has = (name: string): boolean => Object.hasOwn(fields, name)
  const { maxOutputTokens: requested, n: images, reasoning, text: speech } = fields
  if (isCount(requested)) return Math.ceil(requested)
  if (has("inputs") || has("documents")) return 0
  if (has("prompt") && !has("messages") && !has("audio"))
    return Math.ceil(isCount(images) ? images : 1) * tokensPerImage
  if (typeof speech === "string") return Math.ceil(textTokens(speech) * audioPerSpokenToken)
  if (has("audio")) return Math.ceil((fieldTokens("audio", fields.audio) / 32) * spokenPerSecond)
  if (isCount(info.maxOutputTokens)) return Math.ceil(info.maxOutputTokens)
  const budget = Predicate.isObject(reasoning) ? reasoning.budget : undefined
  return defaultOutputTokens + (isCount(budget) ? Math.ceil(budget) : 0)
}

/**
 * Counts chats by a counter, and estimates what is none.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Estimate } from "effect-llm"
 * import { Tokenizer } from "effect-llm/tokens/Tokenizer"
 *
 * const counter = Estimate.forChat((request, model) =>
 *   Effect.map(
 *     Tokenizer.use((tokenizer) => tokenizer.count(request, { model })),
 *     ({ tokens }) => tokens
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const forChat =
  <R>(counter: Counter<ChatRequest, R>): Counter<CallRequest, R> =>
  (request, model) =>
    isChat(request) ? counter(request, model) : Effect.sync(() => inputTokens(request))

const isChat = (request: CallRequest): request is ChatRequest => "messages" in request

/**
 * The input tokens as a counter counts them, else as `inputTokens` estimates them.
 *
 * @since 0.1.0
 * @category estimates
 */
export const countInput = <R = never>(
  request: CallRequest,
  model: string,
  counter: Counter<CallRequest, R> | undefined
): Effect.Effect<number, never, R> => {
  if (counter === undefined) return Effect.succeed(inputTokens(request))
  return Effect.suspend(() => counter(request, model)).pipe(
    Effect.timeoutOption("1 second"),
    Effect.map(Option.filter(isAmount)),
    Effect.catchCause((cause) =>
      Effect.as(Effect.logDebug("the counter of tokens failed", cause), Option.none<number>())
    ),
    Effect.map(Option.getOrElse(() => inputTokens(request)))
  )
}

const defaultOutputTokens = 1024
const tokensPerImage = 1290
const audioPerSpokenToken = 8
const spokenPerSecond = 3

const perRequest = 3
const perMessage = 4
const perTool = 8
/** Base64 characters of hidden reasoning for a token. */
const hiddenPerToken = 16 / 3

const isCount = (u: unknown): u is number => typeof u === "number" && Number.isFinite(u) && u > 0
const isAmount = (u: number): boolean => Number.isFinite(u) && u >= 0

/** Fields that no model reads. */
const settings: ReadonlySet<string> = new Set([
  "user",
  "headers",
  "metadata",
  "providerOptions",
  "onUnsupported",
  "serviceTier",
  "reasoning",
  "toolChoice",
  "stop",
  "mediaType",
  "fileName"
])

const entries = (value: object): ReadonlyArray<[string, unknown]> => Object.entries(value ?? {})

const fieldTokens = (name: string, value: unknown): number => {
  if (name === "messages") return perRequest + sum(value, messageTokens)
  if (name === "tools") return sum(value, toolTokens)
  if (name === "responseFormat") return Predicate.isObject(value) ? jsonTokens(value.schema) : 0
  if (name === "audio") return dataTokens("audio", value)
  if (name === "images") return sum(value, (image) => partTokens("image", image))
  if (name === "mask") return partTokens("image", value)
  return typeof value === "string" || typeof value === "object" ? contentTokens(value) : 0
}

const sum = (values: unknown, tokens: (value: unknown) => number): number => {
  if (typeof values === "string") return tokens(values)
  return Array.isArray(values) ? values.reduce<number>((total, value) => total + tokens(value), 0) : jsonTokens(values)
}

const messageTokens = (message: unknown): number => {
  if (!Predicate.isObject(message)) return perMessage + contentTokens(message)
  return perMessage + contentTokens(message.name) + contentTokens(message.content)
}

const toolTokens = (tool: unknown): number => {
  if (!Predicate.isObject(tool)) return perTool + jsonTokens(tool)
  const { description, name } = tool
  const schema = schemaOf(tool)
  return (
    perTool + contentTokens(name) + contentTokens(description) + (Predicate.isObject(schema) ? schemaTokens(schema) : 0)
  )
}

/** Tools are the same in every call. */
const knownSchemas = new WeakMap<object, number>()

const schemaTokens = (schema: object): number => {
  const known = knownSchemas.get(schema)
  if (known !== undefined) return known
  const tokens = jsonTokens(schema)
  knownSchemas.set(schema, tokens)
  return tokens
}

/** The JSON Schema of a tool may be derived on first use, and that may fail. */
const schemaOf = (tool: { readonly [key: string]: unknown }): unknown =>
  Result.getOrUndefined(Result.try(() => tool.inputSchema))

/** A text, a part, JSON, or several. */
const contentTokens = (content: unknown): number => {
  if (typeof content === "string") return textTokens(content)
  if (Array.isArray(content)) return content.reduce<number>((total, one) => total + contentTokens(one), 0)
  if (typeof content === "number") return 1
  if (content instanceof Uint8Array) return dataTokens("file", content)
  return Predicate.isObject(content) ? objectTokens(content) : 0
}

const objectTokens = (part: { readonly [key: string]: unknown }): number => {
  switch (part.type) {
    case "text":
    case "refusal":
      return contentTokens(part.text)
    case "reasoning":
      return (
        contentTokens(part.text) + (typeof part.encrypted === "string" ? part.encrypted.length / hiddenPerToken : 0)
      )
    case "tool-call":
      return perTool + contentTokens(part.name) + inputOf(part)
    case "tool-result":
      return perTool + contentTokens(part.output)
    case "provider":
      return jsonTokens(part.value)
    case "audio":
      return typeof part.transcript === "string" ? textTokens(part.transcript) : partTokens("audio", part)
    case "image":
      return partTokens("image", part)
    case "file":
      return contentTokens(part.title) + contentTokens(part.context) + partTokens("file", part)
    case undefined:
      if (Array.isArray(part.tokens)) return part.tokens.length
      return Array.isArray(part.content) ? contentTokens(part.content) : jsonTokens(part)
    default:
      return jsonTokens(part)
  }
}

const inputOf = (part: { readonly [key: string]: unknown }): number =>
  typeof part.rawInput === "string" ? textTokens(part.rawInput) : jsonTokens(part.input)

/** What cannot be written as JSON (a cycle) counts as a token. */
const jsonTokens = (value: unknown): number => {
  if (value === undefined || value === null) return 0
  const json = Result.getOrUndefined(Result.try(() => JSON.stringify(value)))
  return json === undefined ? 1 : textTokens(json)
}
