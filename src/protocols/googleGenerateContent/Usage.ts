import type { Json } from "../../domain/Json.ts"
import type { Logprob } from "../../domain/Logprob.ts"
import { make, type Usage } from "../../domain/Usage.ts"
import { mergeUsage, usageTable } from "../wire/response/Usage.ts"
import { finishReasons } from "../wire/response/FinishReasons.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"

/**
 * Vertex names the tier by how the traffic is paid for.
 * Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#TrafficType
 */
const tiers: { readonly [traffic: string]: string } = {
  ON_DEMAND: "standard",
  ON_DEMAND_PRIORITY: "priority",
  ON_DEMAND_FLEX: "flex",
  PROVISIONED_THROUGHPUT: "provisioned_throughput"
}

/** Reasoning comes on top of the response; cached tokens are inside the prompt. */
const table = usageTable(
  {
    input: "promptTokenCount",
    cacheRead: "cachedContentTokenCount",
    output: "candidatesTokenCount",
    reasoning: "thoughtsTokenCount"
  },
  { reasoningOutsideOutput: true }
)

/**
 * Reads `usageMetadata`. Prompts of tools come on top of the prompt. A count of 0 is absent on this wire, so that of the
 * answer is what the others leave of the total. `searches` are those of the web.
 * Source: https://ai.google.dev/api/generate-content#UsageMetadata
 */
export const decodeUsage = (usage: WireObject, searches: number): Usage => {
  const { cacheRead, input: prompt, output, reasoning } = table.read(usage)
  const tools = nonNegativeInt(usage.toolUsePromptTokenCount)
  const total = nonNegativeInt(usage.totalTokenCount)
  const input = prompt === undefined && tools === undefined ? undefined : (prompt ?? 0) + (tools ?? 0)
  const rest = total === undefined || input === undefined ? -1 : total - input - (reasoning ?? 0)
  const traffic = text(usage.trafficType)
  return make(
    {
      input,
      cacheRead,
      inputAudio: sum("AUDIO", usage.promptTokensDetails, usage.toolUsePromptTokensDetails),
      inputImage: sum("IMAGE", usage.promptTokensDetails, usage.toolUsePromptTokensDetails),
      cacheReadAudio: sum("AUDIO", usage.cacheTokensDetails),
      output: output ?? (rest < 0 ? undefined : rest),
      reasoning,
      outputAudio: sum("AUDIO", usage.candidatesTokensDetails),
      outputImage: sum("IMAGE", usage.candidatesTokensDetails),
      reasoningOutsideOutput: true
    },
    compact({
      toolRequests: searches === 0 ? undefined : { web_search: searches },
      serviceTier:
        text(usage.serviceTier) ??
        (traffic === undefined || !Object.hasOwn(tiers, traffic) ? undefined : tiers[traffic]),
      raw: usage as Json
    })
  )
}

const sum = (modality: string, ...details: ReadonlyArray<unknown>): number | undefined => {
  let sum: number | undefined
  for (const list of details) {
    for (const detail of array(list)) {
      const count = isObject(detail) && detail.modality === modality ? nonNegativeInt(detail.tokenCount) : undefined
      if (count !== undefined) sum = (sum ?? 0) + count
    }
  }
  return sum
}

const parts = ["promptTokenCount", "toolUsePromptTokenCount", "candidatesTokenCount", "thoughtsTokenCount"]

/**
 * The `usageMetadata` of a stream so far. Where the server ran tools, each round counts by itself and the last one counts
 * all: the later counts replace the earlier ones where their total is larger and they add up to it.
 */
export const laterUsage = (earlier: WireObject | undefined, later: WireObject): WireObject => {
  const merged = mergeUsage(earlier, later)
  if (merged === later) return later
  const total = nonNegativeInt(later.totalTokenCount) ?? 0
  const isAllRounds =
    total > (nonNegativeInt(earlier?.totalTokenCount) ?? 0) &&
    parts.reduce((sum, name) => sum + (nonNegativeInt(later[name]) ?? 0), 0) === total
  return isAllRounds ? compact({ ...merged, ...Object.fromEntries(parts.map((name) => [name, later[name]])) }) : merged
}

