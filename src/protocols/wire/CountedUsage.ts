import { isBlank } from "./Blank.ts"
import { isObject, nonNegativeInt, type WireObject } from "./WireObject.ts"

/**
 * The usage object that a later one of the same stream leaves. Counts are cumulative: none falls, whether the later object
 * names only some of them, is empty, or says 0 for what was counted before. What is no count is replaced by what says more.
 */
export const mergeUsage = (earlier: WireObject | undefined, later: WireObject): WireObject => {
  if (earlier === undefined || covers(later, earlier)) return later
  const merged: Record<string, unknown> = { ...earlier }
  for (const key of Object.keys(later)) merged[key] = mergeValue(earlier[key], later[key], key.includes("cost"))
  return merged
}

/** Whether the later one says all of the earlier one, which is the rule: every chunk of some streams has usage. */
const covers = (later: WireObject, earlier: WireObject): boolean => {
  for (const key in earlier) if (!coversValue(later[key], earlier[key])) return false
  return true
}

const coversValue = (after: unknown, before: unknown): boolean => {
  if (after === before) return true
  if (typeof before === "number") return (nonNegativeInt(after) ?? before) > before
  if (!Array.isArray(before)) return isObject(before) && isObject(after) && covers(after, before)
  if (!Array.isArray(after)) return false
  for (let at = 0; at < before.length; at++) {
    if (nameOf(before[at], at) !== nameOf(after[at], at) || !coversValue(after[at], before[at])) return false
  }
  return true
}

/** What is no count at all is replaced, and replaces nothing; costs are fractions. */
const mergeValue = (earlier: unknown, later: unknown, isCost: boolean): unknown => {
  if (typeof earlier === "number") {
    if (!isCost && nonNegativeInt(earlier) === undefined) return nonNegativeInt(later) ?? earlier
    const isCount = typeof later === "number" && (isCost || nonNegativeInt(later) !== undefined)
    return isCount && later > earlier ? later : earlier
  }
  if (isObject(earlier) && isObject(later)) return mergeUsage(earlier, later)
  if (Array.isArray(earlier) && Array.isArray(later)) return mergeDetails(earlier, later)
  return typeof later !== "number" && isBlank(later) && earlier !== undefined && earlier !== null ? earlier : later
}

/** Lists of counts by their kind: Google's modalities, the lifetimes of Bedrock's caches; others by their place. */
const mergeDetails = (earlier: ReadonlyArray<unknown>, later: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const left = new Map(earlier.map((detail, place) => [nameOf(detail, place), detail]))
  for (const [place, detail] of later.entries()) {
    const name = nameOf(detail, place)
    left.set(name, mergeValue(left.get(name), detail, false))
  }
  return [...left.values()]
}

const nameOf = (detail: unknown, place: number): unknown =>
  isObject(detail) ? (detail.modality ?? detail.ttl ?? place) : place

/**
 * What was written to a cache, less what was read from there in the same call (Gemini at OpenRouter counts such tokens as
 * both). A count that is larger than the input itself is not within it, and stays.
 */
export const withinInput = (input: number, read: number | undefined, written: number | undefined): number | undefined =>
  read === undefined || written === undefined || read > input || written > input
    ? written
    : Math.min(written, input - read)
