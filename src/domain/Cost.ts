import * as Schema from "effect/Schema"

const costSchema = Schema.TaggedUnion({
  Priced: {
    /** In US dollars, exact; a decimal string in JSON. */
    total: Schema.BigDecimal,
    /** By what was metered: how many units, the rate for `per` of them, and what that makes. */
    breakdown: Schema.Array(
      Schema.Struct({
        meter: Schema.String,
        quantity: Schema.Number,
        rate: Schema.BigDecimal,
        per: Schema.Number,
        amount: Schema.BigDecimal
      })
    ),
    /** The model whose price it is, `provider/model`. */
    row: Schema.optional(Schema.String),
    /** Where the price was read, and the day (`YYYY-MM-DD`) of it. */
    source: Schema.optional(Schema.String),
    asOf: Schema.optional(Schema.String),
    /** What one should know about how it came about (see `CostFlag` of the catalog). */
    flags: Schema.Array(
      Schema.TaggedUnion({
        Reported: {},
        Free: {},
        Estimated: {},
        Substituted: { meter: Schema.String, rateOf: Schema.String },
        TierUnpriced: { tier: Schema.String, meter: Schema.optionalKey(Schema.String) },
        TierBeyondThreshold: { tier: Schema.String, meter: Schema.String },
        FeeUnpriced: { meter: Schema.String }
      })
    )
  },
  Unpriced: {
    reason: Schema.TaggedUnion({
      NoPrice: {},
      NoRate: { meter: Schema.String },
      UnknownUsage: { side: Schema.Literals(["input", "output"]) },
      InvalidUsage: { message: Schema.String },
      Subscription: {}
    }),
    row: Schema.optional(Schema.String)
  }
})

/**
 * What a call cost in US dollars: `Priced`, or `Unpriced` with the reason. There is no cost of zero that means "unknown".
 *
 * @since 0.1.0
 * @category models
 */
export type Cost = Priced | Unpriced

/**
 * A cost that is known, or known to be at least so much.
 *
 * @since 0.1.0
 * @category models
 */
export interface Priced extends Schema.Schema.Type<typeof costSchema.cases.Priced> {}

/**
 * A cost that cannot be told, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unpriced extends Schema.Schema.Type<typeof costSchema.cases.Unpriced> {}

/**
 * The schema of `Cost`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Cost: Schema.Codec<Cost> = costSchema
