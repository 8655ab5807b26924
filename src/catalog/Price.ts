import * as Schema from "effect/Schema"
import { PriceVersion } from "./PriceVersion.ts"
import { Rate, type Rates } from "./Rate.ts"
import { TierPrice } from "./TierPrice.ts"

const priceSchema = Schema.Struct({
  /** Oldest first. The last one whose `from` has come holds. */
  versions: Schema.Array(PriceVersion),
  /** By service tier, in the provider's word for it. */
  tiers: Schema.optional(Schema.Record(Schema.String, TierPrice)),
  /** A factor by region, in the provider's word for it; `*` is every region but `global`. Fees stay as they are. */
  regions: Schema.optional(Schema.Record(Schema.String, Rate)),
  /** The least that is billed, by meter, where anything is billed. */
  minimums: Schema.optional(Schema.Record(Schema.String, Schema.Finite)),
  /** Free of charge, or paid for by a flat subscription; metered where not given. */
  billing: Schema.optional(Schema.Literals(["free", "subscription"])),
  /** The model that it is the price of, `provider/model`. */
  row: Schema.optional(Schema.String),
  /** Where it was read. */
  source: Schema.optional(Schema.String),
  /** The day (`YYYY-MM-DD`) on which the source said so. */
  asOf: Schema.optional(Schema.String)
})

/**
 * What a model costs, in US dollars. It is plain JSON: kept in files as it is, and read as exact decimals.
 *
 * @since 0.1.0
 * @category models
 */
export interface Price extends Schema.Schema.Type<typeof priceSchema> {}

/**
 * The schema of `Price`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Price: Schema.Codec<Price> = priceSchema

/**
 * A price from its rates: dollars per million tokens, per hour, per thousand searches, as `Meter` says.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  rates: Rates,
  rest: Partial<Omit<Price, "versions">> & Omit<PriceVersion, "rates"> = {}
): Price => {
  const { from, thresholds, windows, ...price } = rest
  return { versions: [{ from, rates, thresholds, windows }], ...price }
}

/**
 * The price of a model that costs nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const free: Price = { versions: [], billing: "free" }

/**
 * Whether any rate is known.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isKnown = (price: Price): boolean =>
  price.billing !== undefined || price.versions.some((version) => Object.keys(version.rates).length > 0)
