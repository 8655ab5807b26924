import type { Counts, Usage } from "../../domain/Usage.ts"
import { isObject, nonNegativeInt, type WireObject } from "./WireObject.ts"

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
