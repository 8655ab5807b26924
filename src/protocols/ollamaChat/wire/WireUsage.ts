import type { Json } from "../../../domain/Json.ts"
import { make, type Usage } from "../../../domain/Usage.ts"
import { compact, isObject, type WireObject } from "./Wire.ts"

export const counters = [
  "total_duration",
  "load_duration",
  "prompt_eval_count",
  "prompt_eval_duration",
  "eval_count",
  "eval_duration"
] as const

/** The counts of a line, and the durations, in nanoseconds; none when there are none. */
export const countsOf = (line: WireObject): WireObject | undefined => {
  let counts: Record<string, unknown> | undefined
  for (const counter of counters) if (typeof line[counter] === "number") (counts ??= {})[counter] = line[counter]
  return counts
}

/**
 * Reads counts. Reasoning is inside `eval_count`. Servers leave out a count of 0, and old ones that of a prompt that was in
 * their cache.
 * Source: https://docs.ollama.com/api/usage
 */
export const decodeUsage = (counts: WireObject): Usage =>
  make({ input: counts.prompt_eval_count, output: counts.eval_count }, { raw: counts as Json })

/** Writes the counts, and the durations where the answer came from such a server. */
export const encodeUsage = ({ inputTokens, outputTokens, raw }: Usage): { readonly [key: string]: Json } => {
  const said = isObject(raw) ? raw : {}
  const durations: Record<string, Json> = {}
  for (const counter of counters) {
    if (counter.endsWith("_duration") && typeof said[counter] === "number") durations[counter] = said[counter]
  }
  return { ...durations, ...compact({ prompt_eval_count: inputTokens.total, eval_count: outputTokens.total }) }
}
