import * as Schema from "effect/Schema"
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
    warnings: Schema.optional(Schema.Array(Warning))
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
    /** What the provider says besides, as in `ChatResponse`. */
    providerMetadata: Schema.optional(ProviderOptions),
    /** What is known at the end only, besides the warnings of `response-start`. */
    warnings: Schema.optional(Schema.Array(Warning))
  })
])

/**
 * What arrives while a model answers. Parts are told apart by `id`: a start, deltas, an end; parts may interleave.
 * A stream has exactly one `finish`, at its end, or it fails.
 *
 * - `response-start`: the provider took the request (its headers are here).
 * - `response-metadata`: the answer's id and model, as soon as the provider tells.
 * - `text-*`, `reasoning-*`, `refusal-*`: text as it is written. `reasoning-end` carries what must go back with it.
 * - `tool-input-start`, `tool-input-delta`: a call as it is written; `tool-call`: the whole call, once, after them.
 * - `part`: content that arrives in one piece (an image, a recording, a part only the protocol knows).
 * - `citation`: a source of the text part `id`; `source`: one of the answer as a whole.
 * - `malformed-frame`: the provider sent something that cannot be decoded, or not all of it; the stream goes on, and ends
 *   with `StreamInterruptedError`, since content may be missing.
 * - `restarted`: the answer begins again from nothing, possibly by another model: discard what was shown.
 * - `usage`: what was consumed so far, each one replacing the one before.
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
 * The event of one type.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatEventOf<Type extends ChatEvent["type"]> = Extract<ChatEvent, { readonly type: Type }>

/**
 * Whether the event shows the caller something of the answer: the first such event opens the call, and from then on
 * nothing may be asked again in silence. `finish` counts, so that an empty answer opens too.
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
