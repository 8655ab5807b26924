import type { Json } from "../../domain/Json.ts"
import { make, type Usage } from "../../domain/Usage.ts"
import { withinInput } from "../wire/CountedUsage.ts"
import { reportedCost } from "../wire/ReportedCost.ts"
import { compact, nonNegativeInt, object, text, type WireObject } from "./wire/Wire.ts"

const none: WireObject = {}

const first = (...candidates: ReadonlyArray<unknown>): number | undefined => {
  for (const candidate of candidates) {
    const count = nonNegativeInt(candidate)
    if (count !== undefined) return count
  }
  return undefined
}

/**
 * How many tokens more than the output itself may be counted as reasoning that lies within it: some servers (Kimi K3) count
 * the tags around it too.
 */
const tagTokens = 4

/**
 * Reads a usage object.
 *
 * OpenAI counts cached tokens and reasoning within its totals. Where another server puts them on top, the numbers
 * themselves prove it: a part that is larger than its total, or a `total_tokens` that exceeds the two totals by exactly that
 * part. Vercel's gateway leaves reasoning out of `total_tokens` too. Where the numbers prove nothing,
 * `reasoningOutsideOutput` decides; it also takes an unexplained rest of `total_tokens` for reasoning that is not itemised
 * (Google). Mistral puts the tokens of audio on top of the others; Perplexity what its searches read
 * (`citation_tokens`, billed as input) and, where it counts that, reasoning. Tokens that were written to a cache and read
 * from it in one call (Gemini at OpenRouter) are read.
 * Sources: https://docs.perplexity.ai/getting-started/pricing and https://openrouter.ai/perplexity/sonar-deep-research,
 * read on 2026-11-29.
 */
export const decodeUsage = (
  usage: WireObject,
  options: { readonly serviceTier?: string | undefined; readonly reasoningOutsideOutput: boolean }
): Usage => {
  const inDetails = object(usage.prompt_tokens_details) ?? object(usage.prompt_token_details) ?? none
  const outDetails = object(usage.completion_tokens_details) ?? none
  const prompt = nonNegativeInt(usage.prompt_tokens)
  const searched = nonNegativeInt(usage.citation_tokens)
  const output = nonNegativeInt(usage.completion_tokens)
  const cacheRead = first(
    inDetails.cached_tokens,
    usage.prompt_cache_hit_tokens,
    usage.cached_tokens,
    usage.num_cached_tokens,
    usage.cache_read_input_tokens
  )
  const written = first(
    inDetails.cache_write_tokens,
    inDetails.cache_creation_input_tokens,
    usage.cache_creation_input_tokens
  )
  const itemised = first(outDetails.reasoning_tokens, usage.reasoning_tokens)
  const total = nonNegativeInt(usage.total_tokens)
  const rest = total === undefined || prompt === undefined || output === undefined ? undefined : total - prompt - output
  const cacheWrite = prompt === undefined || rest !== 0 ? written : withinInput(prompt, cacheRead, written)
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0)
  const input = prompt === undefined || searched === undefined ? prompt : prompt + searched

  const hidden = options.reasoningOutsideOutput && itemised === undefined && rest !== undefined && rest > 0
  const reasoning = hidden ? rest : itemised
  const above = reasoning !== undefined && output !== undefined && reasoning > output
  const isTagged = above && reasoning - output <= tagTokens
  const within = isTagged && rest !== undefined && rest >= 0 && rest < reasoning ? output + rest : undefined
  const reasoningProven =
    reasoning !== undefined &&
    reasoning > 0 &&
    (rest === reasoning || searched !== undefined || (above && within === undefined))
  const cacheProven = !reasoningProven && cached > 0 && rest === cached
  const audio = nonNegativeInt(inDetails.audio_tokens) ?? 0
  const audioProven = !reasoningProven && !cacheProven && audio > 0 && rest === audio
  return make(
    {
      input: audioProven && input !== undefined ? input + audio : input,
      cacheRead,
      cacheWrite,
      inputAudio: inDetails.audio_tokens,
      inputImage: inDetails.image_tokens,
      output: within ?? output,
      reasoning: within === undefined ? reasoning : Math.min(reasoning ?? 0, within),
      outputAudio: outDetails.audio_tokens,
      outputImage: outDetails.image_tokens,
      cacheOutsideInput: cacheProven || (input !== undefined && cached > input),
      reasoningOutsideOutput: reasoningProven || (options.reasoningOutsideOutput && rest !== 0 && within === undefined)
    },
    compact({
      toolRequests: toolRequests(usage),
      reportedCost: reportedCost(usage),
      serviceTier: text(options.serviceTier) ?? text(usage.service_tier),
      raw: usage as Json
    })
  )
}

const meters = ["num_search_queries", "num_sources_used"]

const toolRequests = (usage: WireObject): { readonly [name: string]: number } | undefined => {
  const found: Record<string, number> = {}
  const server = object(usage.server_tool_use_details) ?? object(usage.server_tool_use) ?? none
  for (const name of Object.keys(server)) {
    const count = nonNegativeInt(server[name])
    if (count !== undefined && name.endsWith("_requests")) found[name] = count
  }
  for (const name of meters) {
    const count = nonNegativeInt(usage[name])
    if (count !== undefined) found[name] = count
  }
  return Object.keys(found).length === 0 ? undefined : found
}

/**
 * Writes a usage object as OpenAI does, with OpenRouter's names for what OpenAI has no word for; none when neither
 * total is known.
 */
export const encodeUsage = (usage: Usage): { readonly [key: string]: Json } | undefined => {
  const { inputTokens: input, outputTokens: output } = usage
  if (input.total === undefined && output.total === undefined) return undefined
  const requests = Object.entries(usage.toolRequests ?? none) as ReadonlyArray<[string, number]>
  const server = requests.filter(([name]) => name.endsWith("_requests"))
  return compact({
    prompt_tokens: input.total,
    completion_tokens: output.total,
    total_tokens: input.total === undefined || output.total === undefined ? undefined : input.total + output.total,
    prompt_tokens_details: nonEmpty({
      cached_tokens: input.cacheRead,
      cache_write_tokens: input.cacheWrite,
      audio_tokens: input.audio,
      image_tokens: input.image
    }),
    completion_tokens_details: nonEmpty({
      reasoning_tokens: output.reasoning,
      audio_tokens: output.audio,
      image_tokens: output.image
    }),
    cost: usage.reportedCost === undefined ? undefined : Number(usage.reportedCost),
    server_tool_use_details: nonEmpty(Object.fromEntries(server)),
    ...Object.fromEntries(requests.filter(([name]) => meters.includes(name)))
  }) as { readonly [key: string]: Json }
}

const nonEmpty = (record: { readonly [key: string]: number | undefined }): WireObject | undefined => {
  const known = compact(record)
  return Object.keys(known).length === 0 ? undefined : known
}
