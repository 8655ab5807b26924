import type { Json } from "../../domain/Json.ts"
import { make, type Usage } from "../../domain/Usage.ts"
import { withinInput, reportedCost, countsOf, usageTable } from "../wire/response/Usage.ts"
import { compact, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"

const table = usageTable({
  input: "prompt_tokens",
  cacheRead: [
    "prompt_tokens_details.cached_tokens",
    "prompt_cache_hit_tokens",
    "cached_tokens",
    "num_cached_tokens",
    "cache_read_input_tokens"
  ],
  cacheWrite: [
    "prompt_tokens_details.cache_write_tokens",
    "prompt_tokens_details.cache_creation_input_tokens",
    "cache_creation_input_tokens"
  ],
  inputAudio: "prompt_tokens_details.audio_tokens",
  inputImage: "prompt_tokens_details.image_tokens",
  output: "completion_tokens",
  reasoning: ["completion_tokens_details.reasoning_tokens", "reasoning_tokens"],
  outputAudio: "completion_tokens_details.audio_tokens",
  outputImage: "completion_tokens_details.image_tokens"
})

/** How many tokens of tags around the reasoning some servers (Kimi K3) count as reasoning, beyond the output. */
const tagTokens = 4

/**
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
  const { prompt_token_details: details } = usage
  const counts = table.read(details === undefined ? usage : { prompt_tokens_details: details, ...usage })
  const { cacheRead, input: prompt, inputAudio: audio = 0, output } = counts
  const searched = nonNegativeInt(usage.citation_tokens)
  const total = nonNegativeInt(usage.total_tokens)
  const rest = total === undefined || prompt === undefined || output === undefined ? undefined : total - prompt - output
  const cacheWrite =
    prompt === undefined || rest !== 0 ? counts.cacheWrite : withinInput(prompt, cacheRead, counts.cacheWrite)
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0)
  const input = prompt === undefined || searched === undefined ? prompt : prompt + searched

  const isHidden = options.reasoningOutsideOutput && counts.reasoning === undefined && rest !== undefined && rest > 0
  const reasoning = isHidden ? rest : counts.reasoning
  const isAbove = reasoning !== undefined && output !== undefined && reasoning > output
  const isTagged = isAbove && reasoning - output <= tagTokens
  const taggedOutput = isTagged && rest !== undefined && rest >= 0 && rest < reasoning ? output + rest : undefined
  const isReasoningProven =
    reasoning !== undefined &&
    reasoning > 0 &&
    (rest === reasoning || searched !== undefined || (isAbove && taggedOutput === undefined))
  const isCacheProven = !isReasoningProven && cached > 0 && rest === cached
  const isAudioProven = !isReasoningProven && !isCacheProven && audio > 0 && rest === audio
  return make(
    {
      ...counts,
      input: isAudioProven && input !== undefined ? input + audio : input,
      cacheWrite,
      output: taggedOutput ?? output,
      reasoning: taggedOutput === undefined ? reasoning : Math.min(reasoning ?? 0, taggedOutput),
      cacheOutsideInput: isCacheProven || (input !== undefined && cached > input),
      reasoningOutsideOutput:
        isReasoningProven || (options.reasoningOutsideOutput && rest !== 0 && taggedOutput === undefined)
    },
    compact({
      toolRequests: decodeToolRequests(usage),
      reportedCost: reportedCost(usage),
      serviceTier: options.serviceTier ?? text(usage.service_tier),
      raw: usage as Json
    })
  )
}

/** Perplexity's meters. */
const searchMeters = ["num_search_queries", "num_sources_used"]

const decodeToolRequests = (usage: WireObject): { readonly [name: string]: number } | undefined => {
  const server = object(usage.server_tool_use_details) ?? object(usage.server_tool_use)
  if (server === undefined && searchMeters.every((name) => usage[name] === undefined)) return undefined
  const requests = Object.entries(server ?? {}).filter(([name]) => name.endsWith("_requests"))
  const searches = searchMeters.map((name) => [name, usage[name]])
  return countsOf(Object.fromEntries([...requests, ...searches]))
}

/** With OpenRouter's names for what OpenAI has no field for; none when neither total is known. */
export const encodeUsage = (usage: Usage): { readonly [key: string]: Json } | undefined => {
  const { total: input } = usage.inputTokens
  const { total: output } = usage.outputTokens
  if (input === undefined && output === undefined) return undefined
  const requests = Object.entries(usage.toolRequests ?? {})
  const server = requests.filter(([name]) => name.endsWith("_requests"))
  return compact({
    ...table.write(usage),
    total_tokens: input === undefined || output === undefined ? undefined : input + output,
    cost: usage.reportedCost === undefined ? undefined : Number(usage.reportedCost),
    server_tool_use_details: server.length === 0 ? undefined : Object.fromEntries(server),
    ...Object.fromEntries(requests.filter(([name]) => searchMeters.includes(name)))
  }) as { readonly [key: string]: Json }
}
