import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as order from "effect/Order"
import * as Result from "effect/Result"
import type { Cost, CostFlag, CostLine, Priced, Unpriced, UnpricedReason } from "../domain/Cost.ts"
import type { Usage } from "../domain/Usage.ts"
import * as BilledUsage from "./BilledUsage.ts"
import * as CatalogModel from "./CatalogModel.ts"
import * as Meter from "./Meter.ts"
import { fromNumber, normalize, times } from "./Money.ts"
import * as Price from "./Price.ts"
import * as Rate from "./Rate.ts"
import * as RateCard from "./RateCard.ts"
import * as ServiceTier from "./ServiceTier.ts"

export * from "../domain/Cost.ts"

/**
 * What a cost depends on, besides usage and price.
 *
 * @since 0.1.0
 * @category models
 */
export interface Context {
  /** When the call was made. */
  readonly at: DateTime.DateTime
  /** The requested tier, including `batch` and Anthropic's `fast`; the tier in the usage wins over it. */
  readonly serviceTier?: string | undefined
  /** The region, where the provider prices regions apart; the region in the usage wins over it. */
  readonly region?: string | undefined
  /** Units beyond those in the usage, by meter: `inputSeconds`, `outputImages`, `pages`, `inputCharacters` ... */
  readonly units?: { readonly [meter: string]: number } | undefined
}

/**
 * Computes the cost of a call, exactly (only rates per hour are rounded, at the 30th decimal place). A cost reported by
 * the provider wins over the price. The call is `Unpriced` if any part of it is, and if a count or rate is not a finite,
 * non-negative number.
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (usage: Usage, price: Price.Price | undefined, context: Context): Cost => {
  const reported = usage.reportedCost === undefined ? Option.none() : decimal(usage.reportedCost)
  if (Option.isSome(reported)) return ofReported(reported.value, price)
  const unpriced = (reason: UnpricedReason): Unpriced => ({ _tag: "Unpriced", reason, row: price?.row })
  if (price === undefined || !Price.isKnown(price)) return unpriced({ _tag: "NoPrice" })
  const invalid = Price.invalidNumber(price)
  if (invalid !== undefined) return unpriced({ _tag: "InvalidUsage", message: invalid })
  if (price.billing === "subscription") return unpriced({ _tag: "Subscription" })
  if (price.billing === "free") return priced(price, [], [{ _tag: "Free" }])

  const { units = none } = context
  const given = usage.units === undefined ? units : { ...usage.units, ...units }
  const billed = BilledUsage.make(usage, given)
  if (Result.isFailure(billed)) return unpriced(billed.failure)
  const { amounts, inputTokens, unknown, unmetered } = billed.success
  const card = RateCard.make(price, {
    at: DateTime.isUtc(context.at) ? context.at : DateTime.toUtc(context.at),
    inputTokens,
    serviceTier: ServiceTier.billed(usage, context.serviceTier),
    region: usage.region ?? context.region
  })
  if (card === undefined) return unpriced({ _tag: "NoPrice" })
  const side = unknown.find((side) => card.meters.has(side))
  if (side !== undefined) return unpriced({ _tag: "UnknownUsage", side })

  const images = imagesIn(amounts)
  const isByTokens = isRated(card, amounts, "output") || isRated(card, amounts, "outputImage")
  const isByUnit =
    (card.meters.has("inputSeconds") && amounts.has("inputSeconds")) ||
    (!isByTokens && images !== undefined && card.find(images).rate !== undefined)
  const flags: Array<CostFlag> = unmetered.map((meter) => ({ _tag: "FeeUnpriced", meter }))
  const lines: Array<CostLine> = []
  for (const [meter, amount] of withRequest(amounts, card)) {
    if (isByTokens && isImages(meter)) continue
    const { isFee, per, perUnit, rate, rateOf } = card.find(meter)
    if (rate === undefined) {
      if (isByUnit && isTokens(meter)) continue
      if (!isFee) return unpriced({ _tag: "NoRate", meter })
      flags.push({ _tag: "FeeUnpriced", meter })
      continue
    }
    if (rateOf !== meter && substitutes.has(meter)) flags.push({ _tag: "Substituted", meter, rateOf })
    const quantity = Math.max(amount, price.minimums?.[meter] ?? 0)
    const cost = perUnit === undefined ? over(times(rate, quantity), per) : times(perUnit, quantity)
    lines.push({ meter, quantity, rate, per, amount: cost })
  }
  const meter = lines.length === 0 ? unknownUnit(card, given) : undefined
  if (meter !== undefined) {
    return unpriced({ _tag: "UnknownUsage", side: meter.startsWith("output") ? "output" : "input", meter })
  }
  return priced(price, lines, [...card.flags, ...flags])
}

const none = {}

/** Audio billed by duration, and images billed each, are not also billed by the tokens that the provider counts. */
const isTokens = (meter: string): boolean => !Meter.baseOf(meter).endsWith("s")

