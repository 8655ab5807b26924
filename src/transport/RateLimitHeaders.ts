import * as Duration from "effect/Duration"
import type * as Headers from "effect/http/Headers"
import type { RateLimits } from "../domain/RateLimits.ts"
import * as WaitTime from "./WaitTime.ts"

/**
 * Reads the rate-limit headers of providers into one form, keyed by what they count. `now` is in milliseconds since
 * 1970.
 *
 * - `x-ratelimit-{limit,remaining,reset}-{requests,tokens,...}` (OpenAI, Azure, Groq, xAI, Cerebras, Mistral), the reset
 *   as a duration (`1s`, `6m0s`, `120ms`) or in seconds; Mistral's `req-minute` is `requests-minute` here
 * - `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`, the reset in RFC 3339
 * - `x-ratelimit-{limit,remaining,reset}` (OpenRouter in milliseconds since 1970, Together in seconds) and
 *   `ratelimit-{limit,remaining,reset}` count `requests`; Mistral's `ratelimitbysize-*` counts `size`
 *
 * @see https://platform.openai.com/docs/guides/rate-limits
 * @see https://platform.claude.com/docs/en/api/rate-limits
 * @see https://openrouter.ai/docs/api-reference/limits
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
    const limit = Object.hasOwn(limits, field.kind) ? limits[field.kind] : undefined
    if (limit === undefined) limits[field.kind] = { [field.name]: value }
    else limit[field.name] = value
  }
  return limits as RateLimits | undefined
}

const pattern =
  /^(?:anthropic-ratelimit-([a-z-]+?)-(limit|remaining|reset)|(?:x-)?ratelimit(bysize)?-(limit|remaining|reset)(?:-([a-z-]+))?)$/

interface Field {
  readonly kind: string
  readonly name: "limit" | "remaining" | "resetAfter"
}

const fields = new Map<string, Field | undefined>()

/** What a header is about; a provider sends the same few with every answer. */
const fieldOf = (header: string): Field | undefined => {
  if (fields.has(header)) return fields.get(header)
  const field = parse(header)
  if (fields.size < 100) fields.set(header, field)
  return field
}

const parse = (header: string): Field | undefined => {
  const found = pattern.exec(header)
  if (found === null) return undefined
  const [, anthropic, anthropicName, bySize, name = anthropicName, counted] = found
  const kind = anthropic ?? [bySize === undefined ? undefined : "size", counted].filter(Boolean).join("-")
  return {
    kind: kind === "" ? "requests" : kind.replace(/^req\b/, "requests"),
    name: name === "reset" ? "resetAfter" : (name as "limit" | "remaining")
  }
}

const decodeField = (field: Field["name"], text: string, now: number) => {
  if (field === "resetAfter") return WaitTime.decode(text, now)
  const value = Number(text)
  return text !== "" && Number.isFinite(value) ? value : undefined
}

/** Which limit is used up (`requests`, `tokens`, ...), where the headers tell; the longest wait wins. */
export const exhausted = (limits: RateLimits | undefined): string | undefined => spent(limits)?.[0]

/** How long until the used-up limit is full again. */
export const resetAfter = (limits: RateLimits | undefined): Duration.Duration | undefined =>
  spent(limits)?.[1].resetAfter

const spent = (limits: RateLimits | undefined) =>
  Object.entries(limits ?? {})
    .filter(([, { remaining }]) => remaining !== undefined && remaining <= 0)
    .toSorted(([, a], [, b]) => millis(b.resetAfter) - millis(a.resetAfter))[0]

const millis = (duration: Duration.Duration | undefined): number =>
  duration === undefined ? -1 : Duration.toMillis(duration)
