import type { Json } from "../../domain/Json.ts"
import { make, type Usage } from "../../domain/Usage.ts"
import { mergeUsage } from "../wire/CountedUsage.ts"
import { array, compact, isObject, nonNegativeInt, text, type WireObject } from "./wire/Wire.ts"

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

/**
 * Reads `usageMetadata`. What tools put into the prompt, and thoughts, come on top of the prompt and the answer; cached
 * tokens are inside the prompt. A count of 0 is left out on this wire, so an answer that the total leaves no room for
 * has none. `searches` is how often the model searched the web.
 * Source: https://ai.google.dev/api/generate-content#UsageMetadata
 */
export const decodeUsage = (usage: WireObject, searches: number): Usage => {
  const prompt = nonNegativeInt(usage.promptTokenCount)
  const tools = nonNegativeInt(usage.toolUsePromptTokenCount)
  const thoughts = nonNegativeInt(usage.thoughtsTokenCount)
  const total = nonNegativeInt(usage.totalTokenCount)
  const input = prompt === undefined && tools === undefined ? undefined : (prompt ?? 0) + (tools ?? 0)
  const rest = total === undefined || input === undefined ? -1 : total - input - (thoughts ?? 0)
  const traffic = text(usage.trafficType)
  return make(
    {
      input,
      cacheRead: usage.cachedContentTokenCount,
      inputAudio: sum("AUDIO", usage.promptTokensDetails, usage.toolUsePromptTokensDetails),
      inputImage: sum("IMAGE", usage.promptTokensDetails, usage.toolUsePromptTokensDetails),
      cacheReadAudio: sum("AUDIO", usage.cacheTokensDetails),
      output: nonNegativeInt(usage.candidatesTokenCount) ?? (rest < 0 ? undefined : rest),
      reasoning: thoughts,
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

/**
 * The usage that a later one of the same stream leaves. Where the model called tools of the server, each round counts by
 * itself and the last one says all: a larger total, of which the parts are all there, decides.
 */
export const laterUsage = (earlier: WireObject | undefined, later: WireObject): WireObject => {
  if (earlier !== undefined && goesOn(earlier, later)) return later
  const merged = mergeUsage(earlier, later)
  if (merged === later) return later
  const total = nonNegativeInt(later.totalTokenCount) ?? 0
  const parts = totalled.map((name) => nonNegativeInt(later[name]) ?? 0)
  if (total <= (nonNegativeInt(earlier?.totalTokenCount) ?? 0) || parts.reduce((sum, part) => sum + part) !== total) {
    return merged
  }
  const own = Object.fromEntries(totalled.map((name) => [name, later[name]]))
  return compact({ ...merged, ...own })
}

const scalars = [
  "promptTokenCount",
  "candidatesTokenCount",
  "totalTokenCount",
  "thoughtsTokenCount",
  "cachedContentTokenCount",
  "toolUsePromptTokenCount"
]
const lists = ["promptTokensDetails", "candidatesTokensDetails", "cacheTokensDetails", "toolUsePromptTokensDetails"]

/** Whether no count falls, which is the rule; looks at what is there alone, since every chunk has one. */
const goesOn = (earlier: WireObject, later: WireObject): boolean => {
  for (const name of scalars) {
    const before = earlier[name]
    if (
      before !== undefined &&
      before !== later[name] &&
      !((nonNegativeInt(later[name]) ?? -1) > (nonNegativeInt(before) ?? Infinity))
    ) {
      return false
    }
  }
  for (const name of lists) {
    if (earlier[name] !== undefined && !isSameList(array(earlier[name]), array(later[name]))) return false
  }
  return later.serviceTier === earlier.serviceTier && later.trafficType === earlier.trafficType
}

const isSameList = (before: ReadonlyArray<unknown>, after: ReadonlyArray<unknown>): boolean =>
  before.length === after.length &&
  before.every((detail, at) => {
    const next = after[at]
    if (!isObject(detail) || !isObject(next) || detail.modality !== next.modality) return false
    const [from, to] = [nonNegativeInt(detail.tokenCount), nonNegativeInt(next.tokenCount)]
    return from !== undefined && to !== undefined && to >= from
  })

const totalled = ["promptTokenCount", "toolUsePromptTokenCount", "candidatesTokenCount", "thoughtsTokenCount"]

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

/** Writes `usageMetadata`; unknown counts are left out. */
export const encodeUsage = ({ inputTokens: input, outputTokens: output, serviceTier }: Usage): WireObject => {
  const answer = output.text ?? (output.total === undefined ? undefined : output.total - (output.reasoning ?? 0))
  const total = input.total === undefined || output.total === undefined ? undefined : input.total + output.total
  return compact({
    promptTokenCount: input.total,
    cachedContentTokenCount: input.cacheRead,
    candidatesTokenCount: answer,
    thoughtsTokenCount: output.reasoning,
    totalTokenCount: total,
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
