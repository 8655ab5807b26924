/**
 * Keeps the numbers of JSON, and the order of its keys, as they are written. JavaScript rounds an id of 19 digits, turns `1.0` into
 * `1` and puts the key `"1"` before all others, which a proxy must not.
 *
 * ```ts
 * const body = JSON.parse(text)
 * WrittenNumbers.remember(body, text)
 * JSON.stringify(WrittenNumbers.asWritten(body)) // with the numbers of `text`, and its order
 * ```
 *
 * A copy of the value does not have them, but the objects and lists that it shares with the original do.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as WrittenKeys from "./WrittenKeys.ts"

// Of ECMAScript 2026, which TypeScript's library does not have yet.
const { isRawJSON, rawJSON } = JSON as JSON & {
  readonly rawJSON: (text: string) => object
  readonly isRawJSON: (value: unknown) => boolean
}

type Fields = { readonly [key: string]: unknown }

/** By the value as it is read: only what holds a number or an order that is written in another way. */
const written = new WeakMap<object, object>()

/** An integer that JavaScript may round, or a key that it may move. */
const changed = /[:[,]\s*-?\d{16}|"\d{1,10}"\s*:/

/**
 * Whether JavaScript would write a number differently, such as `1.0`, `1e3` or an integer of 19 digits.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isRewritten = (number: string): boolean => String(Number(number)) !== number

const parse = (json: string): unknown =>
  WrittenKeys.parse(json, (value, source) =>
    typeof value === "number" && source !== undefined && isRewritten(source) ? rawJSON(source) : value
  )

/**
 * Parses JSON for `JSON.stringify` alone, with its numbers and the order of its keys as they are written; `undefined` where it has
 * neither an integer of 16 digits or more, which JavaScript may round, nor a key that it may move, and where a text is not JSON or
 * nested too deeply for that.
 *
 * @since 0.1.0
 * @category combinators
 */
export const unrounded = (json: string): unknown =>
  changed.test(json) ? Result.getOrUndefined(Result.try(() => parse(json))) : undefined

/**
 * Remembers how the numbers of a value are written in the JSON that it was parsed from, and in which order its keys.
 *
 * @since 0.1.0
 * @category combinators
 */
export const remember = (value: unknown, json: string): void => {
  // What is nested too deeply for that stays as it was read.
  Result.try(() => link(value, parse(json)))
}

/**
 * Does what `remember` does, but only where the JSON has an integer of 16 digits or more, which JavaScript may have rounded, or a key
 * that it may have moved.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rememberRounded = (value: unknown, json: string): void => {
  if (changed.test(json)) remember(value, json)
}

const link = (value: unknown, asWritten: unknown): boolean => {
  if (typeof value !== "object" || typeof asWritten !== "object" || value === null || asWritten === null)
    return isRawJSON(asWritten)
  let isOther = WrittenKeys.isOrdered(asWritten)
  for (const key of Object.keys(asWritten)) isOther = link(fieldOf(value, key), fieldOf(asWritten, key)) || isOther
  if (isOther) written.set(value, asWritten)
  return isOther
}

const fieldOf = (value: object, key: string): unknown => (value as Fields)[key]

/**
 * The replacer for `JSON.stringify` with which all that was remembered, however deep, is as it was written.
 *
 * @since 0.1.0
 * @category combinators
 */
export const replacer = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null ? (written.get(value) ?? value) : value

/**
 * The value with its numbers and keys as they were written, for `JSON.stringify`; the value itself where JavaScript writes it alike. Of a
 * copy, the fields that were parsed have theirs.
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
