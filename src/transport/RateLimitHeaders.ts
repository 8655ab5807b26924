import * as Duration from "effect/Duration"
import type * as Headers from "effect/http/Headers"
import type { RateLimits } from "../domain/RateLimits.ts"

/**
 * Reads the rate-limit headers of the large providers into one form. `now` is in milliseconds since 1970.
 *
 * - `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` (OpenAI, Azure, Groq, Together, ...), the reset as a duration
 *   (`1s`, `6m0s`, `120ms`) or in seconds
 * - `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`, the reset in RFC 3339
 * - `x-ratelimit-{limit,remaining,reset}` (OpenRouter), the reset in milliseconds since 1970
 *
 * @see https://platform.openai.com/docs/guides/rate-limits
 * @see https://platform.claude.com/docs/en/api/rate-limits
 * @see https://openrouter.ai/docs/api-reference/limits
 * @since 0.1.0
 * @category decoding
 */
export const decode = (headers: Headers.Headers, now: number): RateLimits | undefined => {
  let limits: Record<string, Record<string, unknown>> | undefined
  for (const name in headers) {
    if (!name.includes("ratelimit")) continue
    const field = fieldOf(name)
    if (field === undefined) continue
    const value = decodeField(field.name, headers[name] ?? "", now)
    if (value === undefined) continue
    limits ??= {}
    const limit = (limits[field.kind] ??= {})
    limit[field.name] = value
  }
  return limits as RateLimits | undefined
}

const pattern =
  /^(?:anthropic-ratelimit-([a-z-]+?)-(limit|remaining|reset)|x-ratelimit-(limit|remaining|reset)(?:-(requests|tokens|input-tokens|output-tokens))?)$/

interface Field {
  readonly kind: string
  readonly name: "limit" | "remaining" | "resetAfter"
}

const fields = new Map<string, Field | undefined>()

/** What a header is about; a provider sends the same few with every answer. */
const fieldOf = (header: string): Field | undefined => {
  if (fields.has(header)) return fields.get(header)
  const found = pattern.exec(header)
  const name = found?.[2] ?? found?.[3]
  const field =
    name === undefined
      ? undefined
      : {
          kind: found?.[1] ?? found?.[4] ?? "requests",
          name: (name === "reset" ? "resetAfter" : name) as Field["name"]
        }
  if (fields.size < 100) fields.set(header, field)
  return field
}

const decodeField = (field: Field["name"], text: string, now: number) => {
  if (field === "resetAfter") return decodeReset(text, now)
  const value = Number(text)
  return text !== "" && Number.isFinite(value) ? value : undefined
}

const units: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** 2001 in milliseconds and 2286 in seconds since 1970: no wait is that long. */
const epochMillis = 1e12
const epochSeconds = 1e9

const decodeReset = (text: string, now: number): Duration.Duration | undefined => {
  const short = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text)
  if (short !== null) return Duration.millis(Number(short[1]) * (units[short[2] ?? ""] ?? 0))
  if (/^\d+(\.\d+)?$/.test(text)) {
    const value = Number(text)
    const millis = value >= epochMillis ? value - now : value >= epochSeconds ? value * 1000 - now : value * 1000
    return Duration.millis(Math.max(0, millis))
  }
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (parts.length > 0 && parts.map(([part]) => part).join("") === text) {
    return Duration.millis(parts.reduce((sum, [, value, unit]) => sum + Number(value) * (units[unit ?? ""] ?? 0), 0))
  }
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Duration.millis(Math.max(0, date - now))
}

/**
 * Which limit is used up (`requests`, `tokens`, ...), where the headers tell; the longest wait wins.
 *
 * @since 0.1.0
 * @category accessors
 */
export const exhausted = (limits: RateLimits | undefined): string | undefined => spent(limits)?.[0]

/**
 * How long until the used-up limit is full again.
 *
 * @since 0.1.0
 * @category accessors
 */
export const resetAfter = (headers: Headers.Headers, now: number): Duration.Duration | undefined =>
  spent(decode(headers, now))?.[1].resetAfter

const spent = (limits: RateLimits | undefined) =>
  Object.entries(limits ?? {})
    .filter(([, { remaining }]) => remaining !== undefined && remaining <= 0)
    .toSorted(([, a], [, b]) => millis(b.resetAfter) - millis(a.resetAfter))[0]

const millis = (duration: Duration.Duration | undefined): number =>
  duration === undefined ? -1 : Duration.toMillis(duration)
