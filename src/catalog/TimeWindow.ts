import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Rates } from "./Rate.ts"

const Clock = Schema.String.check(Schema.isPattern(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/))

const timeWindowSchema = Schema.Struct({
  /** Hours and minutes, with seconds if need be. `start` is in the window, `end` is not; it may be past midnight. */
  start: Clock,
  end: Clock,
  /** The time zone of `start` and `end`; UTC where not given. */
  zone: Schema.optional(Schema.String),
  /** Days of the week, 1 is Monday and 7 is Sunday; every day where not given. */
  days: Schema.optional(Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7 })))),
  /** The time zone of `days` and `except`; that of `start` where not given. */
  dayZone: Schema.optional(Schema.String),
  /** Dates (`YYYY-MM-DD`) on which the window does not apply. */
  except: Schema.optional(Schema.Array(Schema.String)),
  /** These replace the rates of the rest of the day. */
  rates: Rates
})

/**
 * A time of day, on some days of the week, with its own rates (peak or off-peak hours).
 *
 * @since 0.1.0
 * @category models
 */
export interface TimeWindow extends Schema.Schema.Type<typeof timeWindowSchema> {}

/**
 * The schema of `TimeWindow`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TimeWindow: Schema.Codec<TimeWindow> = timeWindowSchema

const seconds = (clock: string): number => {
  const [hours = 0, minutes = 0, rest = 0] = clock.split(":").map(Number)
  return hours * 3600 + minutes * 60 + rest
}

const local = (at: DateTime.Utc, zone = "UTC"): DateTime.DateTime | undefined =>
  zone === "UTC" ? at : Option.getOrUndefined(DateTime.makeZoned(at, { timeZone: zone }))

/**
 * Whether the window includes an instant. One that starts at its end includes the whole day; one in an unknown time zone, nothing.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isOpen = (window: TimeWindow, at: DateTime.Utc): boolean => {
  const here = local(at, window.zone)
  if (here === undefined) return false
  const time = DateTime.toParts(here)
  const now = time.hour * 3600 + time.minute * 60 + time.second
  const start = seconds(window.start)
  const end = seconds(window.end)
  const inHours = start === end || (start < end ? now >= start && now < end : now >= start || now < end)
  if (!inHours || (window.days === undefined && window.except === undefined)) return inHours
  const day = local(at, window.dayZone ?? window.zone)
  if (day === undefined) return false
  const weekday = DateTime.toParts(day).weekDay
  return (
    (window.days === undefined || window.days.includes(weekday === 0 ? 7 : weekday)) &&
    window.except?.includes(DateTime.formatIsoDate(day)) !== true
  )
}
