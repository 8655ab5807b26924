import type { FinishReason } from "../../domain/FinishReason.ts"
import type { Json } from "../../domain/Json.ts"
import { make, unknown as unknownUsage, type Usage } from "../../domain/Usage.ts"
import { reportedCost, usageTable, withinInput } from "../wire/response/Usage.ts"
import { finishReasons } from "../wire/response/FinishReasons.ts"
import type { Ending } from "../wire/response/ResponseBuilder.ts"
import { array, compact, nonNegativeInt, object, setOf, text, type WireObject } from "../wire/WireObject.ts"

const none: WireObject = {}

const counters = usageTable({
  input: "input_tokens",
  cacheRead: "input_tokens_details.cached_tokens",
  cacheWrite: "input_tokens_details.cache_write_tokens",
  inputAudio: "input_tokens_details.audio_tokens",
  inputImage: "input_tokens_details.image_tokens",
  output: "output_tokens",
  reasoning: "output_tokens_details.reasoning_tokens",
  outputAudio: "output_tokens_details.audio_tokens",
  outputImage: "output_tokens_details.image_tokens"
})

/**
 * Cached tokens and reasoning are within the totals, except where the numbers prove that the server counts them on top.
 */
export const decodeUsage = (response: WireObject): Usage => {
  const serviceTier = text(response.service_tier)
  const toolRequests = decodeToolRequests(response)
  const usage = object(response.usage)
  if (usage === undefined) return { ...unknownUsage, ...compact({ serviceTier, toolRequests }) }
  const counts = counters.read(usage)
  const { cacheRead, input, output, reasoning = 0 } = counts
  const rest = (nonNegativeInt(usage.total_tokens) ?? Number.NaN) - (input ?? 0) - (output ?? 0)
  const isExact = input !== undefined && rest === 0
  const cacheWrite = isExact ? withinInput(input, cacheRead, counts.cacheWrite) : counts.cacheWrite
  return make(
    {
      ...counts,
      cacheWrite,
      cacheOutsideInput: input !== undefined && (cacheRead ?? 0) + (cacheWrite ?? 0) > input,
      reasoningOutsideOutput: output !== undefined && reasoning > 0 && (reasoning > output || rest === reasoning)
    },
    compact({ toolRequests, reportedCost: reportedCost(usage), serviceTier, raw: usage as Json })
  )
}

/** Items that are billed per request. */
const billedTools = setOf("web_search file_search")

/**
 * The requests of the server's tools: as OpenAI counts its searches, as xAI counts all, or else as many as there are items.
 * Sources: https://platform.openai.com/docs/api-reference/responses/object and https://docs.x.ai/docs/guides/tools/overview
 */
const decodeToolRequests = (response: WireObject): { readonly [name: string]: number } | undefined => {
  const counts: Record<string, number> = {}
  for (const item of array(response.output)) {
    const name = text(object(item)?.type)?.replace(/_call$/, "")
    if (name !== undefined && billedTools.has(name)) counts[name] = (counts[name] ?? 0) + 1
  }
  const searches = nonNegativeInt(object(object(response.tool_usage)?.web_search)?.num_requests)
  if (searches !== undefined) counts.web_search = searches
  const reported = object(object(response.usage)?.server_side_tool_usage_details) ?? none
  for (const [name, count] of Object.entries(reported)) {
    const calls = nonNegativeInt(count)
    if (calls !== undefined) counts[name.replace(/_calls$/, "")] = calls
  }
  const positive = Object.entries(counts).filter(([, count]) => count > 0)
  return positive.length === 0 ? undefined : Object.fromEntries(positive)
}

/** Null where neither total is known. */
export const encodeUsage = (usage: Usage): Json => {
  const { total: input } = usage.inputTokens
  const { total: output } = usage.outputTokens
  if (input === undefined && output === undefined) return null
  const counts = counters.write(usage)
  return compact({
    ...counts,
    // Clients rely on these.
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, ...object(counts.input_tokens_details) },
    output_tokens_details: { reasoning_tokens: 0, ...object(counts.output_tokens_details) },
    total_tokens: input === undefined || output === undefined ? undefined : input + output,
    cost: usage.reportedCost === undefined ? undefined : Number(usage.reportedCost)
  }) as Json
}

/** The statuses of a response that is not complete yet, or never will be. */
const unfinished = { queued: "other", in_progress: "other", cancelled: "other", incomplete: "other" } as const

/** Statuses, and the reasons for which a response is incomplete. */
const reasons = finishReasons({
  words: { completed: "stop", max_output_tokens: "length", content_filter: "content-filter", ...unfinished },
  synonyms: { max_tokens: "length" },
  written: {
    stop: "completed",
    "tool-calls": "completed",
    length: "max_output_tokens",
    "content-filter": "content_filter",
    other: "completed"
  },
  unknown: /./
})

/** Source: https://platform.openai.com/docs/api-reference/responses/object */
export const decodeStatus = (response: WireObject, hasCalls: boolean): Ending => {
  const status = text(response.status)
  const reason = status === "incomplete" ? text(object(response.incomplete_details)?.reason) : undefined
  return { finishReason: reasons.decode(reason ?? status ?? "completed", hasCalls), rawFinishReason: reason ?? status }
}

export interface Status {
  readonly status: string
  readonly incomplete_details: { readonly reason: string } | null
}

export const encodeStatus = (finishReason: FinishReason, raw: string | undefined): Status => {
  const word = reasons.encode(finishReason, raw)
  return word === "completed" || Object.hasOwn(unfinished, word)
    ? { status: word, incomplete_details: null }
    : { status: "incomplete", incomplete_details: { reason: word } }
}
