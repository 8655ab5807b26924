/**
 * The events of a streamed response, whatever the provider.
 *
 * ```ts
 * const text = model.stream("Hello").pipe(Stream.filter((event) => event.type === "text-delta"), Stream.map(({ delta }) => delta))
 * ```
 *
 * `restarted` voids everything shown before it: the response starts over.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Cached } from "./Cached.ts"
import { Attempt } from "./ChatResponse.ts"
import { AudioPart, Citation, ImagePart, ProviderOptions, ProviderPart, ToolCallPart } from "./ContentPart.ts"
import { Cost } from "./Cost.ts"
import { FinishReason } from "./FinishReason.ts"
import { Frame } from "./Frame.ts"
import { OptionalJson } from "./Json.ts"
import { Logprob } from "./Logprob.ts"
import { RateLimits } from "./RateLimits.ts"
import { Timings } from "./Timings.ts"
import { Usage } from "./Usage.ts"
import { Warning } from "./Warning.ts"

const id = Schema.String

const chatEventSchema = Schema.Union([
  Schema.Struct({
    type: Schema.Literal("response-start"),
    provider: Schema.optional(Schema.String),
    model: Schema.optional(Schema.String),
    requestId: Schema.optional(Schema.String),
    rateLimits: Schema.optional(RateLimits),
    warnings: Schema.optional(Schema.Array(Warning)),
    cached: Schema.optional(Cached)
  }),
  Schema.Struct({
    type: Schema.Literal("response-metadata"),
    id: Schema.optional(Schema.String),
    model: Schema.optional(Schema.String)
  }),
  Schema.Struct({ type: Schema.Literal("text-start"), id }),
  Schema.Struct({ type: Schema.Literal("text-delta"), id, delta: Schema.String }),
  Schema.Struct({ type: Schema.Literal("text-end"), id, providerOptions: Schema.optional(ProviderOptions) }),
  Schema.Struct({ type: Schema.Literal("reasoning-start"), id }),
  Schema.Struct({ type: Schema.Literal("reasoning-delta"), id, delta: Schema.String }),
  Schema.Struct({
    type: Schema.Literal("reasoning-end"),
    id,
    itemId: Schema.optional(Schema.String),
    signature: Schema.optional(Schema.String),
    encrypted: Schema.optional(Schema.String),
    protocol: Schema.optional(Schema.String),
    raw: OptionalJson,
    providerOptions: Schema.optional(ProviderOptions)
  }),
  Schema.Struct({ type: Schema.Literal("refusal-start"), id }),
  Schema.Struct({ type: Schema.Literal("refusal-delta"), id, delta: Schema.String }),
  Schema.Struct({ type: Schema.Literal("refusal-end"), id, isExplanation: Schema.optional(Schema.Boolean) }),
  Schema.Struct({
    type: Schema.Literal("tool-input-start"),
    id,
    name: Schema.String,
    providerExecuted: Schema.optional(Schema.Boolean),
    providerOptions: Schema.optional(ProviderOptions)
  }),
  Schema.Struct({ type: Schema.Literal("tool-input-delta"), id, delta: Schema.String }),
  Schema.Struct({ type: Schema.Literal("tool-call"), id, call: ToolCallPart }),
  Schema.Struct({ type: Schema.Literal("part"), part: Schema.Union([ImagePart, AudioPart, ProviderPart]) }),
  Schema.Struct({ type: Schema.Literal("citation"), id, citation: Citation }),
  Schema.Struct({ type: Schema.Literal("source"), source: Citation }),
  Schema.Struct({ type: Schema.Literal("logprobs"), logprobs: Schema.Array(Logprob) }),
  Schema.Struct({ type: Schema.Literal("malformed-frame"), frame: Frame, message: Schema.String }),
  Schema.Struct({
    type: Schema.Literal("restarted"),
    model: Schema.optional(Schema.String),
    attempts: Schema.Array(Attempt)
  }),
  Schema.Struct({ type: Schema.Literal("usage"), usage: Usage }),
  Schema.Struct({
    type: Schema.Literal("finish"),
    finishReason: FinishReason,
    rawFinishReason: Schema.optional(Schema.String),
    stopSequence: Schema.optional(Schema.String),
    usage: Usage,
    cost: Schema.optional(Cost),
    timings: Schema.optional(Timings),
    attempts: Schema.optional(Schema.Array(Attempt)),
    cached: Schema.optional(Cached),
    /** As in `ChatResponse`. */
    providerMetadata: Schema.optional(ProviderOptions),
    /** Warnings known only at the end, besides those of `response-start`. */
    warnings: Schema.optional(Schema.Array(Warning))
  })
])

/**
 * An event of a streamed response. Parts have an `id` and consist of a start, deltas and an end; parts may interleave. A
 * stream has exactly one `finish`, at its end, or it fails.
 *
 * - `response-start`: the provider accepted the request; what its headers say is here.
 * - `response-metadata`: the id and model of the response, as soon as the provider sends them.
 * - `text-*`, `reasoning-*`, `refusal-*`: text as it is written. `reasoning-end` holds what must go back with the reasoning.
 * - `tool-input-start`, `tool-input-delta`: a tool call as it is written; `tool-call`: the whole call, once, after them.
 * - `part`: content that arrives in one piece (an image, audio, a part that only the protocol knows).
 * - `citation`: a source of the text part `id`; `source`: a source of the response as a whole.
 * - `malformed-frame`: the provider sent something that cannot be decoded, or only in part; the stream goes on, and ends
 *   with `StreamInterruptedError`, since content may be missing.
 * - `restarted`: the response starts over, possibly by another model: discard what was shown.
 * - `usage`: what was consumed so far; each one replaces the one before.
 * - `finish`: why the model stopped, and the final usage.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChatEvent: Schema.Codec<ChatEvent, unknown> = chatEventSchema

/**
 * @since 0.1.0
 * @category models
 */
export type ChatEvent = Schema.Schema.Type<typeof chatEventSchema>

/**
 * The events of one type.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatEventOf<Type extends ChatEvent["type"]> = Extract<ChatEvent, { readonly type: Type }>

/**
 * Whether the event shows some of the response. The first such event opens the stream, and from then on nothing is
 * retried silently. `finish` counts, so that an empty response opens too.
 *
 * @since 0.1.0
 * @category guards
 */
export const isContent = (event: ChatEvent): boolean => {
  switch (event.type) {
    case "text-delta":
    case "reasoning-delta":
    case "refusal-delta":
      return event.delta !== ""
    case "tool-input-start":
    case "tool-input-delta":
    case "tool-call":
    case "part":
    case "citation":
    case "source":
    case "restarted":
    case "finish":
      return true
    default:
      return false
  }
}
