import type { Counts, Usage } from "../../../domain/Usage.ts"
import { isBlank, isObject, nonNegativeInt, type WireObject } from "../WireObject.ts"

type Counter = Exclude<keyof Counts, "cacheOutsideInput" | "reasoningOutsideOutput">

/** Where a protocol has its counters, as paths (`prompt_tokens_details.cached_tokens`): all are read, the first is written. */
export type UsagePaths = { readonly [C in Counter]?: string | ReadonlyArray<string> }

/** The counters of a protocol, in both directions. */
export interface UsageTable {
  /** The counters that a usage object has. */
  readonly read: (usage: WireObject) => { readonly [C in Counter]?: number }
  /** A usage object of the counters that are known. */
  readonly write: (usage: Usage) => WireObject
}

type Value = (usage: Usage) => number | undefined

/**
 * A table of counters. With `cacheOutsideInput` or `reasoningOutsideOutput`, what the protocol calls its input or its
 * output does not include them.
 */
export const usageTable = (
  paths: UsagePaths,
  totals: Pick<Counts, "cacheOutsideInput" | "reasoningOutsideOutput"> = {}
): UsageTable => {
  const values: { readonly [C in Counter]: Value } = {
    input: ({ inputTokens: { cacheRead = 0, cacheWrite = 0, total, uncached } }) =>
      totals.cacheOutsideInput !== true
        ? total
        : (uncached ?? (total === undefined ? undefined : Math.max(0, total - cacheRead - cacheWrite))),
    cacheRead: ({ inputTokens }) => inputTokens.cacheRead,
    cacheWrite: ({ inputTokens }) => inputTokens.cacheWrite,
    cacheWrite5m: ({ inputTokens }) => inputTokens.cacheWrite5m,
    cacheWrite1h: ({ inputTokens }) => inputTokens.cacheWrite1h,
    inputAudio: ({ inputTokens }) => inputTokens.audio,
    inputImage: ({ inputTokens }) => inputTokens.image,
    cacheReadAudio: ({ inputTokens }) => inputTokens.cacheReadAudio,
    output: ({ outputTokens: { reasoning = 0, text, total } }) =>
      totals.reasoningOutsideOutput !== true
        ? total
        : (text ?? (total === undefined ? undefined : Math.max(0, total - reasoning))),
    reasoning: ({ outputTokens }) => outputTokens.reasoning,
    outputAudio: ({ outputTokens }) => outputTokens.audio,
    outputImage: ({ outputTokens }) => outputTokens.image
  }
  const rows = (Object.keys(paths) as Array<Counter>).map((counter) => ({
    counter,
    value: values[counter],
    paths: [paths[counter] ?? []].flat().map((path) => path.split("."))
  }))
  return {
    read: (usage) => {
      const counts: { [C in Counter]?: number } = {}
      for (const { counter, paths } of rows) {
        for (const path of paths) {
          const count = countAt(usage, path)
          if (count === undefined) continue
          counts[counter] = count
          break
        }
      }
      return counts
    },
    write: (usage) => {
      const wire: Record<string, unknown> = {}
      for (const { paths, value } of rows) {
        const count = value(usage)
        if (count !== undefined && paths[0] !== undefined) put(wire, paths[0], count)
      }
      return wire
    }
  }
}

/** The counts among the values of an object (the requests of tools, by their names); none where there are none. */
export const countsOf = (u: unknown): { readonly [name: string]: number } | undefined => {
  let counts: { [name: string]: number } | undefined
  for (const [name, value] of Object.entries(isObject(u) ? u : {})) {
    const count = nonNegativeInt(value)
    if (count !== undefined) (counts ??= {})[name] = count
  }
  return counts
}

const countAt = (usage: WireObject, path: ReadonlyArray<string>): number | undefined => {
  let value: unknown = usage
  for (const step of path) value = isObject(value) ? value[step] : undefined
  return nonNegativeInt(value)
}

const put = (wire: Record<string, unknown>, path: ReadonlyArray<string>, count: number): void => {
  let place = wire
  for (const step of path.slice(0, -1)) place = (place[step] ??= {}) as Record<string, unknown>
  place[path.at(-1) ?? ""] = count
}

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
  const least = nonNegativeInt(before) ?? before
  if (typeof least === "number") return (nonNegativeInt(after) ?? least) > least
  if (!Array.isArray(before)) return isObject(before) && isObject(after) && covers(after, before)
  if (!Array.isArray(after)) return false
  for (let at = 0; at < before.length; at++) {
    if (nameOf(before[at], at) !== nameOf(after[at], at) || !coversValue(after[at], before[at])) return false
  }
  return true
}

/** What is no count at all is replaced, and replaces nothing; costs are fractions. */
const mergeValue = (earlier: unknown, later: unknown, isCost: boolean): unknown => {
  const counted = isCost ? undefined : nonNegativeInt(earlier)
  if (counted !== undefined) return (nonNegativeInt(later) ?? counted) > counted ? later : earlier
  if (typeof earlier === "number") {
    return isCost
      ? typeof later === "number" && later > earlier
        ? later
        : earlier
      : (nonNegativeInt(later) ?? earlier)
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

/** A decimal as digits and the number of them after the point. */
interface Decimal {
  readonly digits: bigint
  readonly places: number
}

const pattern = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/

const decimal = (u: unknown): Decimal | undefined => {
  const match = typeof u === "number" || typeof u === "string" ? pattern.exec(String(u)) : null
  if (match === null) return undefined
  const [, whole = "", fraction = "", exponent = "0"] = match
  const places = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 }
}

const format = ({ digits, places }: Decimal): string => {
  const text = digits.toString().padStart(places + 1, "0")
  const whole = text.slice(0, text.length - places)
  const fraction = text.slice(text.length - places).replace(/(?<!0)0+$/, "")
  return fraction === "" ? whole : `${whole}.${fraction}`
}

const add = (a: Decimal, b: Decimal): Decimal => {
  const places = Math.max(a.places, b.places)
  const at = (d: Decimal) => d.digits * 10n ** BigInt(places - d.places)
  return { digits: at(a) + at(b), places }
}

/**
 * What a call cost in US dollars, as an exact decimal, where the server says so in its usage object:
 *
 * - OpenRouter: `cost`; with an own key (`is_byok`) that is only OpenRouter's fee, and the upstream provider bills
 *   `cost_details.upstream_inference_cost` besides.
 *   Source: https://openrouter.ai/docs/cookbook/administration/usage-accounting
 * - Perplexity: `cost.total_cost`.
 * - xAI: `cost_in_usd_ticks`, 10^10 ticks to the dollar; resellers report 0 ticks, which means that they do not know.
 *   Source: https://docs.x.ai/developers/cost-tracking
 */
export const reportedCost = (usage: WireObject): string | undefined => {
  const { cost, cost_details: details, cost_in_usd_ticks: ticks } = usage
  const charged = decimal(isObject(cost) ? cost.total_cost : cost)
  if (charged !== undefined) {
    const upstream = usage.is_byok === true && isObject(details) ? decimal(details.upstream_inference_cost) : undefined
    return format(upstream === undefined ? charged : add(charged, upstream))
  }
  const inTicks = decimal(ticks)
  return inTicks === undefined || inTicks.digits === 0n
    ? undefined
    : format({ digits: inTicks.digits, places: inTicks.places + 10 })
}
