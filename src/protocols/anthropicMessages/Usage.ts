import type { Json } from "../../domain/Json.ts"
import { make, unknown, type Usage } from "../../domain/Usage.ts"
import { countsOf, usageTable } from "../wire/Usage.ts"
import { array, compact, isObject, text, type WireObject } from "../wire/WireObject.ts"

const totals = { cacheOutsideInput: true }

const counters = usageTable(
  {
    input: "input_tokens",
    cacheRead: "cache_read_input_tokens",
    cacheWrite: "cache_creation_input_tokens",
    cacheWrite5m: "cache_creation.ephemeral_5m_input_tokens",
    cacheWrite1h: "cache_creation.ephemeral_1h_input_tokens",
    output: "output_tokens",
    reasoning: "output_tokens_details.thinking_tokens"
  },
  totals
)

/**
 * What a compaction consumed is only in `iterations` and is added; what an advisor consumed is billed as another model's
 * and stays in `raw`.
 * Sources: https://platform.claude.com/docs/en/api/messages/create and
 * https://platform.claude.com/docs/en/build-with-claude/compaction-threshold
 */
export const decodeUsage = (usage: WireObject | undefined): Usage => {
  if (usage === undefined) return unknown
  const counts = { ...counters.read(usage) }
  for (const iteration of array(usage.iterations)) {
    if (!isObject(iteration) || iteration.type !== "compaction") continue
    const consumed = counters.read(iteration)
    for (const counter of Object.keys(counts) as Array<keyof typeof counts>) {
      counts[counter] = (counts[counter] ?? 0) + (consumed[counter] ?? 0)
    }
  }
  const region = text(usage.inference_geo)
  return make(
    { ...counts, ...totals },
    compact({
      toolRequests: countsOf(usage.server_tool_use),
      serviceTier: usage.speed === "fast" ? "fast" : text(usage.service_tier),
      region: region === "not_available" ? undefined : region,
      raw: usage as Json
    })
  )
}

/** The wire has no unknown total, which becomes 0. */
export const encodeUsage = (usage: Usage): { readonly [key: string]: Json } => {
  const { cache_creation: byTtl, ...counts } = counters.write(usage) as { readonly [key: string]: Json }
  return compact({
    input_tokens: 0,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: null,
    output_tokens: 0,
    ...counts,
    cache_creation: isObject(byTtl)
      ? { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0, ...byTtl }
      : undefined,
    server_tool_use: usage.toolRequests,
    service_tier: usage.serviceTier,
    inference_geo: usage.region
  })
}
