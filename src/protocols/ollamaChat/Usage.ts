import type { Json } from "../../domain/Json.ts"
import { make, unknown, type Usage } from "../../domain/Usage.ts"
import { usageTable } from "../wire/Usage.ts"
import { isObject, type WireObject } from "../wire/WireObject.ts"

/** Reasoning is inside `eval_count`. Servers leave out a count of 0, and old ones that of a cached prompt. */
const table = usageTable({ input: "prompt_eval_count", output: "eval_count" })

const durations = ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"]

/** The fields of a line that count something; durations are in nanoseconds. */
export const counters: ReadonlyArray<string> = [...durations, "prompt_eval_count", "eval_count"]

const numbersOf = (line: WireObject, keys: ReadonlyArray<string>): { readonly [key: string]: Json } | undefined => {
  let numbers: { [key: string]: Json } | undefined
  for (const key of keys) if (typeof line[key] === "number") (numbers ??= {})[key] = line[key]
  return numbers
}

/** The counters of a line, which are fields of the line itself; none on most lines. */
export const countersOf = (line: WireObject): WireObject | undefined => numbersOf(line, counters)

/** Source: https://docs.ollama.com/api/usage */
export const decodeUsage = (counters: WireObject | undefined): Usage =>
  counters === undefined ? unknown : make(table.read(counters), { raw: counters as Json })

/** The counts, and the durations of a response that came from such a server. */
export const encodeUsage = (usage: Usage): WireObject => ({
  ...(isObject(usage.raw) ? numbersOf(usage.raw, durations) : {}),
  ...table.write(usage)
})
