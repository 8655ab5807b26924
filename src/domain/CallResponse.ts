import * as Schema from "effect/Schema"
import { Cached } from "./Cached.ts"
import { Attempt } from "./ChatResponse.ts"
import { Cost } from "./Cost.ts"
import { type Json, OptionalJson } from "./Json.ts"
import { RateLimits } from "./RateLimits.ts"
import { Timings } from "./Timings.ts"
import { Usage } from "./Usage.ts"
import { Warning } from "./Warning.ts"

/**
 * What every response has, whatever the capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallResponse {
  readonly id?: string | undefined
  /** The model as the provider reports it. */
  readonly model?: string | undefined
  readonly provider?: string | undefined
  /** Tokens, and whatever else is metered (`units`). */
  readonly usage: Usage
  /** The cost of this response, where costs are computed; the cost of failed attempts is in `attempts`. */
  readonly cost?: Cost | undefined
  readonly warnings: ReadonlyArray<Warning>
  readonly requestId?: string | undefined
  readonly rateLimits?: RateLimits | undefined
  readonly timings?: Timings | undefined
  /** The attempts that led here, the successful one last. */
  readonly attempts: ReadonlyArray<Attempt>
  /** Present if a cache kept the response from an earlier call. */
  readonly cached?: Cached | undefined
  /** The provider's own body, where the response is one body of JSON. */
  readonly raw?: Json | undefined
}

/**
 * The fields of `CallResponse`, for the schemas of responses.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CallResponseFields = {
  id: Schema.optional(Schema.String),
  model: Schema.optional(Schema.String),
  provider: Schema.optional(Schema.String),
  usage: Usage,
  cost: Schema.optional(Cost),
  warnings: Schema.Array(Warning),
  requestId: Schema.optional(Schema.String),
  rateLimits: Schema.optional(RateLimits),
  timings: Schema.optional(Timings),
  attempts: Schema.Array(Attempt),
  cached: Schema.optional(Cached),
  raw: OptionalJson
}
