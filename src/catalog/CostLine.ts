import * as Schema from "effect/Schema"

const costLineSchema = Schema.Struct({
  /** What was metered; `reported` for a cost that the provider named. */
  meter: Schema.String,
  /** How many units were billed. */
  quantity: Schema.Number,
  /** The rate for `per` units, with the factors of tier and region in it. */
  rate: Schema.BigDecimal,
  per: Schema.Number,
  /** In US dollars. */
  amount: Schema.BigDecimal
})

/**
 * What one kind of usage cost.
 *
 * @since 0.1.0
 * @category models
 */
export interface CostLine extends Schema.Schema.Type<typeof costLineSchema> {}

/**
 * The schema of `CostLine`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CostLine: Schema.Codec<CostLine> = costLineSchema
