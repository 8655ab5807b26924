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
  /** The model as the provider reports it. */
  readonly model?: string | undefined
  readonly provider?: string | undefined
  /** Tokens, and what else is counted (`units`). */
  readonly usage: Usage
  /** What this answer cost, where costs are reckoned; what failed tries cost is in `attempts`. */
  readonly cost?: Cost | undefined
  readonly warnings: ReadonlyArray<Warning>
  readonly requestId?: string | undefined
  readonly rateLimits?: RateLimits | undefined
  readonly timings?: Timings | undefined
  /** The tries that led here, the answered one last. */
  readonly attempts: ReadonlyArray<Attempt>
  /** The provider's own body, where the answer is one body of JSON. */
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
  model: Schema.optional(Schema.String),
  provider: Schema.optional(Schema.String),
  usage: Usage,
  cost: Schema.optional(Cost),
  warnings: Schema.Array(Warning),
  requestId: Schema.optional(Schema.String),
  rateLimits: Schema.optional(RateLimits),
  timings: Schema.optional(Timings),
  attempts: Schema.Array(Attempt),
  raw: OptionalJson
}
