import * as Schema from "effect/Schema"
import { Attempt } from "./Attempt.ts"
import { Cost } from "./Cost.ts"
import { type Json, OptionalJson } from "./Json.ts"
import { RateLimits } from "./RateLimits.ts"
import { Timings } from "./Timings.ts"
import { Usage } from "./Usage.ts"
import { Warning } from "./Warning.ts"

/**
 * What every answer has, whatever was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallAnswer {
  readonly id?: string | undefined
  readonly model?: string | undefined
  readonly provider?: string | undefined
  readonly usage: Usage
  readonly cost?: Cost | undefined
  readonly warnings: ReadonlyArray<Warning>
  readonly requestId?: string | undefined
  readonly rateLimits?: RateLimits | undefined
  readonly timings?: Timings | undefined
  readonly attempts: ReadonlyArray<Attempt>
  readonly raw?: Json | undefined
}

/**
 * Its fields, for the schemas of answers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CallAnswerFields = {
  id: Schema.optional(Schema.String),
  /** The model as the provider reports it. */
  model: Schema.optional(Schema.String),
  provider: Schema.optional(Schema.String),
  /** Tokens, and what else is counted (`units`). */
  usage: Usage,
  /** What this answer cost, where costs are reckoned; what failed tries cost is in `attempts`. */
  cost: Schema.optional(Cost),
  warnings: Schema.Array(Warning),
  requestId: Schema.optional(Schema.String),
  rateLimits: Schema.optional(RateLimits),
  timings: Schema.optional(Timings),
  /** The tries that led here, the answered one last. */
  attempts: Schema.Array(Attempt),
  /** The provider's own body, where the answer is one body of JSON. */
  raw: OptionalJson
}
