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
  /** What a meter is billed at: its own rate, or else that of what it is a part of. */
  readonly find: (meter: string) => Rated
  /** Flags that were found so far; a rate that is asked for may add one. */
  readonly flags: ReadonlyArray<CostFlag>
}

/** What a meter is billed at. */
interface Rated {
  readonly rate: BigDecimal.BigDecimal | undefined
  /** The meter whose rate that is. */
  readonly rateOf: string
  /** The number of the meter's units that the rate is for. */
  readonly per: number
  /** The rate for one unit, where it is a decimal. */
  readonly perUnit: BigDecimal.BigDecimal | undefined
  readonly isFee: boolean
  /** Flags of the rates that were looked up for it. */
  readonly flags: ReadonlyArray<CostFlag>
}

/** A version whose date cannot be read never begins. */
const begins = (version: PriceVersion): number =>
  version.from === undefined
    ? -Infinity
    : Option.match(DateTime.make(version.from), { onNone: () => Infinity, onSome: DateTime.toEpochMillis })

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

/** The rate of one meter, and a flag if another rate stands in for it. */
interface Found {
  readonly rate: BigDecimal.BigDecimal | undefined
  readonly flag: CostFlag | undefined
}

/** The parts of a price that hold in some circumstances. */
interface Parts {
  readonly version: PriceVersion
  /** Which thresholds of the version and the tier are passed, and which windows are open. */
  readonly passed: string
  readonly passedInTier: string
  readonly open: string
  readonly serviceTier: string | undefined
  readonly region: string | undefined
}

/** As many meters, and as many circumstances of one price, are remembered: they may come from strangers. */
const mostMeters = 100
const mostCircumstances = 16

/** The rates of a price in some circumstances. Each meter is looked up once. */
class RatesIn {
  readonly parts: Parts
  readonly meters: ReadonlySet<string>
  readonly flags: ReadonlyArray<CostFlag>
  readonly #long: Rate.Rates | undefined
  readonly #windowed: Rate.Rates | undefined
  readonly #tier: TierPrice | undefined
  readonly #longTier: Rate.Rates | undefined
  readonly #factor: Rate.Rate | undefined
  readonly #found = new Map<string, Found>()
  readonly #rated = new Map<string, Rated>()

  constructor(price: Price, parts: Parts, tier: TierPrice | undefined) {
    const { open, passed, passedInTier, region, serviceTier, version } = parts
    this.parts = parts
    this.#tier = tier
    this.#long = passedRates(version.thresholds, passed)
    this.#longTier = passedRates(tier?.thresholds, passedInTier)
    this.#windowed = joined(version.windows?.filter((_, index) => open[index] === yes))
    this.#factor = regionFactor(price, region)
    this.flags =
      serviceTier !== undefined && tier === undefined && !ServiceTier.isStandard(serviceTier)
        ? [{ _tag: "TierUnpriced", tier: serviceTier }]
        : []
    this.meters = new Set(
      [version.rates, this.#long, this.#windowed, tier?.rates, this.#longTier].flatMap((rates) =>
        Object.keys(rates ?? {})
      )
    )
  }

  of(meter: string): Found {
    const before = this.#found.get(meter)
    if (before !== undefined) return before
    const found = this.#find(meter)
    if (this.#found.size < mostMeters) this.#found.set(meter, found)
    return found
  }

  rated(meter: string): Rated {
    const before = this.#rated.get(meter)
    if (before !== undefined) return before
    const rated = this.#rate(meter)
    if (this.#rated.size < mostMeters) this.#rated.set(meter, rated)
    return rated
  }

  #rate(meter: string): Rated {
    const { fee = false, parent, per = 1 }: Partial<Meter.Meter> = Meter.find(meter) ?? {}
    const own = this.of(meter)
    const whole = own.rate === undefined && parent !== undefined ? this.rated(parent) : undefined
    const rate = whole === undefined ? own.rate : whole.rate
    const places = powersOfTen.get(per)
    return {
      rate,
      rateOf: whole?.rateOf ?? meter,
      per,
      perUnit: rate && places !== undefined ? BigDecimal.make(rate.value, rate.scale + places) : undefined,
      isFee: fee,
      flags: [...(own.flag === undefined ? [] : [own.flag]), ...(whole?.flags ?? [])]
    }
  }

  #find(meter: string): Found {
    const tier = this.#tier
    const hour = this.#multiplied(find(this.#windowed, meter), meter)
    if (hour !== undefined) return this.#inRegion(hour, undefined, meter)
    if (tier !== undefined) return this.#inTier(meter, tier)
    return this.#inRegion(find(this.#long, meter) ?? find(this.parts.version.rates, meter), undefined, meter)
  }

