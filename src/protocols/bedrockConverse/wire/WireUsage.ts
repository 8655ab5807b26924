import type { Json } from "../../../domain/Json.ts"
import { make, type Usage } from "../../../domain/Usage.ts"
import { array, compact, isObject, nonNegativeInt, text, type WireObject } from "./Wire.ts"

/**
 * Reads a usage object. Cached tokens come on top of `inputTokens`; `null` is unknown. `serviceTier` stands beside the
 * usage on the wire.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html and
 * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export const decodeUsage = (usage: WireObject, serviceTier: unknown): Usage => {
  const written = (ttl: string): number | undefined => {
    const entries = array(usage.cacheDetails).filter((entry): entry is WireObject => isObject(entry))
    const own = entries.filter((entry) => entry.ttl === ttl)
    return own.length === 0 ? undefined : own.reduce((sum, entry) => sum + (nonNegativeInt(entry.inputTokens) ?? 0), 0)
  }
  return make(
    {
      input: usage.inputTokens,
      cacheRead: nonNegativeInt(usage.cacheReadInputTokens) ?? nonNegativeInt(usage.cacheReadInputTokenCount),
      cacheWrite: nonNegativeInt(usage.cacheWriteInputTokens) ?? nonNegativeInt(usage.cacheWriteInputTokenCount),
      cacheWrite5m: written("5m"),
      cacheWrite1h: written("1h"),
      output: usage.outputTokens,
      cacheOutsideInput: true
    },
    compact({
      toolRequests: counts(usage.serverToolUsage),
      serviceTier: isObject(serviceTier) ? text(serviceTier.type) : undefined,
      raw: usage as Json
    })
  )
}

const counts = (u: unknown): { readonly [name: string]: number } | undefined => {
  if (!isObject(u)) return undefined
  const known = Object.entries(u).filter(([, count]) => nonNegativeInt(count) !== undefined)
  return known.length === 0 ? undefined : (Object.fromEntries(known) as { readonly [name: string]: number })
}

/** Writes a usage object. The wire has no unknown total: it is said as 0. */
export const encodeUsage = (usage: Usage): { readonly [key: string]: Json } => {
  const { inputTokens: input, outputTokens: output } = usage
  const cached = (input.cacheRead ?? 0) + (input.cacheWrite ?? 0)
  const inputTokens = input.uncached ?? Math.max(0, (input.total ?? cached) - cached)
  const outputTokens = output.total ?? 0
  const details = [
    ...(input.cacheWrite1h === undefined ? [] : [{ ttl: "1h", inputTokens: input.cacheWrite1h }]),
    ...(input.cacheWrite5m === undefined ? [] : [{ ttl: "5m", inputTokens: input.cacheWrite5m }])
  ]
  return compact({
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + cached + outputTokens,
    cacheReadInputTokens: input.cacheRead,
    cacheWriteInputTokens: input.cacheWrite,
    cacheDetails: details.length === 0 ? undefined : details,
    serverToolUsage: usage.toolRequests
  })
}
