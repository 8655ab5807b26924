import { isBlank } from "./Blank.ts"
import { array, isObject, nonNegativeInt, type WireObject } from "./WireObject.ts"

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

/** Whether the later one says all of the earlier one, which is the rule. */
const covers = (later: WireObject, earlier: WireObject): boolean => {
  for (const key in earlier) {
    const before = earlier[key]
    const after = later[key]
    if (
      before === after ||
      (typeof before === "number" && nonNegativeInt(after) !== undefined && (after as number) > before)
    ) {
      continue
    }
    const areObjects = typeof before === "object" && before !== null && typeof after === "object" && after !== null
    if (!areObjects || Array.isArray(before) !== Array.isArray(after)) return false
    if (Array.isArray(before) && before.some((one, at) => nameOf(one, at) !== nameOf(array(after)[at], at)))
      return false
    if (!covers(after as WireObject, before as WireObject)) return false
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
