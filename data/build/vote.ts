import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import * as Meter from "../../src/catalog/Meter.ts"
import type { Price, PriceVersion, Threshold } from "../../src/catalog/Price.ts"

import type { Rate, Rates } from "../../src/catalog/Rate.ts"

import type { SourceKey } from "./pinned.ts"
import { tiersOf } from "./tiers.ts"

/** What one source says of a model. */
export interface Quote {
  readonly source: SourceKey
  /** The day of the source. */
  readonly date: string
  readonly model: CatalogModel
}

export interface Conflict {
  readonly what: string
  /** What is in the data. */
  readonly ours: string
  /** What others say, by source. */
  readonly others: string
}

export interface Verdict {
  readonly price: Price | undefined
  /** The sources with this price, the newest first. */
  readonly sources: ReadonlyArray<SourceKey>
  readonly conflicts: ReadonlyArray<Conflict>
}

const begun = (price: Price, day: string): PriceVersion | undefined =>
  price.versions.findLast(({ from }) => from === undefined || from <= day)

/** What tells prices apart: input and output, or every rate of a model that is not billed by tokens. */
const signatureOf = ({ rates }: PriceVersion): string =>
  "input" in rates || "output" in rates
    ? `${plain(rates.input)} in, ${plain(rates.output)} out`
    : Object.entries(rates)
        .filter(([meter]) => Meter.find(meter)?.fee !== true || meter === "requests")
        .map(([meter, rate]) => `${plain(rate, meter.endsWith("Seconds") ? 3 : 6)} ${meter}`)
        .toSorted()
        .join(", ")

/** Six digits: sources round. */
const plain = (rate: Rate | undefined, digits = 6): string => String(Number(Number(rate ?? 0).toPrecision(digits)))

/** The price of a day in words that tell prices apart. */
export const priceOf = (price: Price | undefined, day: string): string | undefined => {
  const version = price === undefined ? undefined : begun(price, day)
  return version === undefined ? undefined : signatureOf(version)
}

interface Priced extends Quote {
  readonly price: Price
  readonly version: PriceVersion
  readonly signature: string
}

/** The most voices first, then the newest, then the order given. */
const ranked = <A>(all: ReadonlyArray<A>, keyOf: (a: A) => string, dateOf: (a: A) => string): ReadonlyArray<ReadonlyArray<A>> =>
  [...Map.groupBy(all, keyOf).values()].toSorted(
    (a, b) => b.length - a.length || (newestOf(a, dateOf) < newestOf(b, dateOf) ? 1 : newestOf(a, dateOf) > newestOf(b, dateOf) ? -1 : 0)
  )

const newestOf = <A>(all: ReadonlyArray<A>, dateOf: (a: A) => string): string => all.map(dateOf).toSorted().at(-1) ?? ""

/** The value with the most voices, then the newest. */
export const elect = <A>(
  voices: ReadonlyArray<{ readonly source: SourceKey; readonly date: string; readonly value: A | undefined }>
): A | undefined => ranked(voices.filter(({ value }) => value !== undefined), ({ value }) => JSON.stringify(value), ({ date }) => date)[0]?.[0]?.value

const ratesOf = (all: ReadonlyArray<{ readonly source: SourceKey; readonly date: string; readonly rates: Rates }>): Rates => {
  const rates: Record<string, Rate> = {}
  for (const meter of new Set(all.flatMap(({ rates }) => Object.keys(rates)))) {
    const stated = all.map(({ date, rates, source }) => ({ source, date, value: rates[meter] }))
    // LiteLLM has one fee for several kinds of search, and rounds what it has for a second.
    const genai = stated.find(({ source }) => source === "g")?.value
    const isExact = Meter.find(meter)?.fee === true || (meter.endsWith("Seconds") && plain(genai, 3) === plain(elect(stated), 3))
    const rate = isExact ? (genai ?? elect(stated)) : elect(stated)
    if (rate !== undefined) rates[meter] = rate
  }
  return rates
}

const fees = (rates: Rates): Rates => Object.fromEntries(Object.entries(rates).filter(([meter]) => Meter.find(meter)?.fee === true))

/** That one source states no threshold does not mean that there is none. */
const thresholdsOf = (
  base: Rates,
  all: ReadonlyArray<{ readonly source: SourceKey; readonly date: string; readonly thresholds: ReadonlyArray<Threshold> | undefined }>
): ReadonlyArray<Threshold> | undefined => {
  const limits = new Set(all.flatMap(({ thresholds }) => (thresholds ?? []).map(({ above }) => above)))
  const found = [...limits]
    .toSorted((a, b) => a - b)
    .map((above) => {
      const stated = all.flatMap(({ date, source, thresholds }) =>
        (thresholds ?? []).filter((threshold) => threshold.above === above).map((threshold) => ({ source, date, ...threshold }))
      )
      const inclusive = elect(stated.map(({ date, inclusive, source }) => ({ source, date, value: inclusive === true })))
      return { above, ...(inclusive === true ? { inclusive } : {}), rates: ratesOf(stated) }
    })
    .filter(({ rates }) => Object.entries(rates).some(([meter, rate]) => plain(rate) !== plain(base[meter])))
  return found.length === 0 ? undefined : found
}

