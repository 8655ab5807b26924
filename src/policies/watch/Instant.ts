import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"

let last: DateTime.Utc = DateTime.makeUnsafe(0)

/** The `DateTime` of a time in milliseconds. The last one is reused, since all policies of a call need that of its start. */
export const instantOf = (millis: number): DateTime.Utc =>
  DateTime.toEpochMillis(last) === millis ? last : (last = DateTime.makeUnsafe(millis))

let lastDuration = Duration.zero

/** The duration of so many milliseconds. Those who observe a call end with it, and most of them share one. */
export const durationOf = (millis: number): Duration.Duration =>
  millisOf(lastDuration) === millis ? lastDuration : (lastDuration = Duration.millis(millis))

/** The milliseconds of a duration, without a function for each kind of it. */
export const millisOf = (duration: Duration.Duration): number =>
  duration.value._tag === "Millis" ? duration.value.millis : Duration.toMillis(duration)
