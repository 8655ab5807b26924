import * as Schema from "effect/Schema"

/**
 * What one should know about how a cost came about.
 *
 * @since 0.1.0
 * @category models
 */
export type CostFlag =
  /** The provider said what the call cost, and this is it. */
  | { readonly _tag: "Reported" }
  /** The model is free of charge. */
  | { readonly _tag: "Free" }
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
export const format = (flag: CostFlag): string => {
  switch (flag._tag) {
    case "Reported":
      return "reported by the provider"
    case "Free":
      return "free of charge"
    case "Estimated":
      return "estimated"
    case "Substituted":
      return `${flag.meter} billed at the rate of ${flag.rateOf}`
    case "TierUnpriced":
      return flag.meter === undefined
        ? `no price for service tier ${flag.tier}, standard rates taken`
        : `no ${flag.tier} rate of ${flag.meter}, the standard one taken`
    case "TierBeyondThreshold":
      return `no ${flag.tier} rate of ${flag.meter} for long requests, the dearer one taken`
    case "FeeUnpriced":
      return `the fee for ${flag.meter} is unknown and not included`
  }
}