  #inTier(meter: string, tier: TierPrice): Found {
    const base = find(this.parts.version.rates, meter)
    const standard = find(this.#long, meter) ?? base
    const own = find(this.#longTier, meter)
    if (own !== undefined) return this.#inRegion(own, undefined, meter)
    const named = find(tier.rates, meter)
    if (named === undefined) {
      const isUnpriced = standard !== undefined && tier.multiplier === undefined && Meter.find(meter)?.fee !== true
      return this.#inRegion(this.#multiplied(standard, meter), isUnpriced ? "TierUnpriced" : undefined, meter)
    }
    if (standard === undefined || base === undefined || BigDecimal.equals(standard, base))
      return this.#inRegion(named, undefined, meter)
    if (BigDecimal.isLessThanOrEqualTo(named, base) && !BigDecimal.isZero(base)) {
      const discounted = BigDecimal.divideUnsafe(BigDecimal.multiply(standard, named), base)
      return this.#inRegion(BigDecimal.round(discounted, places), undefined, meter)
    }
    return this.#inRegion(BigDecimal.max(standard, named), "TierBeyondThreshold", meter)
  }

  #multiplied(rate: BigDecimal.BigDecimal | undefined, meter: string): BigDecimal.BigDecimal | undefined {
    const multiplier = this.#tier?.multiplier
    return rate === undefined || multiplier === undefined || Meter.find(meter)?.fee === true
      ? rate
      : BigDecimal.multiply(rate, Rate.toDecimal(multiplier))
  }

  #inRegion(
    rate: BigDecimal.BigDecimal | undefined,
    tag: "TierUnpriced" | "TierBeyondThreshold" | undefined,
    meter: string
  ): Found {
    const factor = this.#factor
    return {
      rate:
        rate === undefined || factor === undefined || Meter.find(meter)?.fee === true
          ? rate
          : BigDecimal.multiply(rate, Rate.toDecimal(factor)),
      flag: tag && { _tag: tag, tier: this.parts.serviceTier ?? "", meter }
    }
  }
}

/** The decimal places of what rates are for. */
const powersOfTen = new Map([1, 1e3, 1e6, 1e9].map((per, index) => [per, index * 3]))

const yes = "1"

/** Which of some hold, as text. */
const holding = <A>(all: ReadonlyArray<A> | undefined, holds: (one: A) => boolean): string =>
  all === undefined || all.length === 0 ? "" : all.map((one) => (holds(one) ? yes : "0")).join("")

/** Rates of the thresholds that are passed, the highest last. */
const passedRates = (thresholds: ReadonlyArray<Threshold> | undefined, passed: string): Rate.Rates | undefined =>
  joined(thresholds?.filter((_, index) => passed[index] === yes).toSorted((a, b) => a.above - b.above))

const joined = (parts: ReadonlyArray<{ readonly rates: Rate.Rates }> | undefined): Rate.Rates | undefined =>
  parts === undefined || parts.length === 0 ? undefined : Object.assign({}, ...parts.map(({ rates }) => rates))

/** A price with its dates parsed, and its rates by the circumstances of the calls so far. */
interface Prepared {
  readonly begins: ReadonlyArray<number>
  readonly rates: Array<RatesIn>
}

const prepared = new WeakMap<Price, Prepared>()

const prepare = (price: Price): Prepared => {
  const before = prepared.get(price)
  if (before !== undefined) return before
  const made: Prepared = { begins: price.versions.map(begins), rates: [] }
  prepared.set(price, made)
  return made
}

const isSame = (a: Parts, b: Parts): boolean =>
  a.version === b.version &&
  a.passed === b.passed &&
  a.passedInTier === b.passedInTier &&
  a.open === b.open &&
  a.serviceTier === b.serviceTier &&
  a.region === b.region

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
  const known = prepare(price)
  const version = price.versions[known.begins.findLastIndex((begins) => begins <= now)]
  if (version === undefined) return undefined
  const tier = serviceTier === undefined ? undefined : ServiceTier.find(price.tiers ?? {}, serviceTier)
  const isLong = (threshold: Threshold) => isPassed(threshold, inputTokens)
  const parts: Parts = {
    version,
    passed: holding(version.thresholds, isLong),
    passedInTier: holding(tier?.thresholds, isLong),
    open: holding(version.windows, (window) => TimeWindow.isOpen(window, at)),
    serviceTier,
    region
  }
  let rates = known.rates.find((rates) => isSame(rates.parts, parts))
  if (rates === undefined) {
    rates = new RatesIn(price, parts, tier)
    if (known.rates.length < mostCircumstances) known.rates.push(rates)
  }
  return new CardOf(rates)
}

/** What one call asks of rates. */
class CardOf implements RateCard {
  readonly from: string | undefined
  readonly meters: ReadonlySet<string>
  flags: ReadonlyArray<CostFlag>
  readonly #rates: RatesIn

  constructor(rates: RatesIn) {
    this.from = rates.parts.version.from
    this.meters = rates.meters
    this.flags = rates.flags
    this.#rates = rates
  }

  rateOf(meter: string): BigDecimal.BigDecimal | undefined {
    const { flag, rate } = this.#rates.of(meter)
    if (flag !== undefined) this.#flag(flag)
    return rate
  }

  find(meter: string): Rated {
    const rated = this.#rates.rated(meter)
    for (const flag of rated.flags) this.#flag(flag)
    return rated
  }

  /** A part without a rate of its own asks again for that of the whole. */
  #flag(flag: CostFlag): void {
    if (!this.flags.includes(flag)) this.flags = [...this.flags, flag]
  }
}
