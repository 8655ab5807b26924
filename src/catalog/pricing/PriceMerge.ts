import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Price, PriceVersion, Threshold } from "../Price.ts"

import * as Rate from "../Rate.ts"

const begins = (version: PriceVersion): number => (version.from === undefined ? -Infinity : millisOf(version.from))

/** A date that cannot be read never comes. */
const millisOf = (instant: string): number =>
  Option.match(DateTime.make(instant), { onNone: () => Infinity, onSome: DateTime.toEpochMillis })

const isSame = (a: Rate.Rate | undefined, b: Rate.Rate | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && BigDecimal.equals(Rate.toDecimal(a), Rate.toDecimal(b)))

/** Whether two versions are the same price, of which one may tell more than the other. */
const agree = (known: Rate.Rates, fresh: Rate.Rates): boolean => {
  const both = Object.keys(fresh).filter((meter) => Object.hasOwn(known, meter))
  return both.length > 0 && isSame(known.input, fresh.input) && isSame(known.output, fresh.output)
}

/** models.dev states what a token of an image costs as the rate of output. */
const spelledAlike = (known: Rate.Rates, fresh: Rate.Rates): Rate.Rates => {
  const { output, ...rest } = fresh
  const image = known.outputImage
  return output !== undefined && fresh.outputImage === undefined && isSame(image, output)
    ? { ...rest, ...(known.output === undefined ? {} : { output: known.output }), outputImage: output }
    : fresh
}

const thresholds = (
  known: ReadonlyArray<Threshold> | undefined,
  fresh: ReadonlyArray<Threshold> | undefined
): ReadonlyArray<Threshold> | undefined =>
  fresh?.map((threshold) => ({
    ...threshold,
    rates: { ...known?.find(({ above }) => above === threshold.above)?.rates, ...threshold.rates }
  })) ?? known

/**
 * Puts what a feed says today together with what was known before, which may tell more: former and coming prices, hours
 * of the day, long-lived cache writes.
 *
 * - Input and output cost what was known: the feed's rates take the place of the known ones of today, and the rest stays.
 * - They do not: the feed's price holds from the day `since` on, to which the known one was checked; before it, the
 *   known one holds, and nothing else of it is kept.
 */
export const merge = (
  known: Price | undefined,
  fresh: Price,
  options: { readonly now: number; readonly since: string | undefined }
): Price => {
  const today = fresh.versions.at(-1)
  const index = known?.versions.findLastIndex((version) => begins(version) <= options.now) ?? -1
  const version = known?.versions[index]
  if (known === undefined || version === undefined || today === undefined) return fresh
  if (known.billing !== undefined || fresh.billing !== undefined || fresh.versions.length > 1) return fresh
  const rates = spelledAlike(version.rates, today.rates)
  if (!agree(version.rates, rates)) {
    const since = options.since
    if (since === undefined) return fresh
    const before = known.versions.filter((version) => begins(version) < millisOf(since))
    return { ...fresh, versions: [...before, { ...today, from: since }] }
  }
  const merged: PriceVersion = {
    from: version.from,
    rates: { ...version.rates, ...rates },
    thresholds: thresholds(version.thresholds, today.thresholds),
    windows: today.windows ?? version.windows
  }
  return {
    ...known,
    versions: known.versions.with(index, merged),
    tiers: fresh.tiers === undefined ? known.tiers : { ...known.tiers, ...fresh.tiers },
    regions: fresh.regions === undefined ? known.regions : { ...known.regions, ...fresh.regions },
    source:
      known.source === undefined || known.source === fresh.source ? fresh.source : `${fresh.source}, ${known.source}`,
    asOf: fresh.asOf
  }
}
