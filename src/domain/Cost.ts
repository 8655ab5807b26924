/**
 * The types of costs. Import `effect-llm/catalog/Cost`, which has the functions too: this path is what TypeScript writes into
 * the declarations of a library that exports a cost.
 *
 * @since 0.1.0
 */
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

/**
 * How a cost came about, where that matters.
 *
 * @since 0.1.0
 * @category models
 */
export type CostFlag =
  /** The provider said what the call cost, and this is it. */
  | { readonly _tag: "Reported" }
  /** The model is free of charge. */
  | { readonly _tag: "Free" }
  /** The response came from a cache: no model was called for it. */
  | { readonly _tag: "Cached" }
  /** Another caller pays: the call was shared with an equal one in flight. */
  | { readonly _tag: "Coalesced" }
  /** The counts are expected ones. */
  | { readonly _tag: "Estimated" }
  /** The price has no rate for `meter`; the rate of `rateOf` was taken. */
  | { readonly _tag: "Substituted"; readonly meter: string; readonly rateOf: string }
  /** The price says nothing about this service tier, or about this meter in it; the standard rate was taken. */
  | { readonly _tag: "TierUnpriced"; readonly tier: string; readonly meter?: string }
  /** The tier has no rate for long requests; the dearer of its own and the standard one was taken. */
  | { readonly _tag: "TierBeyondThreshold"; readonly tier: string; readonly meter: string }
  /** A fee of unknown amount is missing: the total is a lower bound. */
  | { readonly _tag: "FeeUnpriced"; readonly meter: string }

/**
 * The schema of `CostFlag`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CostFlag: Schema.Codec<CostFlag> = Schema.TaggedUnion({
  Reported: {},
  Free: {},
  Cached: {},
  Coalesced: {},
  Estimated: {},
  Substituted: { meter: Schema.String, rateOf: Schema.String },
  TierUnpriced: { tier: Schema.String, meter: Schema.optionalKey(Schema.String) },
  TierBeyondThreshold: { tier: Schema.String, meter: Schema.String },
  FeeUnpriced: { meter: Schema.String }
})

/**
 * The flag in words.
 *
 * @since 0.1.0
 * @category conversions
 */
export const formatFlag = (flag: CostFlag): string => {
  switch (flag._tag) {
    case "Reported":
      return "reported by the provider"
    case "Free":
      return "free of charge"
    case "Cached":
      return "from a cache"
    case "Coalesced":
      return "shared with an equal call, which pays"
    case "Estimated":
      return "estimated"
    case "Substituted":
      return `${flag.meter} billed at the rate of ${flag.rateOf}`
    case "TierUnpriced":
      return flag.meter === undefined
        ? `no price for service tier ${flag.tier}; standard rates used`
        : `no ${flag.tier} rate for ${flag.meter}; the standard rate used`
    case "TierBeyondThreshold":
      return `no ${flag.tier} rate for ${flag.meter} in long requests; the higher rate used`
    case "FeeUnpriced":
      return `the fee for ${flag.meter} is unknown and not included`
  }
}

/**
 * Why the cost of a call is unknown. An unknown cost is never taken for zero.
 *
 * @since 0.1.0
 * @category models
 */
export type UnpricedReason =
  /** No price is known for the model, or none for that day. */
  | { readonly _tag: "NoPrice" }
  /** The price has no rate for something that the call used. */
  | { readonly _tag: "NoRate"; readonly meter: string }
  /** It is not known how many tokens of this side there were, or how many seconds, images and the like (`meter`); they are not free. */
  | { readonly _tag: "UnknownUsage"; readonly side: "input" | "output"; readonly meter?: string | undefined }
  /** The counts contradict each other, or a count or a rate is not a finite number of at least zero. */
  | { readonly _tag: "InvalidUsage"; readonly message: string }
  /** A flat subscription pays for the model: no single call has a price. */
  | { readonly _tag: "Subscription" }

/**
 * The schema of `UnpricedReason`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UnpricedReason: Schema.Codec<UnpricedReason> = Schema.TaggedUnion({
  NoPrice: {},
  NoRate: { meter: Schema.String },
  UnknownUsage: { side: Schema.Literals(["input", "output"]), meter: Schema.optional(Schema.String) },
  InvalidUsage: { message: Schema.String },
  Subscription: {}
})

/**
 * The reason in words.
 *
 * @since 0.1.0
 * @category conversions
 */
export const formatReason = (reason: UnpricedReason): string => {
  switch (reason._tag) {
    case "NoPrice":
      return "no price is known for this model"
    case "NoRate":
      return `the price has no rate for ${reason.meter}`
    case "UnknownUsage":
      return `the number of ${reason.meter ?? `${reason.side} tokens`} is unknown`
    case "InvalidUsage":
      return `the usage cannot be priced: ${reason.message}`
    case "Subscription":
      return "this model is covered by a subscription"
  }
}

const costSchema = Schema.TaggedUnion({
  Priced: {
    /** In US dollars, exact; a decimal string in JSON. */
    total: Schema.BigDecimal,
    /** By meter: how many units, the rate for `per` of them, and the amount. */
    breakdown: Schema.Array(CostLine),
    /** The model whose price it is, `provider/model`. */
    row: Schema.optional(Schema.String),
    /** Where the price was read, and the day (`YYYY-MM-DD`) of it. */
    source: Schema.optional(Schema.String),
    asOf: Schema.optional(Schema.String),
    /** How it came about, where that matters. */
    flags: Schema.Array(CostFlag)
  },
  Unpriced: {
    reason: UnpricedReason,
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
 * A known cost, or a known lower bound of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Priced extends Schema.Schema.Type<typeof costSchema.cases.Priced> {}

/**
 * An unknown cost, and why it is unknown.
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
