import type { Json } from "../../domain/Json.ts"
import { make, unknown, type Usage } from "../../domain/Usage.ts"
import { countsOf, usageTable } from "../wire/Usage.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"

const totals = { cacheOutsideInput: true }

const counters = usageTable(
  {
    input: "inputTokens",
    cacheRead: ["cacheReadInputTokens", "cacheReadInputTokenCount"],
    cacheWrite: ["cacheWriteInputTokens", "cacheWriteInputTokenCount"],
    output: "outputTokens"
  },
  totals
)

/**
 * `serviceTier` is beside the usage on the wire.
 * Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html and
 * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export const decodeUsage = (usage: WireObject | undefined, serviceTier: unknown): Usage => {
  if (usage === undefined) return unknown
  const written = (ttl: string): number | undefined => {
    const details = array(usage.cacheDetails).filter((detail) => isObject(detail) && detail.ttl === ttl)
    return details.length === 0
      ? undefined
      : details.reduce<number>((sum, detail) => sum + (nonNegativeInt(object(detail)?.inputTokens) ?? 0), 0)
  }
  return make(
    { ...counters.read(usage), ...totals, cacheWrite5m: written("5m"), cacheWrite1h: written("1h") },
    compact({
      toolRequests: countsOf(usage.serverToolUsage),
      serviceTier: text(object(serviceTier)?.type),
      raw: usage as Json
    })
  )
}

/** The wire has no unknown total, which becomes 0. */
export const encodeUsage = (usage: Usage): { readonly [key: string]: Json } => {
  const { cacheRead = 0, cacheWrite = 0, cacheWrite1h, cacheWrite5m } = usage.inputTokens
  const counts = { inputTokens: 0, outputTokens: 0, ...counters.write(usage) }
  const details = [
    ...(cacheWrite1h === undefined ? [] : [{ ttl: "1h", inputTokens: cacheWrite1h }]),
    ...(cacheWrite5m === undefined ? [] : [{ ttl: "5m", inputTokens: cacheWrite5m }])
  ]
  return compact({
    ...counts,
    totalTokens: counts.inputTokens + cacheRead + cacheWrite + counts.outputTokens,
    cacheDetails: details.length === 0 ? undefined : details,
    serverToolUsage: usage.toolRequests
  })
}
