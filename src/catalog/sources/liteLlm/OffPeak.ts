import { fromUnknown, type Rate, times } from "../../Rate.ts"
import type { TimeWindow } from "../../TimeWindow.ts"

const meters = {
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
 * Reads `off_peak_pricing`: hours in UTC, every day or on days of the week that are told in another time zone. What is
 * not of that shape is left out.
 */
export const windowsOf = (offPeak: unknown): ReadonlyArray<TimeWindow> | undefined => {
  if (typeof offPeak !== "object" || offPeak === null) return undefined
  const { hours_utc: daily, weekday_timezone: zone, windows } = offPeak as OffPeak
  const rates: Record<string, Rate> = {}
  for (const [key, meter] of Object.entries(meters)) {
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
