import type { Json } from "../../../domain/Json.ts"
import { make, type Usage } from "../../../domain/Usage.ts"
import { array, compact, isObject, nonNegativeInt, text, type WireObject } from "./Wire.ts"

/**
 * Reads a usage object. Cached tokens come on top of `input_tokens`; thinking is inside `output_tokens`; `null` is
 * unknown. What a compaction consumed stands only in `iterations` and is added; what an advisor consumed is billed as
 * another model's and stays in `raw`.
 * Source: https://platform.claude.com/docs/en/api/messages/create and
 * https://platform.claude.com/docs/en/build-with-claude/compaction-threshold
 */
export const decodeUsage = (usage: WireObject): Usage => {
  const compactions = array(usage.iterations).filter(
    (iteration): iteration is WireObject => isObject(iteration) && iteration.type === "compaction"
  )
  const sum = (read: (usage: WireObject) => unknown): number | undefined => {
    const own = nonNegativeInt(read(usage))
    return own === undefined
      ? undefined
      : compactions.reduce((total, one) => total + (nonNegativeInt(read(one)) ?? 0), own)
  }
  const details = (usage: WireObject, name: string): WireObject => (isObject(usage[name]) ? usage[name] : {})
  const region = text(usage.inference_geo)
  return make(
    {
      input: sum((usage) => usage.input_tokens),
      cacheRead: sum((usage) => usage.cache_read_input_tokens),
      cacheWrite: sum((usage) => usage.cache_creation_input_tokens),
      cacheWrite5m: sum((usage) => details(usage, "cache_creation").ephemeral_5m_input_tokens),
      cacheWrite1h: sum((usage) => details(usage, "cache_creation").ephemeral_1h_input_tokens),
      output: sum((usage) => usage.output_tokens),
      reasoning: sum((usage) => details(usage, "output_tokens_details").thinking_tokens),
      cacheOutsideInput: true
    },
    compact({
      toolRequests: counts(usage.server_tool_use),
      serviceTier: usage.speed === "fast" ? "fast" : text(usage.service_tier),
      region: region === "not_available" ? undefined : region,
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
  const byTtl = input.cacheWrite5m !== undefined || input.cacheWrite1h !== undefined
  return compact({
    input_tokens: input.uncached ?? Math.max(0, (input.total ?? cached) - cached),
    cache_creation_input_tokens: input.cacheWrite ?? null,
    cache_read_input_tokens: input.cacheRead ?? null,
    cache_creation: byTtl
      ? {
          ephemeral_5m_input_tokens: input.cacheWrite5m ?? 0,
          ephemeral_1h_input_tokens: input.cacheWrite1h ?? 0
        }
      : undefined,
    output_tokens: output.total ?? 0,
    output_tokens_details: output.reasoning === undefined ? undefined : { thinking_tokens: output.reasoning },
    server_tool_use: usage.toolRequests,
    service_tier: usage.serviceTier,
    inference_geo: usage.region
  })
}
