import type { FinishReason } from "../../domain/FinishReason.ts"
import type { Json } from "../../domain/Json.ts"
import { make, unknown as unknownUsage, type Usage } from "../../domain/Usage.ts"
import { withinInput, reportedCost } from "../wire/Usage.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"

const none: WireObject = {}

/**
 * Cached tokens and reasoning are within the totals, except where the numbers prove that the server counts them on top.
 */
export const decodeUsage = (response: WireObject): Usage => {
  const serviceTier = text(response.service_tier)
  const toolRequests = decodeToolRequests(response)
  const usage = object(response.usage)
  if (usage === undefined) return { ...unknownUsage, ...compact({ serviceTier, toolRequests }) }
  const inputDetails = object(usage.input_tokens_details) ?? none
  const outputDetails = object(usage.output_tokens_details) ?? none
  const input = nonNegativeInt(usage.input_tokens)
  const output = nonNegativeInt(usage.output_tokens)
  const reasoning = nonNegativeInt(outputDetails.reasoning_tokens)
  const rest = (nonNegativeInt(usage.total_tokens) ?? Number.NaN) - (input ?? 0) - (output ?? 0)
  const cacheRead = nonNegativeInt(inputDetails.cached_tokens)
  const written = nonNegativeInt(inputDetails.cache_write_tokens)
  const cacheWrite = input === undefined || rest !== 0 ? written : withinInput(input, cacheRead, written)
  return make(
    {
      input,
      cacheRead,
      cacheWrite,
      inputAudio: inputDetails.audio_tokens,
      inputImage: inputDetails.image_tokens,
      output,
      reasoning,
      outputAudio: outputDetails.audio_tokens,
      outputImage: outputDetails.image_tokens,
      cacheOutsideInput: input !== undefined && (cacheRead ?? 0) + (cacheWrite ?? 0) > input,
      reasoningOutsideOutput:
        reasoning !== undefined && output !== undefined && reasoning > 0 && (reasoning > output || rest === reasoning)
    },
    compact({ toolRequests, reportedCost: reportedCost(usage), serviceTier, raw: usage as Json })
  )
}

/** Items that are billed per request. */
const billedTools = new Set(["web_search", "file_search"])

/**
 * The requests of the server's tools: as OpenAI counts its searches, as xAI counts all, or else as many as there are items.
 * Sources: https://platform.openai.com/docs/api-reference/responses/object and https://docs.x.ai/docs/guides/tools/overview
 */
const decodeToolRequests = (response: WireObject): { readonly [name: string]: number } | undefined => {
  const counts: Record<string, number> = {}
  for (const item of array(response.output)) {
    const name = isObject(item) ? String(item.type).replace(/_call$/, "") : ""
    if (billedTools.has(name)) counts[name] = (counts[name] ?? 0) + 1
  }
  const searches = nonNegativeInt(object(object(response.tool_usage)?.web_search)?.num_requests)
  if (searches !== undefined) counts.web_search = searches
  const reported = object(object(response.usage)?.server_side_tool_usage_details) ?? none
  for (const [name, count] of Object.entries(reported)) {
    if (nonNegativeInt(count) !== undefined) counts[name.replace(/_calls$/, "")] = count as number
  }
  const positive = Object.entries(counts).filter(([, count]) => count > 0)
  return positive.length === 0 ? undefined : Object.fromEntries(positive)
}

/** Null where neither total is known. */
export const encodeUsage = ({ inputTokens: input, outputTokens: output, reportedCost }: Usage): Json => {
  if (input.total === undefined && output.total === undefined) return null
  return compact({
    input_tokens: input.total,
    input_tokens_details: compact({
      cached_tokens: input.cacheRead,
      cache_write_tokens: input.cacheWrite,
      audio_tokens: input.audio,
      image_tokens: input.image
    }),
    output_tokens: output.total,
    output_tokens_details: compact({
      reasoning_tokens: output.reasoning,
      audio_tokens: output.audio,
      image_tokens: output.image
    }),
    total_tokens: input.total === undefined || output.total === undefined ? undefined : input.total + output.total,
    cost: reportedCost === undefined ? undefined : Number(reportedCost)
  })
}

const finishReasons: { readonly [reason: string]: FinishReason } = {
  max_output_tokens: "length",
  max_tokens: "length",
  content_filter: "content-filter"
}

/** The status of a response that is not there yet, or never will be. */
const unfinished = new Set(["queued", "in_progress", "cancelled", "incomplete"])

/**
 * Why a response ended: the reason for which it is incomplete, or else its status.
 * Source: https://platform.openai.com/docs/api-reference/responses/object
 */
export const decodeStatus = (
  response: WireObject,
  hasCalls: boolean
): { readonly finishReason: FinishReason; readonly rawFinishReason: string | undefined } => {
  const status = text(response.status)
  const reason = status === "incomplete" ? text(object(response.incomplete_details)?.reason) : undefined
  const known = reason !== undefined && Object.hasOwn(finishReasons, reason) ? finishReasons[reason] : undefined
  const finishReason =
    known ?? (status !== undefined && unfinished.has(status) ? "other" : hasCalls ? "tool-calls" : "stop")
  return { finishReason, rawFinishReason: reason ?? status }
}

export interface Status {
  readonly status: string
  readonly incomplete_details: { readonly reason: string } | null
}

export const encodeStatus = (finishReason: FinishReason, raw: string | undefined): Status => {
  if (finishReason === "length") return incomplete("max_output_tokens")
  if (finishReason === "content-filter") return incomplete("content_filter")
  if (finishReason !== "other" || raw === undefined) return { status: "completed", incomplete_details: null }
  return unfinished.has(raw) ? { status: raw, incomplete_details: null } : incomplete(raw)
}

const incomplete = (reason: string): Status => ({ status: "incomplete", incomplete_details: { reason } })
