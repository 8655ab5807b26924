/**
 * Numbers of JSON as their text has them. JavaScript reads an id of 19 digits as another number, and writes `1.0` as `1`; what
 * is passed on keeps them.
 *
 * ```ts
 * const body = JSON.parse(text)
 * WrittenNumbers.remember(body, text)
 * JSON.stringify(WrittenNumbers.asWritten(body)) // with the numbers of `text`
 * ```
 *
 * Only what came from that text has them: a copy has none, but for the values within it.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"

// Of ECMAScript 2026, which TypeScript's library does not have yet.
const { isRawJSON, rawJSON } = JSON as JSON & {
  readonly rawJSON: (text: string) => object
  readonly isRawJSON: (value: unknown) => boolean
}

type Fields = { readonly [key: string]: unknown }

/** By the value as it is read: only what holds a number that is written in another way. */
const written = new WeakMap<object, object>()

const longInteger = /[:[,]\s*-?\d{16}/

/**
 * Whether a number is another text once it has been read.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isRewritten = (number: string): boolean => String(Number(number)) !== number

const parse = (json: string): unknown =>
  JSON.parse(json, (_, value: unknown, ...[context]: ReadonlyArray<{ readonly source?: string }>) =>
    typeof value === "number" && context?.source !== undefined && isRewritten(context.source)
      ? rawJSON(context.source)
      : value
  )

/**
 * The value of JSON for `JSON.stringify` alone, where an integer of it may be another number once it has been read.
 *
 * @since 0.1.0
 * @category combinators
 */
export const unrounded = (json: string): unknown => (longInteger.test(json) ? parse(json) : undefined)

/**
 * Remembers how the numbers of a value are written in the JSON that it was read from.
 *
 * @since 0.1.0
 * @category combinators
 */
export const remember = (value: unknown, json: string): void => {
  // What is nested too deeply for that stays as it was read.
  Result.try(() => link(value, parse(json)))
}

/**
 * The same, where an integer may be another number once it has been read.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rememberRounded = (value: unknown, json: string): void => {
  if (longInteger.test(json)) remember(value, json)
}

const link = (value: unknown, asWritten: unknown): boolean => {
  if (typeof value !== "object" || typeof asWritten !== "object" || value === null || asWritten === null)
    return isRawJSON(asWritten)
  let isOther = false
  for (const key of Object.keys(asWritten)) isOther = link(fieldOf(value, key), fieldOf(asWritten, key)) || isOther
  if (isOther) written.set(value, asWritten)
  return isOther
}

const fieldOf = (value: object, key: string): unknown => (value as Fields)[key]

/**
 * A value with its numbers as they were written; the value itself where they are written in no other way.
 *
 * @since 0.1.0
 * @category getters
 */
export const asWritten = (value: Fields): Fields => {
  const whole = written.get(value)
  if (whole !== undefined) return whole as Fields
  let copy: Record<string, unknown> | undefined
  for (const [key, field] of Object.entries(value)) {
    const found = typeof field === "object" && field !== null ? written.get(field) : undefined
    if (found !== undefined) (copy ??= { ...value })[key] = found
  }
  return copy ?? value
}