const perRegion = 1.1

/** The thresholds of who states the price without the surcharge of a region, with it. */
const regional = (rates: Rates, all: ReadonlyArray<Priced>): ReadonlyArray<Threshold> | undefined => {
  const found = all.find(({ version }) => version.thresholds !== undefined && plain(version.rates.input) === plain(Number(rates.input) / perRegion))
  return found?.version.thresholds?.map((threshold) => ({
    ...threshold,
    rates: Object.fromEntries(Object.entries(threshold.rates).map(([meter, rate]) => [meter, Number((Number(rate) * perRegion).toPrecision(12))]))
  }))
}

const conflictsOf = (chosen: PriceVersion, all: ReadonlyArray<Priced>): ReadonlyArray<Conflict> => {
  const found: Array<Conflict> = []
  const others = (told: (quote: Priced) => string | undefined, ours: string) =>
    all
      .flatMap((quote) => {
        const theirs = told(quote)
        return theirs === undefined || theirs === ours ? [] : [`${quote.source}: ${theirs}`]
      })
      .join("; ")
  for (const [meter, rate] of Object.entries(chosen.rates)) {
    const text = others(({ version }) => (version.rates[meter] === undefined ? undefined : plain(version.rates[meter])), plain(rate))
    if (text !== "") found.push({ what: meter, ours: plain(rate), others: text })
  }
  const limits = (version: PriceVersion): string =>
    (version.thresholds ?? []).map(({ above, inclusive }) => `${inclusive === true ? ">=" : ">"} ${above}`).toSorted().join(", ") || "none"
  const text = others(({ version }) => limits(version), limits(chosen))
  if (text !== "") found.push({ what: "threshold", ours: limits(chosen), others: text })
  return found
}

/**
 * The price that most sources state on `day`; of as many for each, the newest. A date of its own beats both: when a
 * source says that from a later day on the price is what others say already, it tells more than they do.
 *
 * `expected` are prices, in the words of `priceOf`, that decide between as many voices for each.
 *
 * Only those who agree on input and output add their other rates, thresholds and service tiers to it.
 */
export const vote = (quotes: ReadonlyArray<Quote>, day: string, expected: ReadonlySet<string> = new Set()): Verdict => {
  const all = quotes.flatMap((quote): ReadonlyArray<Priced> => {
    const { price } = quote.model
    const version = price === undefined || price.billing !== undefined ? undefined : begun(price, day)
    if (price === undefined || version === undefined || Object.keys(version.rates).length === 0) return []
    return [{ ...quote, price, version, signature: signatureOf(version) }]
  })
  const [first, ...others] = ranked(all, ({ signature }) => signature, ({ date }) => date)
  const better = others.find(
    (group) => group.length === first?.length && expected.has(group[0]?.signature ?? "") && !expected.has(first[0]?.signature ?? "")
  )
  const winners = better ?? first
  const rest = [first, ...others].filter((group) => group !== undefined && group !== winners) as ReadonlyArray<ReadonlyArray<Priced>>
  if (winners === undefined) {
    const billed = quotes.find(({ model }) => model.price?.billing !== undefined)
    return { price: billed?.model.price, sources: billed === undefined ? [] : [billed.source], conflicts: [] }
  }
  const early = rest.flat().find(({ price }) =>
    price.versions.some((version) => (version.from ?? "") > day && signatureOf(version) === winners[0]?.signature)
  )
  const group = early === undefined ? winners : [early]
  const rates = {
    ...fees(ratesOf(all.map(({ version, ...quote }) => ({ ...quote, rates: version.rates })))),
    ...ratesOf(group.map(({ version, ...quote }) => ({ ...quote, rates: version.rates })))
  }
  const version: PriceVersion = {
    rates,
    thresholds:
      thresholdsOf(rates, group.map(({ version, ...quote }) => ({ ...quote, thresholds: version.thresholds }))) ??
      regional(rates, all),
    windows: group.find(({ version }) => version.windows !== undefined)?.version.windows
  }
  const dated = group.find(({ price }) => price.versions.length > 1)
  // Whoever was outvoted on today may still know what was before.
  const history = all.find(({ price, version }) => version.from !== undefined && price.versions.indexOf(version) > 0)
  const since = (own: Priced): PriceVersion => ({ ...version, ...(own.version.from === undefined ? {} : { from: own.version.from }) })
  const regions = quotes.find(({ model }) => model.price?.regions !== undefined)?.model.price?.regions
  const price: Price = {
    versions:
      dated !== undefined
        ? dated.price.versions.map((own) =>
            own === dated.version
              ? since(dated)
              : (own.from ?? "") > day
                ? { ...own, rates: { ...fees(version.rates), ...own.rates } }
                : own
          )
        : history !== undefined
          ? [...history.price.versions.slice(0, history.price.versions.indexOf(history.version)), since(history)]
          : [version],
    tiers: tiersOf(version, group.map(({ price, source, version }) => ({ source, tiers: price.tiers, rates: version.rates }))),
    regions,
    minimums: group.find(({ price }) => price.minimums !== undefined)?.price.minimums
  }
  return {
    price,
    sources: [...new Set(group.toSorted((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0)).map(({ source }) => source))],
    conflicts: conflictsOf(version, all)
  }
}
