import * as DateTime from "effect/DateTime"

let last: DateTime.Utc = DateTime.makeUnsafe(0)

/** The instant of a time in milliseconds. The policies of a call ask for the same one, when it began, and share it. */
export const instantOf = (millis: number): DateTime.Utc =>
  DateTime.toEpochMillis(last) === millis ? last : (last = DateTime.makeUnsafe(millis))
