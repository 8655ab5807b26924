import type { Json } from "../../domain/Json.ts"
import { make, unknown as unknownUsage, type Usage } from "../../domain/Usage.ts"
import { withinInput } from "../wire/CountedUsage.ts"
import { reportedCost } from "../wire/ReportedCost.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "./wire/Wire.ts"

const none: WireObject = {}

/**
 * What an answer used. Cached tokens and thinking are within the totals; where the numbers prove that a server counts
 * them on top, they are not.
 */
export const decodeUsage = (response: WireObject): Usage => {
  const serviceTier = text(response.service_tier)
  const toolRequests = requests(response)
  const usage = object(response.usage)
  if (usage === undefined) return { ...unknownUsage, ...compact({ serviceTier, toolRequests }) }
  const inside = object(usage.input_tokens_details) ?? none
  const output = object(usage.output_tokens_details) ?? none
  const total = nonNegativeInt(usage.output_tokens)
  const input = nonNegativeInt(usage.input_tokens)
  const reasoning = nonNegativeInt(output.reasoning_tokens)
  const rest = (nonNegativeInt(usage.total_tokens) ?? Number.NaN) - (input ?? 0) - (total ?? 0)
  const read = nonNegativeInt(inside.cached_tokens)
  const written = nonNegativeInt(inside.cache_write_tokens)
  const cacheWrite = input === undefined || rest !== 0 ? written : withinInput(input, read, written)
  const cached = (read ?? 0) + (cacheWrite ?? 0)
  return make(
    {
      input,
      cacheRead: read,
      cacheWrite,
      inputAudio: inside.audio_tokens,
      inputImage: inside.image_tokens,
      output: total,
      reasoning,
      outputAudio: output.audio_tokens,
      outputImage: output.image_tokens,
      cacheOutsideInput: input !== undefined && cached > input,
      reasoningOutsideOutput:
        reasoning !== undefined && total !== undefined && reasoning > 0 && (reasoning > total || rest === reasoning)
    },
    compact({ toolRequests, reportedCost: reportedCost(usage), serviceTier, raw: usage as Json })
  )
}

/** Items that are billed by the request, where the server does not count them itself. */
const billed = new Set(["web_search", "file_search"])

/**
 * The requests that the server's tools made: as OpenAI counts its searches, as xAI counts all, or as the items show.
 * Sources: https://platform.openai.com/docs/api-reference/responses/object and https://docs.x.ai/docs/guides/tools/overview
 */
const requests = (response: WireObject): { readonly [name: string]: number } | undefined => {
  const found: Record<string, number> = {}
  for (const item of array(response.output)) {
    const name = isObject(item) ? String(item.type).replace(/_call$/, "") : ""
    if (billed.has(name)) found[name] = (found[name] ?? 0) + 1
  }
  const counted = object(object(response.usage)?.server_side_tool_usage_details) ?? none
  const searches = nonNegativeInt(object(object(response.tool_usage)?.web_search)?.num_requests)
  if (searches !== undefined) found.web_search = searches
  for (const [name, count] of Object.entries(counted)) {
    if (nonNegativeInt(count) !== undefined) found[name.replace(/_calls$/, "")] = count as number
  }
  const some = Object.entries(found).filter(([, count]) => count > 0)
  return some.length === 0 ? undefined : Object.fromEntries(some)
}

/** Writes a usage object; none when neither total is known. */
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
