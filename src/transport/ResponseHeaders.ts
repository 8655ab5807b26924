import * as Duration from "effect/Duration"
import type * as Headers from "effect/http/Headers"
import type { RateLimits } from "../domain/RateLimits.ts"

/** OpenAI and most; Anthropic; Azure; AWS; OpenRouter; Mistral; DeepSeek; Cohere; Deepgram; whoever is behind Cloudflare. */
const requestIdHeaders = [
  "x-request-id",
  "request-id",
  "apim-request-id",
  "x-amzn-requestid",
  "x-generation-id",
  "x-kong-request-id",
  "x-ds-trace-id",
  "x-debug-trace-id",
  "dg-request-id",
  "cf-ray"
]

/** The id under which the provider logged a request, which its support asks for. */
export const requestId = (headers: Headers.Headers): string | undefined => {
  for (const name of requestIdHeaders) {
    const value = headers[name]
    if (value !== undefined && value !== "") return value
  }
  return undefined
}

/**
 * Reads the rate-limit headers of providers into one form, keyed by what they count. `now` is in milliseconds since
 * 1970.
 *
 * - `x-ratelimit-{limit,remaining,reset}-{requests,tokens,...}` (OpenAI, Azure, Groq, xAI, Cerebras, Mistral), the reset
 *   as a duration (`1s`, `6m0s`, `120ms`) or in seconds; Mistral's `req-minute` is `requests-minute` here
 * - `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`, the reset in RFC 3339
 * - `anthropic-ratelimit-unified-{status,reset}` of subscriptions: a status of `rejected` is none remaining
 * - `x-ratelimit-{limit,remaining,reset}` (OpenRouter in milliseconds since 1970, Together in seconds) and
 *   `ratelimit-{limit,remaining,reset}` count `requests`; Mistral's `ratelimitbysize-*` counts `size`
 * - `ratelimit` and `ratelimit-policy` of the IETF's drafts: `"default";r=0;t=17` counts `requests`, any other name itself
 *
 * @see https://platform.openai.com/docs/guides/rate-limits
 * @see https://platform.claude.com/docs/en/api/rate-limits
 * @see https://openrouter.ai/docs/api-reference/limits
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export const rateLimits = (headers: Headers.Headers, now: number): RateLimits | undefined => {
  let limits: Record<string, Record<string, unknown>> | undefined
  const add = (kind: string, name: Field["name"], value: unknown) => {
    if (value === undefined) return
    limits ??= {}
    const limit = Object.hasOwn(limits, kind) ? limits[kind] : undefined
    if (limit === undefined) limits[kind] = { [name]: value }
    else limit[name] = value
  }
  for (const name in headers) {
    if (!name.includes("ratelimit")) continue
    const text = headers[name] ?? ""
    const field = fieldOf(name)
    if (field !== undefined) add(field.kind, field.name, decodeField(field.name, text, now))
    else if (name === "ratelimit" || name === "ratelimit-policy") {
      for (const { key, kind, value } of itemsOf(text)) {
        const named = parameters[key]
        if (named !== undefined) add(kind, named, decodeField(named, value, now))
      }
    }
  }
  return limits as RateLimits | undefined
}

/** The parameters of the IETF's drafts, from 8 on and of draft 7. */
const parameters: { readonly [key: string]: Field["name"] | undefined } = Object.assign(Object.create(null), {
  r: "remaining",
  t: "resetAfter",
  q: "limit",
  limit: "limit",
  remaining: "remaining",
  reset: "resetAfter"
})

/** The parameters of each item: `"burst";r=1;t=2, "daily";r=50;t=3600`, in draft 7 `limit=10, remaining=0, reset=17`. */
const itemsOf = (text: string) =>
  text
    .slice(0, 1000)
    .split(",")
    .flatMap((item) => {
      const [head = "", ...more] = item.split(";").map((piece) => piece.trim())
      const name = /^"([a-z][\w-]*)"$/i.exec(head)?.[1]
      const kind = name === undefined || name === "default" ? "requests" : name
      return (head.startsWith('"') ? more : [head, ...more]).map((pair) => {
        const [key = "", value = ""] = pair.split("=")
        return { kind, key, value }
      })
    })

const pattern =
  /^(?:anthropic-ratelimit-([a-z-]+?)-(limit|remaining|reset|(?<=-unified-)status)|(?:x-)?ratelimit(bysize)?-(limit|remaining|reset)(?:-([a-z-]+))?)$/

interface Field {
  readonly kind: string
  readonly name: "limit" | "remaining" | "resetAfter"
}

const fields = new Map<string, Field | undefined>()

/** What a header is about; a provider sends the same few with every response. */
const fieldOf = (header: string): Field | undefined => {
  if (fields.has(header)) return fields.get(header)
  const field = parseName(header)
  if (fields.size < 100) fields.set(header, field)
  return field
}

