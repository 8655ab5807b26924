import * as Result from "effect/Result"
import type { Usage } from "../domain/Usage.ts"
import type * as Meter from "./Meter.ts"
import type { UnpricedReason } from "../domain/Cost.ts"

/** How much a call used of each meter. Every token is under one meter only. */
export interface BilledUsage {
  /** All input tokens, cached ones included; it decides which thresholds are passed. */
  readonly inputTokens: number
  readonly amounts: ReadonlyMap<string, number>
  /** The totals that nobody knows. */
  readonly unknown: ReadonlyArray<"input" | "output">
  /** Requests to tools, by the provider's name, for which there is no meter. */
  readonly unmetered: ReadonlyArray<string>
}

/** The names that providers give to what they count: Anthropic, OpenRouter, OpenAI, Perplexity, xAI, Google. */
const toolMeters: { readonly [name: string]: Meter.Name } = {
  web_search_requests: "webSearches",
  web_search: "webSearches",
  web_searches: "webSearches",
  web_search_call: "webSearches",
  num_search_queries: "webSearches",
  web_fetch_requests: "webFetches",
  web_fetch: "webFetches",
  file_search: "fileSearches",
  file_search_call: "fileSearches",
  file_search_requests: "fileSearches",
  google_maps: "mapSearches",
  num_sources_used: "searchSources",
  code_interpreter: "codeSessions",
  code_interpreter_call: "codeSessions"
}

/** Counts of tokens that may come beside a usage, as shares of what it counts. */
const shares = ["cacheReadImage", "inputVideo", "citation", "outputVideo"] as const

const sum = (...counts: ReadonlyArray<number | undefined>): number =>
  counts.reduce<number>((total, count) => total + (count ?? 0), 0)

interface Sides {
  readonly input: Usage["inputTokens"]
  readonly output: Usage["outputTokens"]
}

/** A count that is not a finite number of at least zero, in words. */
const invalidCount = (usage: Usage, units: { readonly [meter: string]: number }): string | undefined => {
  for (const counts of [usage.inputTokens, usage.outputTokens, usage.toolRequests ?? none, units]) {
    for (const [name, count] of Object.entries(counts)) {
      if (count !== undefined && !(Number.isFinite(count) && count >= 0)) {
        return `the count of ${name} is ${count}, but must be a finite number of at least zero`
      }
    }
  }
  return undefined
}

const none: { readonly [name: string]: number } = {}

/** Why the counts contradict each other, if they do. */
const contradiction = ({ input, output }: Sides, unit: (meter: string) => number): string | undefined => {
  const total = inputTotal(input)
  const writes = writesOf(input)
  const checks: ReadonlyArray<readonly [boolean, string]> = [
    [sum(input.cacheRead, writes) > total, "more tokens read from and written to the cache than input tokens"],
    [
      input.total !== undefined &&
        input.uncached !== undefined &&
        sum(input.uncached, input.cacheRead, writes) !== total,
      "the parts of the input do not add up to its total"
    ],
    [
      sum(input.cacheWrite5m, input.cacheWrite1h) > writes,
      "more cache writes of 5 minutes and 1 hour than cache writes"
    ],
    [sum(input.audio, input.image, unit("inputVideo")) > total, "more audio, image and video tokens than input tokens"],
    [
      sum(input.cacheReadAudio, unit("cacheReadImage")) > sum(input.cacheRead),
      "more audio and image tokens read from the cache than tokens read from it"
    ],
    [
      sum(output.reasoning, output.audio, output.image, unit("citation"), unit("outputVideo")) > outputTotal(output),
      "the parts of the output exceed its total"
    ]
  ]
  return checks.find(([wrong]) => wrong)?.[1]
}

const writesOf = (input: Usage["inputTokens"]): number =>
  input.cacheWrite ?? sum(input.cacheWrite5m, input.cacheWrite1h)

const inputTotal = (input: Usage["inputTokens"]): number =>
  input.total ?? sum(input.uncached, input.cacheRead, writesOf(input))

const outputTotal = (output: Usage["outputTokens"]): number => output.total ?? sum(output.text, output.reasoning)

/**
 * Sorts a usage, and what was counted besides it, by meter. A share that the usage does not tell apart stays with the
 * larger part: audio of unknown caching counts as fresh as long as fresh tokens are left.
 */
export const make = (
  usage: Usage,
  units: { readonly [meter: string]: number } = {}
): Result.Result<BilledUsage, UnpricedReason> => {
  const { inputTokens: input, outputTokens: output } = usage
  const unit = (meter: string): number => units[meter] ?? 0
  const wrong = invalidCount(usage, units) ?? contradiction({ input, output }, unit)
  if (wrong !== undefined) return Result.fail({ _tag: "InvalidUsage", message: wrong })

  const total = inputTotal(input)
  const writes = writesOf(input)
  const read = sum(input.cacheRead)
  const fresh = total - read - writes
  const audio = Math.min(Math.max(sum(input.audio) - sum(input.cacheReadAudio), 0), fresh)
  const image = Math.min(Math.max(sum(input.image) - unit("cacheReadImage"), 0), fresh - audio)
  const video = Math.min(unit("inputVideo"), fresh - audio - image)
  const write1h = sum(input.cacheWrite1h)
  const amounts = new Map<string, number>([
    ["input", fresh - audio - image - video],
    ["inputAudio", audio],
    ["inputImage", image],
    ["inputVideo", video],
    ["cacheRead", read - sum(input.cacheReadAudio) - unit("cacheReadImage")],
    ["cacheReadAudio", sum(input.cacheReadAudio)],
    ["cacheReadImage", unit("cacheReadImage")],
    ["cacheWrite5m", writes - write1h],
    ["cacheWrite1h", write1h]
  ])
  const parts: ReadonlyArray<readonly [string, number]> = [
    ["reasoning", sum(output.reasoning)],
    ["outputAudio", sum(output.audio)],
    ["outputImage", sum(output.image)],
    ["citation", unit("citation")],
    ["outputVideo", unit("outputVideo")]
  ]
  amounts.set("output", outputTotal(output) - sum(...parts.map(([, count]) => count)))
  for (const [meter, count] of parts) amounts.set(meter, count)
  const unmetered = addCounted(amounts, usage.toolRequests ?? {}, units)
  return Result.succeed({
    inputTokens: total,
    amounts: new Map([...amounts].filter(([, count]) => count > 0)),
    unknown: [
      ...(input.total === undefined && input.uncached === undefined ? (["input"] as const) : []),
      ...(output.total === undefined && output.text === undefined ? (["output"] as const) : [])
    ],
    unmetered
  })
}

/** Adds what is not tokens; tells which tools have no meter. */
const addCounted = (
  amounts: Map<string, number>,
  tools: { readonly [name: string]: number },
  units: { readonly [meter: string]: number }
): ReadonlyArray<string> => {
  const unmetered: Array<string> = []
  for (const [name, count] of Object.entries(tools)) {
    const meter = Object.hasOwn(toolMeters, name) ? toolMeters[name] : undefined
    if (meter !== undefined) amounts.set(meter, sum(amounts.get(meter), count))
    else if (count > 0) unmetered.push(name)
  }
  for (const [meter, count] of Object.entries(units)) {
    if (!shares.some((share) => share === meter)) amounts.set(meter, sum(amounts.get(meter), count))
  }
  const annotated = amounts.get("annotatedPages")
  if (annotated !== undefined) amounts.set("pages", Math.max(sum(amounts.get("pages")) - annotated, 0))
  return unmetered
}
