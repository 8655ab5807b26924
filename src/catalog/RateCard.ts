import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { CostFlag } from "../domain/Cost.ts"
import * as Meter from "./Meter.ts"
import { isPassed, type Price, type PriceVersion, type TierPrice, type Threshold } from "./Price.ts"

import * as Rate from "./Rate.ts"
import * as ServiceTier from "./ServiceTier.ts"
import * as TimeWindow from "./TimeWindow.ts"

/**
 * The circumstances of a call that its rates depend on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Circumstances {
  readonly at: DateTime.Utc
  /** All input tokens, cached ones included. */
  readonly inputTokens: number
  readonly serviceTier?: string | undefined
  readonly region?: string | undefined
}

/**
 * The rates that hold for one call.
 *
 * @since 0.1.0
 * @category models
 */
export interface RateCard {
  /** The instant from which the rates hold, as the price says it. */
  readonly from: string | undefined
  /** The meters with a rate. */
  readonly meters: ReadonlySet<string>
  /** The rate for the meter's `per` units; not that of its parent. */
  readonly rateOf: (meter: string) => BigDecimal.BigDecimal | undefined
  /** Flags that were found so far; a rate that is asked for may add one. */
  readonly flags: ReadonlyArray<CostFlag>
}

/** A version whose date cannot be read never begins. */
const begins = (version: PriceVersion): number =>
  version.from === undefined
    ? -Infinity
    : Option.match(DateTime.make(version.from), { onNone: () => Infinity, onSome: DateTime.toEpochMillis })

/** Rates of the thresholds that are passed, the highest last. */
const passed = (thresholds: ReadonlyArray<Threshold> | undefined, inputTokens: number): Rate.Rates | undefined => {
  const found = thresholds?.filter((threshold) => isPassed(threshold, inputTokens))
  return found === undefined || found.length === 0
    ? undefined
    : Object.assign({}, ...found.toSorted((a, b) => a.above - b.above).map(({ rates }) => rates))
}

const find = (rates: Rate.Rates | undefined, meter: string): BigDecimal.BigDecimal | undefined => {
  const rate = rates?.[meter] ?? rates?.[Meter.baseOf(meter)]
  return rate === undefined ? undefined : Rate.toDecimal(rate)
}

const places = { scale: 40, mode: "half-even" } as const

/** The factor of a region; `*` stands for every region but the global one. */
const regionFactor = (price: Price, region: string | undefined): Rate.Rate | undefined => {
  if (region === undefined || price.regions === undefined) return undefined
  const name = region.toLowerCase()
  return Object.hasOwn(price.regions, name)
    ? price.regions[name]
    : name === "global" || name === "not_available" || name === ""
      ? undefined
      : price.regions["*"]
}

/**
 * Reads from a price what holds for one call: the version of its date, then the thresholds passed, then the service
 * tier, then the hour, then the region. `undefined` when the price holds only from a later date on.
 *
 * A tier with a rate below a threshold and none beyond it keeps its discount beyond it; a surcharge does not stack with
 * long context, of the tier's rate and the long-context one the dearer holds. What a tier with rates of its own has no
 * rate for is billed at the standard rate, and flagged.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (price: Price, circumstances: Circumstances): RateCard | undefined => {
  const { at, inputTokens, region, serviceTier } = circumstances
  const now = DateTime.toEpochMillis(at)
  const version = price.versions.findLast((version) => begins(version) <= now)
  if (version === undefined) return undefined

  const flags: Array<CostFlag> = []
  // A part without a rate of its own asks again for that of the whole.
  const flag = (tag: "TierUnpriced" | "TierBeyondThreshold", meter: string): void => {
    const isKnown = flags.some((flag) => flag._tag === tag && flag.meter === meter)
    if (!isKnown) flags.push({ _tag: tag, tier: serviceTier ?? "", meter })
  }
  const long = passed(version.thresholds, inputTokens)
  const open = version.windows?.filter((window) => TimeWindow.isOpen(window, at)) ?? []
  const windowed: Rate.Rates | undefined =
    open.length === 0 ? undefined : Object.assign({}, ...open.map((w) => w.rates))
  const tier = serviceTier === undefined ? undefined : ServiceTier.find(price.tiers ?? {}, serviceTier)
  if (serviceTier !== undefined && tier === undefined && !ServiceTier.isStandard(serviceTier)) {
    flags.push({ _tag: "TierUnpriced", tier: serviceTier })
  }
  const longTier = passed(tier?.thresholds, inputTokens)
  const factor = regionFactor(price, region)

  const inTier = (meter: string, tier: TierPrice): BigDecimal.BigDecimal | undefined => {
    const base = find(version.rates, meter)
    const standard = find(long, meter) ?? base
    const own = find(longTier, meter)
    if (own !== undefined) return own
    const named = find(tier.rates, meter)
    if (named === undefined) {
      if (standard !== undefined && tier.multiplier === undefined && Meter.find(meter)?.fee !== true) {
        flag("TierUnpriced", meter)
      }
      return multiplied(standard, meter, tier)
    }
    if (standard === undefined || base === undefined || BigDecimal.equals(standard, base)) return named
    if (BigDecimal.isLessThanOrEqualTo(named, base) && !BigDecimal.isZero(base)) {
      return BigDecimal.round(BigDecimal.divideUnsafe(BigDecimal.multiply(standard, named), base), places)
    }
    flag("TierBeyondThreshold", meter)
    return BigDecimal.max(standard, named)
  }

  const multiplied = (rate: BigDecimal.BigDecimal | undefined, meter: string, tier: TierPrice | undefined) =>
    rate === undefined || tier?.multiplier === undefined || Meter.find(meter)?.fee === true
      ? rate
      : BigDecimal.multiply(rate, Rate.toDecimal(tier.multiplier))

  const rateOf = (meter: string): BigDecimal.BigDecimal | undefined => {
    const hour = multiplied(find(windowed, meter), meter, tier)
    const rate = hour ?? (tier === undefined ? (find(long, meter) ?? find(version.rates, meter)) : inTier(meter, tier))
    return rate === undefined || factor === undefined || Meter.find(meter)?.fee === true
      ? rate
      : BigDecimal.multiply(rate, Rate.toDecimal(factor))
  }

  return {
    from: version.from,
    meters: new Set(
      [version.rates, long, windowed, tier?.rates, longTier].flatMap((rates) => Object.keys(rates ?? {}))
    ),
    rateOf,
    flags
  }
}