/** Writes `usageMetadata`; unknown counts are left out. */
export const encodeUsage = (usage: Usage): WireObject => {
  const { inputTokens: input, outputTokens: output, serviceTier } = usage
  return compact({
    ...table.write(usage),
    totalTokenCount: input.total === undefined || output.total === undefined ? undefined : input.total + output.total,
    promptTokensDetails: details({ AUDIO: input.audio, IMAGE: input.image }),
    cacheTokensDetails: details({ AUDIO: input.cacheReadAudio }),
    candidatesTokensDetails: details({ AUDIO: output.audio, IMAGE: output.image }),
    serviceTier
  })
}

const details = (counts: {
  readonly [modality: string]: number | undefined
}): ReadonlyArray<WireObject> | undefined => {
  const known = Object.entries(counts).filter(([, count]) => count !== undefined)
  return known.length === 0 ? undefined : known.map(([modality, tokenCount]) => ({ modality, tokenCount }))
}

const numberedWords = [undefined, "STOP", "MAX_TOKENS", "SAFETY", "RECITATION"]

/** The word of `finishReason`, which Google's older SDKs ask for as a number (`$alt=json;enum-encoding=int`). */
export const finishWord = (u: unknown): string | undefined =>
  typeof u === "number" && u > 0
    ? (numberedWords[u] ?? "OTHER")
    : u === "FINISH_REASON_UNSPECIFIED"
      ? undefined
      : text(u)

/**
 * Any other word (`MALFORMED_FUNCTION_CALL`, `LANGUAGE`, `NO_IMAGE`, ...) is `other`. There is none for a response that
 * waits for tool results.
 * Source: https://ai.google.dev/api/generate-content#FinishReason and
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#FinishReason
 */
export const { decode: decodeFinishReason, encode: encodeFinishReason } = finishReasons({
  words: {
    STOP: "stop",
    MAX_TOKENS: "length",
    SAFETY: "content-filter",
    RECITATION: "content-filter",
    BLOCKLIST: "content-filter",
    PROHIBITED_CONTENT: "content-filter",
    SPII: "content-filter",
    MODEL_ARMOR: "content-filter",
    IMAGE_SAFETY: "content-filter",
    IMAGE_PROHIBITED_CONTENT: "content-filter",
    IMAGE_RECITATION: "content-filter"
  },
  written: { stop: "STOP", length: "MAX_TOKENS", "tool-calls": "STOP", "content-filter": "SAFETY", other: "OTHER" },
  unknown: /^[A-Z_]+$/
})

type TokenLogprob = Omit<Logprob, "top">

/**
 * Reads `logprobsResult`.
 * Source: https://ai.google.dev/api/generate-content#LogprobsResult
 */
export const decodeLogprobs = (result: unknown): ReadonlyArray<Logprob> => {
  const { chosenCandidates, topCandidates } = object(result) ?? {}
  return array(chosenCandidates).flatMap((chosen, index) => {
    const logprob = decodeLogprob(chosen)
    const top = array(object(array(topCandidates)[index])?.candidates).flatMap((u) => decodeLogprob(u) ?? [])
    return logprob === undefined ? [] : top.length === 0 ? [logprob] : [{ ...logprob, top }]
  })
}

const decodeLogprob = (u: unknown): TokenLogprob | undefined => {
  const { logProbability: logprob, token } = object(u) ?? {}
  return typeof token === "string" && typeof logprob === "number" ? { token, logprob } : undefined
}

export const encodeLogprobs = (logprobs: ReadonlyArray<Logprob>): WireObject => ({
  chosenCandidates: logprobs.map(encodeLogprob),
  topCandidates: logprobs.map(({ top = [] }) => ({ candidates: top.map(encodeLogprob) }))
})

const encodeLogprob = ({ logprob, token }: TokenLogprob): WireObject => ({ token, logProbability: logprob })
