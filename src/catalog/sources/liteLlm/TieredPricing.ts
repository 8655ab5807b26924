import type { Threshold } from "../../Price.ts"
import { fromUnknown, type Rate, type Rates, times, toDecimal } from "../../Rate.ts"
import type { TimeWindow } from "../../TimeWindow.ts"

const meters = {
  input_cost_per_token: "input",
  output_cost_per_token: "output",
  cache_read_input_token_cost: "cacheRead",
  cache_creation_input_token_cost: "cacheWrite5m",
  cache_creation_input_token_cost_above_1hr: "cacheWrite1h",
  output_cost_per_reasoning_token: "reasoning"
} as const

/**
 * The rates of an entry with `tiered_pricing`: ranges of input tokens, the start outside and the end inside, one for the
 * whole request.
 */
export interface TieredPricing {
  readonly rates: Rates
  readonly thresholds: ReadonlyArray<Threshold>
}

const rateOf = (tier: { readonly [key: string]: unknown }, key: string): Rate | undefined => {
  const rate = fromUnknown(tier[key])
  return rate === undefined || toDecimal(rate).value === 0n ? undefined : times(rate, 1e6)
}

/**
 * Reads the ranges; `undefined` where an entry has none. A range without a rate for the cache takes its own input rate,
 * not that of another range.
 */
export const ladderOf = (entry: { readonly [key: string]: unknown }): TieredPricing | undefined => {
  const tiers = entry.tiered_pricing
  if (!Array.isArray(tiers)) return undefined
  const steps: Array<readonly [start: number, rates: Rates]> = []
  for (const tier of tiers as ReadonlyArray<{ readonly [key: string]: unknown } | null>) {
    const range = tier?.range
    if (tier === null || !Array.isArray(range) || typeof range[0] !== "number") continue
    const rates: Record<string, Rate> = {}
    for (const [key, meter] of Object.entries(meters)) {
      const rate = rateOf(tier, key)
      if (rate !== undefined) rates[meter] = rate
    }
    if (rates.input !== undefined) steps.push([range[0], rates])
  }
  const [first, ...rest] = steps.toSorted(([a], [b]) => a - b)
  if (first === undefined) return undefined
  const named = new Set(steps.flatMap(([, rates]) => Object.keys(rates)))
  const complete = (rates: Rates): Rates => {
    const all: Record<string, Rate> = { ...rates }
    for (const [meter, from] of [
      ["cacheRead", "input"],
      ["cacheWrite5m", "input"],
      ["cacheWrite1h", "cacheWrite5m"],
      ["reasoning", "output"]
    ] as const) {
      const rate = all[from]
      if (named.has(meter) && rate !== undefined) all[meter] ??= rate
    }
    return all
  }
  return { rates: complete(first[1]), thresholds: rest.map(([above, rates]) => ({ above, rates: complete(rates) })) }
}

const offPeakMeters = {
  input_cost_per_token: "input",
  output_cost_per_token: "output",
  cache_read_input_token_cost: "cacheRead",
  cache_creation_input_token_cost: "cacheWrite5m",
  output_cost_per_reasoning_token: "reasoning"
} as const

const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

const dayOf = (day: unknown): number =>
  typeof day === "number" ? day : weekdays.indexOf(String(day).slice(0, 3).toLowerCase()) + 1

const isDay = (day: number): boolean => Number.isInteger(day) && day >= 1 && day <= 7

interface OffPeak {
  readonly hours_utc?: unknown
  readonly windows?: unknown
  readonly weekday_timezone?: unknown
}

const hoursOf = (hours: unknown): ReadonlyArray<{ readonly start: string; readonly end: string }> =>
  (Array.isArray(hours) ? hours : [hours]).flatMap((range: unknown) => {
    const found =
      typeof range === "string" ? /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$/.exec(range) : null
    const [, start, end] = found ?? []
    return start === undefined || end === undefined ? [] : [{ start, end }]
  })

/**
 * Reads `off_peak_pricing`: hours in UTC, every day or on days of the week in another time zone. Anything of another
 * shape is left out.
 */
export const windowsOf = (offPeak: unknown): ReadonlyArray<TimeWindow> | undefined => {
  if (typeof offPeak !== "object" || offPeak === null) return undefined
  const { hours_utc: daily, weekday_timezone: zone, windows } = offPeak as OffPeak
  const rates: Record<string, Rate> = {}
  for (const [key, meter] of Object.entries(offPeakMeters)) {
    const rate = fromUnknown((offPeak as { readonly [key: string]: unknown })[key])
    if (rate !== undefined) rates[meter] = times(rate, 1e6)
  }
  const some = (Array.isArray(windows) ? windows : []).flatMap((window: OffPeak & { readonly weekdays?: unknown }) =>
    hoursOf(window.hours_utc).map(({ end, start }) => ({
      start,
      end,
      days: Array.isArray(window.weekdays) ? window.weekdays.map(dayOf).filter(isDay) : undefined,
      dayZone: typeof zone === "string" ? zone : undefined,
      rates
    }))
  )
  const all = [...hoursOf(daily).map(({ end, start }) => ({ start, end, rates })), ...some]
  return all.length === 0 ? undefined : all
}
