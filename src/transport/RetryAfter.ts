import * as Duration from "effect/Duration"
import type * as Headers from "effect/http/Headers"
import { resetAfter } from "./RateLimitHeaders.ts"

/**
 * How long the provider asks to wait, by its headers: `retry-after-ms` (OpenAI, Azure), else `retry-after` in seconds
 * or as a date, else, for an answer that says so by its status, the time until the limit that was reached is full
 * again. `now` is in milliseconds since 1970. A `retry-after-ms` of 0 beside a `retry-after` does not count: Azure sends
 * both.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 * @since 0.1.0
 * @category decoding
 */
export const decode = (headers: Headers.Headers, now: number): Duration.Duration | undefined => {
  const millis = number(headers["retry-after-ms"])
  if (millis !== undefined && millis > 0) return Duration.millis(millis)
  const header = headers["retry-after"]
  const seconds = number(header)
  if (seconds !== undefined) return Duration.millis(seconds * 1000)
  const date = header === undefined ? Number.NaN : Date.parse(header)
  if (!Number.isNaN(date)) return Duration.millis(Math.max(0, date - now))
  return millis === undefined ? resetAfter(headers, now) : Duration.millis(millis)
}

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined
