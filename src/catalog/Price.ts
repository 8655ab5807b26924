import * as Schema from "effect/Schema"
import { PriceVersion } from "./PriceVersion.ts"
import { fromUnknown, Rate, type Rates } from "./Rate.ts"
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
 * A price from its rates: dollars per million tokens, per hour, per thousand searches, as `Meter` says. Throws a
 * `RangeError` for a number that is not finite or below zero.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  rates: Rates,
  rest: Partial<Omit<Price, "versions">> & Omit<PriceVersion, "rates"> = {}
): Price => {
  const { from, thresholds, windows, ...terms } = rest
  const price: Price = { versions: [{ from, rates, thresholds, windows }], ...terms }
  const problem = invalidNumber(price)
  if (problem !== undefined) throw new RangeError(problem)
  return price
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

const checked = new WeakMap<Price, { readonly problem: string | undefined }>()

/**
 * What is wrong with the numbers of a price, in words: one of them is not finite, or below zero. Each price is checked
 * once.
 *
 * @since 0.1.0
 * @category predicates
 */
export const invalidNumber = (price: Price): string | undefined => {
  const known = checked.get(price)
  if (known !== undefined) return known.problem
  let problem: string | undefined
  for (const [what, number] of numbersOf(price)) {
    if (fromUnknown(number) !== undefined) continue
    problem = `${what} is ${String(number)}, and has to be a finite number of at least zero`
    break
  }
  checked.set(price, { problem })
  return problem
}

function* numbersOf(price: Price): Generator<readonly [what: string, number: unknown]> {
  for (const version of price.versions) {
    yield* ratesIn(version.rates)
    yield* thresholdsIn(version.thresholds)
    for (const window of version.windows ?? []) yield* ratesIn(window.rates)
  }
  for (const [name, tier] of Object.entries(price.tiers ?? {})) {
    if (tier.multiplier !== undefined) yield [`the multiplier of the tier ${name}`, tier.multiplier]
    yield* ratesIn(tier.rates)
    yield* thresholdsIn(tier.thresholds)
  }
  for (const [region, factor] of Object.entries(price.regions ?? {})) yield [`the multiplier of ${region}`, factor]
  for (const [meter, least] of Object.entries(price.minimums ?? {})) yield [`the minimum of ${meter}`, least]
}

function* ratesIn(rates: Rates | undefined): Generator<readonly [what: string, number: unknown]> {
  for (const [meter, rate] of Object.entries(rates ?? {})) yield [`the rate of ${meter}`, rate]
}

function* thresholdsIn(thresholds: PriceVersion["thresholds"]): Generator<readonly [what: string, number: unknown]> {
  for (const { above, rates } of thresholds ?? []) {
    yield ["the limit of a threshold", above]
    yield* ratesIn(rates)
  }
}