const parseName = (header: string): Field | undefined => {
  const found = pattern.exec(header)
  if (found === null) return undefined
  const [, anthropic, anthropicName, bySize, name = anthropicName, counted] = found
  const kind = anthropic ?? [bySize === undefined ? undefined : "size", counted].filter(Boolean).join("-")
  return {
    kind: kind === "" ? "requests" : kind.replace(/^req\b/, "requests"),
    name: name === "reset" ? "resetAfter" : name === "limit" ? "limit" : "remaining"
  }
}

const decodeField = (field: Field["name"], text: string, now: number) => {
  if (field === "resetAfter") return waitTime(text, now)
  if (text === "rejected") return 0
  const value = Number(text)
  return text !== "" && Number.isFinite(value) ? value : undefined
}

/** Which limit is used up (`requests`, `tokens`, ...), where the headers tell; the longest wait wins. */
export const exhausted = (limits: RateLimits | undefined): string | undefined => exhaustedLimit(limits)?.[0]

/** How long until the used-up limit is full again. */
export const resetAfter = (limits: RateLimits | undefined): Duration.Duration | undefined =>
  exhaustedLimit(limits)?.[1].resetAfter

const exhaustedLimit = (limits: RateLimits | undefined) =>
  Object.entries(limits ?? {})
    .filter(([, { remaining }]) => remaining !== undefined && remaining <= 0)
    .toSorted(([, a], [, b]) => millis(b.resetAfter) - millis(a.resetAfter))[0]

const millis = (duration: Duration.Duration | undefined): number =>
  duration === undefined ? -1 : Duration.toMillis(duration)

/**
 * How long the provider asks to wait, by its `retry-after-ms` (OpenAI, Azure, Cerebras) or `x-ms-retry-after-ms` (other
 * services of Azure), else by its `retry-after` in seconds or as a date. `now` is in milliseconds since 1970. A
 * `retry-after-ms` of 0 beside a `retry-after` does not count: Azure sends both.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export const retryAfter = (headers: Headers.Headers, now: number): Duration.Duration | undefined => {
  const exact = (headers["retry-after-ms"] ?? headers["x-ms-retry-after-ms"])?.trim()
  const millis = exact !== undefined && /^\d+(\.\d+)?$/.test(exact) ? Number(exact) : undefined
  if (millis !== undefined && millis > 0 && Number.isFinite(millis)) return Duration.millis(millis)
  const text = headers["retry-after"]
  const wait = text === undefined ? undefined : longestWait(text, now)
  return wait ?? (millis === 0 ? Duration.zero : undefined)
}

/** A header that came twice has both times, as `7, 9`; a date has a comma too. */
const longestWait = (text: string, now: number): Duration.Duration | undefined => {
  const waits = [text, ...text.split(/,\s*(?=\d)/)].flatMap((one) => waitTime(one, now) ?? [])
  return waits.length === 0 ? undefined : waits.reduce((a, b) => Duration.max(a, b))
}

const units: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** 2001 in milliseconds and in seconds since 1970: no wait is that long. */
const epochMillis = 1e12
const epochSeconds = 1e9

/**
 * How long to wait, in every form that a header says it: seconds (`2`, `0.5`), a duration with units (`120ms`, `1s`,
 * `6m0s`), a date (the three forms of RFC 9110, or RFC 3339; UTC where it names no zone), or a moment in seconds or
 * milliseconds since 1970. `now` is in milliseconds since 1970; what has passed is no wait. Absent when the text says nothing
 * of the kind.
 */
export const waitTime = (text: string, now: number): Duration.Duration | undefined => {
  const millis = millisOf(text.trim(), now)
  return Number.isFinite(millis) ? Duration.millis(Math.max(0, millis)) : undefined
}

const millisOf = (text: string, now: number): number => {
  // The usual forms come with every response, so they are read without a pattern.
  if (startsWithDigit(text)) {
    const millis = text.endsWith("ms") ? Number(text.slice(0, -2)) : Number.NaN
    if (!Number.isNaN(millis)) return millis
    const seconds = text.endsWith("s") ? Number(text.slice(0, -1)) : Number.NaN
    if (!Number.isNaN(seconds)) return seconds * 1000
    const value = Number(text)
    if (!Number.isNaN(value)) {
      return value >= epochMillis ? value - now : value >= epochSeconds ? value * 1000 - now : value * 1000
    }
  }
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy)]
  if (parts.length > 0 && parts.map(([part]) => part).join("") === text) {
    return parts.reduce((sum, [, value, unit]) => sum + Number(value) * (units[unit ?? ""] ?? Number.NaN), 0)
  }
  // `Date.parse` takes "-1" for a year.
  return text.includes(":") ? Date.parse(inUtc(text)) - now : Number.NaN
}

/** A date without a zone (asctime, `2026-11-21T12:00:00`) would be read as local time. */
const inUtc = (date: string): string =>
  /(?:Z|GMT|UTC|[+-]\d\d:?\d\d)$/i.test(date) ? date : /^\d{4}-\d\d-\d\dT/.test(date) ? `${date}Z` : `${date} GMT`

const startsWithDigit = (text: string): boolean => {
  const first = text.charCodeAt(0)
  return first >= 48 && first <= 57
}
