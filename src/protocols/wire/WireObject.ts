import * as Result from "effect/Result"
import type { Json } from "../../domain/Json.ts"

/** A JSON object of the wire of which nothing has been checked. */
export interface WireObject {
  readonly [key: string]: unknown
}

/** Whether a value is a JSON object. */
export const isObject = (u: unknown): u is WireObject => typeof u === "object" && u !== null && !Array.isArray(u)

/** The value if it is an object. */
export const object = (u: unknown): WireObject | undefined => (isObject(u) ? u : undefined)

/** The value if it is a string that is not empty. */
export const text = (u: unknown): string | undefined => (typeof u === "string" && u !== "" ? u : undefined)

/** The value if it is an array, else an empty array. */
export const array = (u: unknown): ReadonlyArray<unknown> => (Array.isArray(u) ? u : [])

const digits = /^\d{1,16}$/

/** The value if it is a non-negative integer, which some servers write as a string. */
export const nonNegativeInt = (u: unknown): number | undefined => {
  const number = typeof u === "string" && digits.test(u) ? Number(u) : u
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** The value of a JSON text; `undefined` where the text is not JSON. */
export const parse = (json: string): Json | undefined =>
  Result.getOrUndefined(Result.try(() => JSON.parse(json) as Json))

/** Drops keys whose value is `undefined`. */
export const compact = <A extends object>(record: A): { readonly [K in keyof A]: Exclude<A[K], undefined> } => {
  const result: Record<string, unknown> = {}
  for (const key of Object.keys(record)) {
    const value = (record as Record<string, unknown>)[key]
    if (value !== undefined) result[key] = value
  }
  return result as { readonly [K in keyof A]: Exclude<A[K], undefined> }
}

/** The fields that are not among the known keys, or none. A `null` counts as absent. */
export const unknownFields = (
  record: WireObject,
  known: ReadonlySet<string>
): { readonly [key: string]: Json } | undefined => {
  let rest: Record<string, Json> | undefined
  for (const key of Object.keys(record)) {
    if (known.has(key) || record[key] === null || record[key] === undefined) continue
    rest ??= {}
    rest[key] = record[key] as Json
  }
  return rest
}

/** The object with each value mapped; the same object if none changes. */
export const mapValues = (record: WireObject, f: (u: unknown) => unknown): WireObject =>
  unchanged(record, Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)])))

/** The first of two objects if they have the same keys and values, in whatever order. */
export const unchanged = (before: WireObject, after: WireObject): WireObject => {
  const keys = Object.keys(after)
  return keys.length === Object.keys(before).length && keys.every((key) => before[key] === after[key]) ? before : after
}

/**
 * Whether a value says nothing: absent, null, or the zero value of its type, at any depth. Servers written in Go, Java or
 * from protocol buffers send every optional field so, and a field of this kind may stand beside the one that counts.
 */
export const isBlank = (u: unknown): boolean =>
  u === undefined ||
  u === null ||
  u === "" ||
  u === 0 ||
  u === false ||
  (Array.isArray(u) && u.every(isBlank)) ||
  (isObject(u) && hasOnlyBlanks(u))

const hasOnlyBlanks = (fields: WireObject): boolean => {
  for (const key in fields) if (!isBlank(fields[key])) return false
  return true
}

/** The object, or none where there is something else or an object that says nothing. */
export const filled = (u: unknown): WireObject | undefined => (isObject(u) && !isBlank(u) ? u : undefined)

/** Whether the body of a response is an error, which some servers send as a success. */
export const holdsError = (body: unknown): boolean =>
  isObject(body) && (filled(body.error) !== undefined || text(body.error) !== undefined)

/** A part whose kind is told by one field, without blank fields of other `kinds`. */
export const ofOneKind = (part: WireObject, kinds: ReadonlyArray<string>): WireObject => {
  if (Object.keys(part).length < 2) return part
  const present = kinds.filter((kind) => part[kind] !== undefined)
  if (present.length < 2) return part
  const blank = present.filter((kind) => isBlank(part[kind]))
  if (blank.length === present.length) return part
  return Object.fromEntries(Object.entries(part).filter(([key]) => !blank.includes(key)))
}

/** Whether every item of a list could be read. */
export const isWhole = <A>(items: ReadonlyArray<A | undefined>): items is ReadonlyArray<A> => !items.includes(undefined)

/** The set of the words in a list with spaces between them. */
export const setOf = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/))
