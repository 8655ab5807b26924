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

/** Token counts that may accompany a usage, as shares of its totals. */
const shares: ReadonlySet<string> = new Set(["cacheReadImage", "inputVideo", "citation", "outputVideo"])

interface Units {
  readonly [meter: string]: number
}

/** A count that is not a finite number of at least zero, in words. */
const invalidCount = (counts: { readonly [name: string]: number | undefined } | undefined): string | undefined => {
  for (const name in counts) {
    const count = counts[name]
    if (count !== undefined && !(count >= 0 && count < Infinity) && Object.hasOwn(counts, name))
      return `the count of ${name} is ${count}, but must be a finite number of at least zero`
  }
  return undefined
}

/** Why the counts contradict each other, if they do. */
const contradiction = (
  input: Usage["inputTokens"],
  output: Usage["outputTokens"],
  { cacheReadImage = 0, citation = 0, inputVideo = 0, outputVideo = 0 }: Units
): string | undefined => {
  const total = inputTotal(input)
  const writes = writesOf(input)
  const read = input.cacheRead ?? 0
  if (read + writes > total) return "more tokens read from and written to the cache than input tokens"
  if (input.total !== undefined && input.uncached !== undefined && input.uncached + read + writes !== total)
    return "the parts of the input do not add up to its total"
  if ((input.cacheWrite5m ?? 0) + (input.cacheWrite1h ?? 0) > writes)
    return "more cache writes of 5 minutes and 1 hour than cache writes"
  if ((input.audio ?? 0) + (input.image ?? 0) + inputVideo > total)
    return "more audio, image and video tokens than input tokens"
  if ((input.cacheReadAudio ?? 0) + cacheReadImage > read)
    return "more audio and image tokens read from the cache than tokens read from it"
  const { audio = 0, image = 0, reasoning = 0 } = output
  return reasoning + audio + image + citation + outputVideo > outputTotal(output)
    ? "the parts of the output exceed its total"
    : undefined
}

const writesOf = (input: Usage["inputTokens"]): number =>
  input.cacheWrite ?? (input.cacheWrite5m ?? 0) + (input.cacheWrite1h ?? 0)

const inputTotal = (input: Usage["inputTokens"]): number =>
  input.total ?? (input.uncached ?? 0) + (input.cacheRead ?? 0) + writesOf(input)

const outputTotal = (output: Usage["outputTokens"]): number =>
  output.total ?? (output.text ?? 0) + (output.reasoning ?? 0)

/**
 * Sorts a usage, and what was counted besides it, by meter. A share that the usage does not tell apart stays with the
 * larger part: audio of unknown caching counts as fresh as long as fresh tokens are left.
 */
export const make = (usage: Usage, units: Units = {}): Result.Result<BilledUsage, UnpricedReason> => {
  const { inputTokens: input, outputTokens: output, toolRequests } = usage
  const wrong =
    invalidCount(input) ??
    invalidCount(output) ??
    invalidCount(toolRequests) ??
    invalidCount(units) ??
    contradiction(input, output, units)
  if (wrong !== undefined) return Result.fail({ _tag: "InvalidUsage", message: wrong })

  const total = inputTotal(input)
  const writes = writesOf(input)
  const { audio: allAudio = 0, cacheRead: read = 0, cacheReadAudio = 0, cacheWrite1h = 0, image: allImages = 0 } = input
  const { cacheReadImage = 0, citation = 0, inputVideo = 0, outputVideo = 0 } = units
  const fresh = total - read - writes
  const audio = Math.min(Math.max(allAudio - cacheReadAudio, 0), fresh)
  const image = Math.min(Math.max(allImages - cacheReadImage, 0), fresh - audio)
  const video = Math.min(inputVideo, fresh - audio - image)
  const amounts = new Map<string, number>()
  const add = (meter: string, count: number): void => {
    if (count > 0) amounts.set(meter, (amounts.get(meter) ?? 0) + count)
  }
  add("input", fresh - audio - image - video)
  add("inputAudio", audio)
  add("inputImage", image)
  add("inputVideo", video)
  add("cacheRead", read - cacheReadAudio - cacheReadImage)
  add("cacheReadAudio", cacheReadAudio)
  add("cacheReadImage", cacheReadImage)
  add("cacheWrite5m", writes - cacheWrite1h)
  add("cacheWrite1h", cacheWrite1h)
  const { audio: outputAudio = 0, image: outputImage = 0, reasoning = 0 } = output
  add("output", outputTotal(output) - (reasoning + outputAudio + outputImage + citation + outputVideo))
  add("reasoning", reasoning)
  add("outputAudio", outputAudio)
  add("outputImage", outputImage)
  add("citation", citation)
  add("outputVideo", outputVideo)
  const unmetered = addTools(toolRequests, add)
  for (const [meter, count] of Object.entries(units)) if (!shares.has(meter)) add(meter, count)
  splitPages(amounts)
  const unknown: Array<"input" | "output"> = []
  if (input.total === undefined && input.uncached === undefined) unknown.push("input")
  if (output.total === undefined && output.text === undefined) unknown.push("output")
  return Result.succeed({ inputTokens: total, amounts, unknown, unmetered })
}

/** Adds tool requests, and returns the tools without a meter. */
const addTools = (
  tools: { readonly [name: string]: number } | undefined,
  add: (meter: string, count: number) => void
): ReadonlyArray<string> => {
  if (tools === undefined) return []
  const unmetered: Array<string> = []
  for (const [name, count] of Object.entries(tools)) {
    const meter = Object.hasOwn(toolMeters, name) ? toolMeters[name] : undefined
    if (meter !== undefined) add(meter, count)
    else if (count > 0) unmetered.push(name)
  }
  return unmetered
}

/** An annotated page is not counted as a plain page as well. */
const splitPages = (amounts: Map<string, number>): void => {
  const annotated = amounts.get("annotatedPages")
  const pages = amounts.get("pages")
  if (annotated === undefined || pages === undefined) return
  if (pages > annotated) amounts.set("pages", pages - annotated)
  else amounts.delete("pages")
}
