import * as Schema from "effect/Schema"
import { Rates, Rate, fromUnknown } from "./Rate.ts"
import { TimeWindow } from "./TimeWindow.ts"

const thresholdSchema = Schema.Struct({
  /** Input tokens, cached ones included. */
  above: Schema.Number.check(Schema.isGreaterThanOrEqualTo(0)),
  /** `true` if the rates apply from `above` on, otherwise only beyond it. */
  inclusive: Schema.optional(Schema.Boolean),
  /** These replace the rates below the threshold for every token of the request, output too. */
  rates: Rates
})

/**
 * The rates of long requests. They apply to the whole request, not only to tokens beyond the threshold.
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
 * Whether a request of this many input tokens exceeds it.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isPassed = (threshold: Threshold, inputTokens: number): boolean =>
  threshold.inclusive === true ? inputTokens >= threshold.above : inputTokens > threshold.above

const tierPriceSchema = Schema.Struct({
  /** A factor on the standard rates. Fees stay as they are. */
  multiplier: Schema.optional(Rate),
  /** Explicit rates. They win over the multiplier. */
  rates: Schema.optional(Rates),
  /** The tier's own rates of long requests. */
  thresholds: Schema.optional(Schema.Array(Threshold))
})

/**
 * How a service tier (`batch`, `flex`, `priority`, `fast` ...) changes the standard rates.
 *
 * @since 0.1.0
 * @category models
 */
export interface TierPrice extends Schema.Schema.Type<typeof tierPriceSchema> {}

/**
 * The schema of `TierPrice`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TierPrice: Schema.Codec<TierPrice> = tierPriceSchema

const priceVersionSchema = Schema.Struct({
  /** When it takes effect (ISO 8601; a date means midnight UTC); always, if absent. */
  from: Schema.optional(Schema.String),
  rates: Rates,
  thresholds: Schema.optional(Schema.Array(Threshold)),
  windows: Schema.optional(Schema.Array(TimeWindow))
})

/**
 * The rates of a model from some instant on.
 *
 * @since 0.1.0
 * @category models
 */
export interface PriceVersion extends Schema.Schema.Type<typeof priceVersionSchema> {}

/**
 * The schema of `PriceVersion`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PriceVersion: Schema.Codec<PriceVersion> = priceVersionSchema

const priceSchema = Schema.Struct({
  /** Oldest first. The last one already in effect applies. */
  versions: Schema.Array(PriceVersion),
  /** By the provider's name of the service tier. */
  tiers: Schema.optional(Schema.Record(Schema.String, TierPrice)),
  /** A multiplier by the provider's name of the region; `*` is any region but `global`. Fees are not multiplied. */
  regions: Schema.optional(Schema.Record(Schema.String, Rate)),
  /** The minimum billed quantity, by meter, if any is used. */
  minimums: Schema.optional(Schema.Record(Schema.String, Schema.Finite)),
  /** Free, or covered by a flat subscription; metered if absent. */
  billing: Schema.optional(Schema.Literals(["free", "subscription"])),
  /** The priced model, `provider/model`. */
  row: Schema.optional(Schema.String),
  /** Where it was read. */
  source: Schema.optional(Schema.String),
  /** The day (`YYYY-MM-DD`) on which the source said so. */
  asOf: Schema.optional(Schema.String)
})

/**
 * The price of a model in US dollars. Plain JSON, read as exact decimals.
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

interface Checked {
  readonly isKnown: boolean
  readonly problem: string | undefined
}

/** Each price is checked once. */
const checked = new WeakMap<Price, Checked>()

const check = (price: Price): Checked => {
  const before = checked.get(price)
  if (before !== undefined) return before
  const isKnown = price.billing !== undefined || price.versions.some(({ rates }) => Object.keys(rates).length > 0)
  const check = { isKnown, problem: problemOf(price) }
  checked.set(price, check)
  return check
}

const problemOf = (price: Price): string | undefined => {
  for (const [what, number] of numbersOf(price)) {
    if (fromUnknown(number) === undefined)
      return `${what} is ${String(number)}, but must be a finite number of at least zero`
  }
  return undefined
}

/**
 * Whether any rate is known.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isKnown = (price: Price): boolean => check(price).isKnown

/**
 * The issue with a price's numbers, in words, if one is negative or not finite.
 *
 * @since 0.1.0
 * @category predicates
 */
export const invalidNumber = (price: Price): string | undefined => check(price).problem

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
