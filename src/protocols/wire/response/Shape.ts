import { isObject, nonNegativeInt } from "../WireObject.ts"

/**
 * Where a value does not have the expected type, as a path below the value; none where it has. What is absent
 * or empty always fits (servers written in PHP say `[]` for an empty object), and so does what a shape does not name.
 */
export type Shape = (value: unknown) => string | undefined

const self = ""

/** The place of a value that is not of its type, unless nothing is lost with it. */
const unfit = (value: unknown): string | undefined =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === false ||
  (typeof value === "object" && Object.keys(value).length === 0)
    ? undefined
    : self

/** A string. */
export const string: Shape = (value) => (typeof value === "string" ? undefined : unfit(value))

/** A string that is not left out. */
export const requiredString: Shape = (value) => (typeof value === "string" ? undefined : self)

/** A number, or a count written as a string. */
export const number: Shape = (value) =>
  typeof value === "number" || nonNegativeInt(value) !== undefined ? undefined : unfit(value)

/** A boolean. */
export const boolean: Shape = (value) => (typeof value === "boolean" ? undefined : unfit(value))

/** An object with these fields, among others. */
export const object = (fields: { readonly [key: string]: Shape } = {}): Shape => {
  const keys = Object.keys(fields)
  const shapes = Object.values(fields)
  const byKey = Object.assign(Object.create(null) as Record<string, Shape>, fields)
  // An object of the wire has few of the fields that it may have, so it is quicker to go by those that it has.
  const isByValue = keys.length > 2 && !shapes.includes(requiredString)
  return (value) => {
    if (!isObject(value)) return unfit(value)
    if (isByValue) {
      for (const key in value) {
        const at = byKey[key]?.(value[key])
        if (at !== undefined) return below(key, at)
      }
      return undefined
    }
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string
      const at = (shapes[i] as Shape)(value[key])
      if (at !== undefined) return below(key, at)
    }
    return undefined
  }
}

/** An array of such. */
export const array =
  (of: Shape): Shape =>
  (value) => {
    if (!Array.isArray(value)) return unfit(value)
    for (let i = 0; i < value.length; i++) {
      const at = of(value[i])
      if (at !== undefined) return below(String(i), at)
    }
    return undefined
  }

/** A value that fits one of the shapes. */
export const either =
  (...shapes: ReadonlyArray<Shape>): Shape =>
  (value) => {
    let last: string | undefined
    for (const shape of shapes) {
      last = shape(value)
      if (last === undefined) return undefined
    }
    return last
  }

/** An object of which a field, a string, says which fields it has. */
export const tagged = (tag: string, kinds: { readonly [kind: string]: Shape }): Shape => {
  const known = new Map(Object.entries(kinds))
  return (value) => {
    if (!isObject(value)) return unfit(value)
    const kind = value[tag]
    if (kind === undefined || kind === null) return undefined
    return typeof kind === "string" ? known.get(kind)?.(value) : tag
  }
}

const below = (key: string, at: string): string => (at === self ? key : `${key}.${at}`)

/** Describes the issue that a shape found. */
export const mismatch = (at: string, whole: string): string =>
  at === self ? `${whole} is not an object` : `${at} does not have the expected type`
