import * as Schema from "effect/Schema"

/**
 * Why a call has no cost that one could name. It is never taken for a cost of zero.
 *
 * @since 0.1.0
 * @category models
 */
export type UnpricedReason =
  /** No price is known for the model, or none for that day. */
  | { readonly _tag: "NoPrice" }
  /** The price has no rate for something that the call used. */
  | { readonly _tag: "NoRate"; readonly meter: string }
  /** The provider did not say how many tokens of this side there were, and they are not free. */
  | { readonly _tag: "UnknownUsage"; readonly side: "input" | "output" }
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
  UnknownUsage: { side: Schema.Literals(["input", "output"]) },
  InvalidUsage: { message: Schema.String },
  Subscription: {}
})

/**
 * The reason in words.
 *
 * @since 0.1.0
 * @category conversions
 */
export const format = (reason: UnpricedReason): string => {
  switch (reason._tag) {
    case "NoPrice":
      return "no price is known for this model"
    case "NoRate":
      return `the price has no rate for ${reason.meter}`
    case "UnknownUsage":
      return `the number of ${reason.side} tokens is unknown`
    case "InvalidUsage":
      return `the usage cannot be priced: ${reason.message}`
    case "Subscription":
      return "a flat subscription pays for this model"
  }
}