/** What a price bills that has no rate for tokens, where none of it was counted: no call used nothing of it. */
const unknownUnit = ({ meters }: RateCard.RateCard, given: object): string | undefined => {
  const counted = new Set(Object.keys(given).map(Meter.baseOf))
  const [first] = meters
  return [...meters].some((meter) => isTokens(meter) || counted.has(Meter.baseOf(meter))) ? undefined : first
}

const isImages = (meter: string): boolean => meter.startsWith("outputImages") && Meter.baseOf(meter) === "outputImages"

const imagesIn = (amounts: ReadonlyMap<string, number>): string | undefined => {
  for (const meter of amounts.keys()) if (isImages(meter)) return meter
  return undefined
}

/** Meters whose rate differs enough from their parent's to flag the substitution. */
const substitutes = new Set([
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "cacheReadAudio",
  "cacheReadImage",
  "inputAudio",
  "outputAudio",
  "outputImage",
  "outputVideo"
])

/** Every call counts as one request where requests are billed. */
const withRequest = (amounts: ReadonlyMap<string, number>, card: RateCard.RateCard): ReadonlyMap<string, number> =>
  card.meters.has("requests") && !amounts.has("requests") ? new Map([...amounts, ["requests", 1]]) : amounts

const isRated = (card: RateCard.RateCard, amounts: ReadonlyMap<string, number>, meter: string): boolean =>
  amounts.has(meter) && card.find(meter).rate !== undefined

const over = (amount: BigDecimal.BigDecimal, per: number): BigDecimal.BigDecimal =>
  BigDecimal.round(BigDecimal.divideUnsafe(amount, fromNumber(per)), { scale: 30, mode: "half-even" })

const priced = (price: Price.Price, breakdown: ReadonlyArray<CostLine>, flags: ReadonlyArray<CostFlag>): Priced => ({
  _tag: "Priced",
  total: normalize(totalOf(breakdown)),
  breakdown,
  row: price.row,
  source: price.source,
  asOf: price.asOf,
  flags
})

const totalOf = (breakdown: ReadonlyArray<CostLine>): BigDecimal.BigDecimal => {
  let total = BigDecimal.make(0n, 0)
  for (const { amount } of breakdown) total = BigDecimal.sum(total, amount)
  return total
}

/** `NaN`, `-1` or `1e999999` is not a reported cost. */
const decimal = (text: string): Option.Option<BigDecimal.BigDecimal> =>
  Option.map(Option.fromNullishOr(Rate.fromUnknown(text)), Rate.toDecimal)

const ofReported = (amount: BigDecimal.BigDecimal, price: Price.Price | undefined): Priced => ({
  _tag: "Priced",
  total: amount,
  breakdown: [{ meter: "reported", quantity: 1, rate: amount, per: 1, amount }],
  row: price?.row,
  source: "reported by the provider",
  asOf: undefined,
  flags: [{ _tag: "Reported" }]
})

