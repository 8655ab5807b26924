import * as DateTime from "effect/DateTime"

let last: DateTime.Utc = DateTime.makeUnsafe(0)

/** The `DateTime` of a time in milliseconds. The last one is reused, since all policies of a call need that of its start. */
export const instantOf = (millis: number): DateTime.Utc =>
  DateTime.toEpochMillis(last) === millis ? last : (last = DateTime.makeUnsafe(millis))
