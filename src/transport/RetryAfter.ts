import * as Duration from "effect/Duration"
import type * as Headers from "effect/http/Headers"
import * as WaitTime from "./WaitTime.ts"

/**
 * How long the provider asks to wait, by its `retry-after-ms` (OpenAI, Azure, Cerebras), else by its `retry-after` in
 * seconds or as a date. `now` is in milliseconds since 1970. A `retry-after-ms` of 0 beside a `retry-after` does not
 * count: Azure sends both.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export const decode = (headers: Headers.Headers, now: number): Duration.Duration | undefined => {
  const exact = headers["retry-after-ms"]?.trim()
  const millis = exact !== undefined && /^\d+(\.\d+)?$/.test(exact) ? Number(exact) : undefined
  if (millis !== undefined && millis > 0 && Number.isFinite(millis)) return Duration.millis(millis)
  const said = headers["retry-after"]
  const wait = said === undefined ? undefined : WaitTime.decode(said, now)
  return wait ?? (millis === 0 ? Duration.zero : undefined)
}
