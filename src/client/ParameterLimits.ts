import table from "../../data/limits.json" with { type: "json" }
import type { ChatRequest } from "../domain/ChatRequest.ts"

type Row = (typeof table.limits)[number]

/** Limits on counts and values of parameters; see `data/README.md`. */
export type ParameterLimits = Partial<Pick<Row, (typeof columns)[number]>> & { readonly checked: string }

const columns = [
  "stop",
  "topLogprobs",
  "tools",
  "temperature",
  "metadata",
  "metadataKeyChars",
  "metadataValueChars"
] as const

/** The limits of a model, from the rows that apply to it. */
export const make = (rows: ReadonlyArray<Row>): ParameterLimits | undefined => {
  const found: Record<string, unknown> = {}
  let checked: string | undefined
  for (const name of columns) {
    const row = rows.find((row) => row[name] !== undefined)
    if (row === undefined) continue
    found[name] = row[name]
    checked = checked === undefined || row.checked < checked ? row.checked : checked
  }
  return checked === undefined ? undefined : { ...found, checked }
}

interface Problem {
  readonly parameter: "stop" | "logprobs" | "tools" | "temperature" | "metadata"
  readonly reason: string
}

/** The parameters over their limits, and why. */
export const problems = (
  limits: ParameterLimits,
  { logprobs = 0, metadata = {}, stop = [], temperature, tools = [] }: ChatRequest
): ReadonlyArray<Problem> => {
  const found: Array<Problem> = []
  const most = (parameter: Problem["parameter"], count: number, limit: number | undefined, reason: string) => {
    if (limit !== undefined && count > limit) found.push({ parameter, reason })
  }
  most("stop", stop.length, limits.stop, `it takes at most ${limits.stop} texts`)
  most("logprobs", logprobs, limits.topLogprobs, `it gives at most ${limits.topLogprobs} alternatives`)
  most("tools", tools.length, limits.tools, `it takes at most ${limits.tools} tools`)
  const [least = -Infinity, largest = Infinity] = limits.temperature ?? []
  if (temperature !== undefined && (temperature < least || temperature > largest)) {
    found.push({ parameter: "temperature", reason: `it takes ${least} to ${largest}` })
  }
  const entries = Object.entries(metadata)
  most("metadata", entries.length, limits.metadata, `it takes at most ${limits.metadata} entries`)
  for (const [key, value] of entries) {
    most("metadata", key.length, limits.metadataKeyChars, `its keys have at most ${limits.metadataKeyChars} characters`)
    most(
      "metadata",
      value.length,
      limits.metadataValueChars,
      `its values have at most ${limits.metadataValueChars} characters`
    )
  }
  return found
}
