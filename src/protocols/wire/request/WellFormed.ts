import * as WrittenKeys from "../../../domain/WrittenKeys.ts"

/**
 * Text without lone surrogates. A JavaScript string that was cut in the middle of an emoji holds half of a surrogate
 * pair, which UTF-8 cannot encode: `JSON.stringify` writes it as `\ud83d`, and providers refuse the whole request.
 * Lone surrogates become U+FFFD, as `TextEncoder` writes them.
 */

/** The warning for changed text. */
export const warning = "lone surrogates (halves of an emoji, say) cannot be sent; each was replaced by U+FFFD"

/**
 * A request, body or other tree of plain objects and arrays in which every string and key is well-formed; the same
 * value where it already is. `rawInput`, which holds JSON that a model wrote, is mended within its escapes too.
 */
export const wellFormed = <A>(value: A): A => mend(value) as A

const mend = (value: unknown): unknown => {
  if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed()
  if (Array.isArray(value)) return mendArray(value)
  return typeof value === "object" && value !== null && isPlain(value) ? mendObject(value) : value
}

const mendArray = (array: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  let copy: Array<unknown> | undefined
  for (let index = 0; index < array.length; index++) {
    const mended = mend(array[index])
    if (mended === array[index]) continue
    copy ??= array.slice()
    copy[index] = mended
  }
  return copy ?? array
}

const mendObject = (object: object): object => {
  const entries = Object.entries(object)
  let isChanged = false
  for (const entry of entries) {
    const [key, value] = entry
    const whole = mend(value)
    const mended = key === "rawInput" && typeof whole === "string" ? wellFormedJson(whole) : whole
    if (mended === value && key.isWellFormed()) continue
    isChanged = true
    entry[0] = key.toWellFormed()
    entry[1] = mended
  }
  return isChanged ? WrittenKeys.fromEntries(entries) : object
}

const isPlain = (object: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === Object.prototype || prototype === null
}

/** JSON text whose escapes stand for well-formed strings. */
export const wellFormedJson = (json: string): string =>
  mayHoldHalves(json) ? json.replace(escapes, (escape) => (lone.test(escape) ? "\\ufffd" : escape)) : json

/** A pair, a lone half, or any other escape, so that `\\ud83d` (a backslash and four letters) is not taken for one. */
const escapes = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\[^]/g

const lone = /^\\u[dD][89a-fA-F][0-9a-fA-F]{2}$/

/** Whether JSON text may hold an escaped lone surrogate: false is certain, and cheap to find out. */
export const mayHoldHalves = (json: string): boolean => json.includes("\\ud") || json.includes("\\uD")

/** The JSON text of a value, with every string in it well-formed. */
export const stringify = (value: unknown): string => {
  const json = JSON.stringify(value)
  return mayHoldHalves(json) ? JSON.stringify(wellFormed(value)) : json
}
