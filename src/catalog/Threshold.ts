import * as Schema from "effect/Schema"
import { Rates } from "./Rate.ts"

const thresholdSchema = Schema.Struct({
  /** Input tokens, cached ones included. */
  above: Schema.Number.check(Schema.isGreaterThanOrEqualTo(0)),
  /** `true`: the rates hold from `above` on; else only for more than that. */
  inclusive: Schema.optional(Schema.Boolean),
  /** These replace the rates below the threshold for every token of the request, output too. */
  rates: Rates
})

/**
 * The rates of long requests. They hold for the whole request, not for the tokens beyond the threshold.
 *
 * @since 0.1.0
 * @category models
 */
export interface Threshold extends Schema.Schema.Type<typeof thresholdSchema> {}

/**
 * The schema of `Threshold`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Threshold: Schema.Codec<Threshold> = thresholdSchema

/**
 * Whether a request of this many input tokens has passed it.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isPassed = (threshold: Threshold, inputTokens: number): boolean =>
  threshold.inclusive === true ? inputTokens >= threshold.above : inputTokens > threshold.above
