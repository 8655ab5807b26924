import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Window from "../../../src/policies/budget/Window.ts"

/** Zones whose clocks change at midnight, by half an hour, at odd offsets, or by a whole day. */
const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "America/Havana",
  "Africa/Cairo",
  "Asia/Beirut",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "America/St_Johns"
] as const

const formats = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit", weekday: "short" })
  ])
)

/** The names of the local day, week (by its Monday), month and year. */
const localDate = (zone: (typeof zones)[number], at: number) => {
  const parts = Object.fromEntries(
    formats
      .get(zone)
      ?.formatToParts(at)
      .map(({ type, value }) => [type, value]) ?? []
  )
  const weekDay = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(String(parts.weekday))
  return {
    year: String(parts.year),
    month: `${parts.year}-${parts.month}`,
    day: `${parts.year}-${parts.month}-${parts.day}`,
    week: Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day) - weekDay)
  }
}

const minute = 60_000
const day = 24 * 60 * minute

/** Looks for the first minute from which on `isWithin` holds until `now`, by halves: it never holds again before. */
const firstMinute = (now: number, from: number, isWithin: (at: number) => boolean): number => {
  let [low, high] = [Math.floor(from / minute), Math.floor(now / minute)]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (isWithin(middle * minute)) high = middle
    else low = middle + 1
  }
  return low * minute
}

/** The beginning of the period of an instant, as a naive reader of a calendar finds it. */
const reference = (unit: "day" | "week" | "month" | "year", zone: (typeof zones)[number], now: number): number => {
  const today = localDate(zone, now)
  const length = { day: 3, week: 10, month: 33, year: 368 }[unit] * day
  return firstMinute(now, now - length, (at) => localDate(zone, at)[unit] === today[unit])
}

/** Until 2011 Newfoundland's clocks went back at one minute past midnight, so that a local date came back. */
const Instants = Schema.Int.check(Schema.isBetween({ minimum: Date.UTC(2012, 0, 2), maximum: Date.UTC(2027, 11, 30) }))

describe("windows of the calendar", () => {
  it.prop(
    "begin and end with the local date, as a naive calendar has it",
    [Schema.Literals(["day", "week", "month", "year"]), Schema.Literals(zones), Instants],
    ([unit, zone, now]) => {
      const { end, start } = Window.at({ calendar: unit, zone }, now)
      assert.strictEqual(start, reference(unit, zone, now))
      assert.isTrue(end !== undefined && now < end)
      if (end !== undefined) assert.strictEqual(reference(unit, zone, end), end)
    },
    { arbitrary: { runs: 400 } }
  )

  it("have days of 23 and 25 hours where the clocks change", () => {
    const hours = (date: string) => {
      const { end = 0, start } = Window.at({ calendar: "day", zone: "Europe/Berlin" }, Date.parse(`${date}T12:00:00Z`))
      return (end - start) / 3_600_000
    }
    assert.deepStrictEqual(["2026-03-28", "2026-03-29", "2026-10-25"].map(hours), [24, 23, 25])
  })

  it("begin after the gap where a day has no midnight", () => {
    const { start } = Window.at({ calendar: "day", zone: "America/Sao_Paulo" }, Date.parse("2018-11-04T15:00:00Z"))
    assert.strictEqual(start, Date.parse("2018-11-04T03:00:00Z"))
  })

  it.prop(
    "of minutes and hours follow the local clock",
    [Schema.Literals(["minute", "hour"]), Schema.Literals(zones), Instants],
    ([unit, zone, now]) => {
      const { end = 0, start } = Window.at({ calendar: unit, zone }, now)
      assert.isTrue(start <= now && now < end)
      assert.strictEqual(end - start, unit === "minute" ? minute : 60 * minute)
    }
  )

  it("of a length end once what is spent now is outside them", () => {
    const now = 1_000_000_000_500
    // Counted in steps: of a second in short windows, else of a minute.
    assert.deepStrictEqual(Window.at({ rolling: "30 minutes" }, now), {
      start: 1_000_000_000_000 - 30 * minute,
      end: 1_000_000_001_000 + 30 * minute,
      step: 1000
    })
    const ofMinute = Math.floor(now / minute) * minute
    assert.deepStrictEqual(Window.at({ rolling: "1 hour" }, now), {
      start: ofMinute - 60 * minute,
      end: ofMinute + 61 * minute,
      step: minute
    })
    assert.strictEqual(Window.at({ rolling: "1 hour" }, 5).start, 0)
  })

  it("are rejected in unknown zones", () => {
    assert.isUndefined(Window.check({ calendar: "day", zone: "Asia/Tokyo" }))
    assert.isUndefined(Window.check({ calendar: "day", zone: "+05:30" }))
    assert.include(String(Window.check({ calendar: "day", zone: "Mars/Olympus" })), "Mars/Olympus")
    assert.isString(Window.check({ rolling: 0 }))
  })
})
