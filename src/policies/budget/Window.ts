import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"

/**
 * The units of the calendar that a budget may be for. A week begins on Monday.
 *
 * @since 0.1.0
 * @category models
 */
export type CalendarUnit = "minute" | "hour" | "day" | "week" | "month" | "year"

/**
 * The time that a budget is for:
 *
 * - a unit of the calendar, in UTC or in a time zone (`Europe/Berlin`), whose days begin and end with the local date,
 *   also where the clocks change;
 * - `rolling`: the last so long, counted in steps of a minute (of a second, below an hour);
 * - `all`: for ever.
 *
 * @since 0.1.0
 * @category models
 */
export type Window =
  | CalendarUnit
  | "all"
  | { readonly calendar: CalendarUnit; readonly zone?: string | undefined }
  | { readonly rolling: Duration.Input }

/** The window that an instant is in; all in milliseconds. */
export interface Period {
  /** What was spent from here on counts. */
  readonly start: number
  /** When the next window begins, or (rolling) when all that is spent now has left the window. */
  readonly end: number | undefined
  /** How exactly the time of spending is kept. */
  readonly step: number
}

const minute = 60_000
const lengths = { minute, hour: 60 * minute }

/** What makes a window wrong, if anything: an unknown zone, a duration that is none. */
export const check = (window: Window): string | undefined => {
  if (typeof window === "string") return undefined
  if ("rolling" in window) {
    const millis = Duration.toMillis(Duration.fromInputUnsafe(window.rolling))
    return Number.isFinite(millis) && millis > 0 ? undefined : "its rolling window is not a positive, finite duration"
  }
  return zoneOf(window.zone) === undefined ? `its time zone ${window.zone} is unknown` : undefined
}

/** The period of a window at an instant. */
export const at = (window: Window, now: number): Period => {
  if (window === "all") return { start: 0, end: undefined, step: minute }
  if (typeof window === "string") return calendar(window, "UTC", now)
  if ("calendar" in window) return calendar(window.calendar, window.zone ?? "UTC", now)
  const length = Duration.toMillis(Duration.fromInputUnsafe(window.rolling))
  const step = length < lengths.hour ? 1000 : minute
  return { start: Math.max(0, floor(now - length, step)), end: floor(now, step) + step + length, step }
}

/** The step of a period that an instant is in. */
export const stepOf = ({ step }: Period, now: number): number => floor(now, step)

const floor = (millis: number, step: number): number => Math.floor(millis / step) * step

const zones = new Map<string, DateTime.TimeZone>()

const zoneOf = (id = "UTC"): DateTime.TimeZone | undefined => {
  const known = zones.get(id)
  if (known !== undefined) return known
  const zone = DateTime.zoneFromString(id)
  if (zone._tag === "None") return undefined
  zones.set(id, zone.value)
  return zone.value
}

/** The period that was current last, of each zone and unit: time zones are slow to look up. */
const current = new Map<string, Map<CalendarUnit, Period>>()

const calendar = (unit: CalendarUnit, zone: string, now: number): Period => {
  const known = current.get(zone)?.get(unit)
  if (known !== undefined && known.start <= now && now < (known.end ?? 0)) return known
  const period = periodOf(unit, zoneOf(zone) ?? DateTime.zoneMakeOffset(0), now)
  const ofZone = current.get(zone) ?? new Map<CalendarUnit, Period>()
  current.set(zone, ofZone.set(unit, period))
  return period
}

const periodOf = (unit: CalendarUnit, timeZone: DateTime.TimeZone, now: number): Period => {
  const zoned = DateTime.makeZonedUnsafe(now, { timeZone })
  if (unit === "minute" || unit === "hour") {
    const offset = DateTime.zonedOffset(zoned)
    const start = floor(now + offset, lengths[unit]) - offset
    return { start, end: start + lengths[unit], step: unit === "minute" ? 1000 : minute }
  }
  const { day, month, weekDay, year } = DateTime.toParts(zoned)
  const begins = (year: number, month: number, day: number) => beginningOf(timeZone, year, month, day)
  const monday = day - ((weekDay + 6) % 7)
  switch (unit) {
    case "day":
      return { start: begins(year, month, day), end: begins(year, month, day + 1), step: minute }
    case "week":
      return { start: begins(year, month, monday), end: begins(year, month, monday + 7), step: minute }
    case "month":
      return { start: begins(year, month, 1), end: begins(year, month + 1, 1), step: minute }
    case "year":
      return { start: begins(year, 1, 1), end: begins(year + 1, 1, 1), step: minute }
  }
}

/** The first instant of a local date; of a date that begins twice the first, and of one without a midnight what comes for it. */
const beginningOf = (timeZone: DateTime.TimeZone, year: number, month: number, day: number): number =>
  DateTime.toEpochMillis(
    DateTime.makeZonedUnsafe(Date.UTC(year, month - 1, day), {
      timeZone,
      adjustForTimeZone: true,
      disambiguation: "compatible"
    })
  )
