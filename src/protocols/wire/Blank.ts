import { isObject, type WireObject } from "./WireObject.ts"

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

/** A part of which one field tells the kind, without the fields of other `kinds` that say nothing. */
export const ofOneKind = (part: WireObject, kinds: ReadonlyArray<string>): WireObject => {
  if (Object.keys(part).length < 2) return part
  const present = kinds.filter((kind) => part[kind] !== undefined)
  if (present.length < 2) return part
  const blank = present.filter((kind) => isBlank(part[kind]))
  if (blank.length === present.length) return part
  return Object.fromEntries(Object.entries(part).filter(([key]) => !blank.includes(key)))
}
