import * as Duration from "effect/Duration"

const units: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** 2001 in milliseconds and in seconds since 1970: no wait is that long. */
const epochMillis = 1e12
const epochSeconds = 1e9

/**
 * How long to wait, in every form that a header says it: seconds (`2`, `0.5`), a duration with units (`120ms`, `1s`,
 * `6m0s`), a date (the three forms of RFC 9110, or RFC 3339; UTC where it names no zone), or a moment in seconds or milliseconds since 1970. `now` is in
 * milliseconds since 1970; what has passed is no wait. Absent when the text says nothing of the kind.
 */
export const decode = (text: string, now: number): Duration.Duration | undefined => {
  const millis = millisOf(text.trim(), now)
  return Number.isFinite(millis) ? Duration.millis(Math.max(0, millis)) : undefined
}

const millisOf = (text: string, now: number): number => {
  // The usual forms come with every answer, so they are read without a pattern.
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