/**
 * The expected cost of a call with these token counts and no caching.
 *
 * @since 0.1.0
 * @category constructors
 */
export const estimate = (
  inputTokens: number,
  outputTokens: number,
  price: Price.Price | undefined,
  context: Context
): Cost => {
  const cost = of(
    { inputTokens: { total: inputTokens, uncached: inputTokens }, outputTokens: { total: outputTokens } },
    price,
    context
  )
  return cost._tag === "Priced" ? { ...cost, flags: [...cost.flags, { _tag: "Estimated" }] } : cost
}

/**
 * The cost of the same usage with each model: the cheapest first, then the unpriced, and those retired at the time last.
 *
 * @since 0.1.0
 * @category combinators
 */
export const compare = <M extends Partial<Pick<CatalogModel.CatalogModel, "price" | "deprecated">>>(
  models: Iterable<M>,
  usage: Usage,
  context: Context
): ReadonlyArray<{ readonly model: M; readonly cost: Cost }> => {
  // A cost reported by one provider says nothing about another.
  const { reportedCost: _, ...counts } = usage
  const isGone = (model: M): number =>
    CatalogModel.isRetired({ deprecated: model.deprecated }, DateTime.toUtc(context.at)) ? 1 : 0
  return Array.from(models, (model) => ({ model, cost: of(counts, model.price, context) })).toSorted(
    (a, b) => isGone(a.model) - isGone(b.model) || Order(a.cost, b.cost)
  )
}

/**
 * Cheapest first, unpriced last.
 *
 * @since 0.1.0
 * @category instances
 */
export const Order: order.Order<Cost> = order.make((a, b) =>
  a._tag === "Priced" && b._tag === "Priced"
    ? BigDecimal.Order(a.total, b.total)
    : a._tag === b._tag
      ? 0
      : a._tag === "Priced"
        ? -1
        : 1
)

/**
 * The total cost of several calls.
 *
 * @since 0.1.0
 * @category models
 */
export interface CostSum {
  /** The exact sum of the priced calls, in US dollars. */
  readonly total: BigDecimal.BigDecimal
  /** By meter, exact. */
  readonly byMeter: ReadonlyMap<string, BigDecimal.BigDecimal>
  readonly priced: number
  readonly unpriced: number
  /** `false` if a call is unpriced or a fee is unknown: the total is then a lower bound. */
  readonly complete: boolean
}

/** Sums integers per number of decimal places, so that a long sum never rescales. */
class DecimalSum {
  readonly byScale = new Map<number, bigint>()

  add(amount: BigDecimal.BigDecimal): void {
    this.byScale.set(amount.scale, (this.byScale.get(amount.scale) ?? 0n) + amount.value)
  }

  get total(): BigDecimal.BigDecimal {
    return BigDecimal.normalize(
      BigDecimal.sumAll(Array.from(this.byScale, ([scale, value]) => BigDecimal.make(value, scale)))
    )
  }
}

/**
 * Adds up costs exactly, in any order, and says whether the sum is complete.
 *
 * @since 0.1.0
 * @category combinators
 */
export const sum = (costs: Iterable<Cost>): CostSum => {
  const total = new DecimalSum()
  const meters = new Map<string, DecimalSum>()
  let priced = 0
  let unpriced = 0
  let lowerBound = false
  for (const cost of costs) {
    if (cost._tag === "Unpriced") {
      unpriced++
      continue
    }
    priced++
    total.add(cost.total)
    for (const { amount, meter } of cost.breakdown) {
      let meterSum = meters.get(meter)
      if (meterSum === undefined) meters.set(meter, (meterSum = new DecimalSum()))
      meterSum.add(amount)
    }
    for (const flag of cost.flags) lowerBound ||= flag._tag === "FeeUnpriced"
  }
  return {
    total: total.total,
    byMeter: new Map(Array.from(meters, ([meter, { total }]) => [meter, total])),
    priced,
    unpriced,
    complete: unpriced === 0 && !lowerBound
  }
}
