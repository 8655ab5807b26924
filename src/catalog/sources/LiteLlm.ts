import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as CatalogModel from "../CatalogModel.ts"
import type { Price, Threshold, TierPrice } from "../Price.ts"
import * as ProviderName from "../ProviderName.ts"
import { fromUnknown, type Rate, type Rates, toDecimal } from "../Rate.ts"
import * as Feed from "./Feed.ts"
import { prices } from "./liteLlm/LiteLlmKey.ts"
import { windowsOf, ladderOf } from "./liteLlm/TieredPricing.ts"

const Entry = Schema.Record(Schema.String, Schema.Unknown)

const File = Schema.Record(Schema.String, Schema.Unknown)

/** Keys of the file that are no models. */
const meta = new Set(["sample_spec", "fallback_generalizations"])

/**
 * The price in an entry of LiteLLM's file, whose keys name a rate, a threshold and a service tier at once
 * (`output_cost_per_token_above_200k_tokens_priority`). Missing rates stay unknown.
 */
export const toPrice = (entry: { readonly [key: string]: unknown }, provider?: string): Price => {
  const name = provider ?? (typeof entry.litellm_provider === "string" ? entry.litellm_provider : "")
  const ladder = ladderOf(entry)
  const found = prices(entry)
  const standard = withOutput({ ...ratesAt(found, undefined, undefined), ...ladder?.rates })
  const regions = regionsOf(entry)
  const tiers = { ...(ladder === undefined ? tiersOf(name, found, standard) : {}), ...multipliersOf(entry) }
  return {
    versions: [
      {
        rates: standard,
        thresholds: ladder?.thresholds ?? thresholdsAt(name, found, undefined),
        windows: windowsOf(entry.off_peak_pricing)
      }
    ],
    tiers: Object.keys(tiers).length === 0 ? undefined : tiers,
    regions: Object.keys(regions).length === 0 ? undefined : regions
  }
}

type Found = ReturnType<typeof prices>

const ratesAt = (found: Found, tier: string | undefined, above: number | undefined): Rates => {
  const rates: Record<string, Rate> = {}
  for (const price of found) if (price.tier === tier && price.above === above) rates[price.meter] = price.rate
  return rates
}

const thresholdsAt = (
  provider: string,
  found: Found,
  tier: string | undefined
): ReadonlyArray<Threshold> | undefined => {
  const limits = new Set(found.filter((price) => price.tier === tier).map(({ above }) => above))
  const thresholds = [...limits]
    .filter((above) => above !== undefined)
    .map((above) => Feed.longContext(provider, above, ratesAt(found, tier, above)))
  return thresholds.length === 0 ? undefined : thresholds
}

const tiersOf = (provider: string, found: Found, standard: Rates): { readonly [tier: string]: TierPrice } =>
  Object.fromEntries(
    [...new Set(found.map(({ tier }) => tier))]
      .filter((tier) => tier !== undefined)
      .map((tier) => {
        const rates = ratesAt(found, tier, undefined)
        const output = rates.output
        // A tier that names its output rate bills reasoning at it, not at the standard rate of reasoning.
        const reasoning = output !== undefined && "reasoning" in standard && !("reasoning" in rates)
        return [
          tier,
          {
            rates: reasoning ? { ...rates, reasoning: output } : rates,
            thresholds: thresholdsAt(provider, found, tier)
          }
        ]
      })
  )

/** Models that only make images have no other rate of output. */
const withOutput = (rates: Rates): Rates => {
  const image = rates.outputImage
  const output = rates.output
  return image !== undefined && (output === undefined || toDecimal(output).value === 0n)
    ? { ...rates, output: image }
    : rates
}

const regionsOf = (entry: { readonly [key: string]: unknown }): { readonly [region: string]: Rate } => {
  const regions: Record<string, Rate> = {}
  for (const [key, value] of Object.entries(entry)) {
    const region = /^regional_processing_uplift_multiplier_(\w+)$/.exec(key)?.[1]
    const factor = fromUnknown(value)
    if (factor === undefined) continue
    if (region !== undefined) regions[region] = factor
    if (key === "regional_endpoint_uplift_multiplier") regions["*"] = factor
  }
  for (const [key, factor] of specific(entry)) if (key !== "fast") regions[key] = factor
  return regions
}

const multipliersOf = (entry: { readonly [key: string]: unknown }): { readonly [tier: string]: TierPrice } =>
  Object.fromEntries(
    specific(entry)
      .filter(([key]) => key === "fast")
      .map(([key, multiplier]) => [key, { multiplier }])
  )

const specific = (entry: { readonly [key: string]: unknown }): ReadonlyArray<readonly [string, Rate]> =>
  Object.entries(entry.provider_specific_entry ?? {}).flatMap(([key, value]) => {
    const factor = fromUnknown(value)
    return factor === undefined ? [] : [[key, factor] as const]
  })

/**
 * Reads LiteLLM's `model_prices_and_context_window.json`: prices, limits, capabilities.
 * Source: https://github.com/BerriAI/litellm, MIT.
 */
export const decode = (data: unknown, asOf?: string): Result.Result<Feed.Feed, Schema.SchemaError> =>
  Result.map(Schema.decodeUnknownResult(File)(data), (file) =>
    Feed.make(
      Object.entries(file)
        .filter(([key]) => !meta.has(key))
        .map(([key, row]) => {
          const entry = Schema.decodeUnknownResult(Entry)(row)
          return [key, Result.isSuccess(entry) ? toModel(key, entry.success, asOf) : undefined] as const
        })
    )
  )

const capabilities: { readonly [flag: string]: string } = {
  supports_function_calling: "tools",
  supports_parallel_function_calling: "parallelTools",
  supports_response_schema: "structuredOutput",
  supports_native_structured_output: "structuredOutput",
  supports_bedrock_native_structured_output: "structuredOutput",
  supports_reasoning: "reasoning",
  supports_prompt_caching: "promptCaching",
  supports_web_search: "webSearch",
  supports_native_streaming: "streaming",
  supports_computer_use: "computerUse"
}

const kinds: { readonly [mode: string]: string } = {
  responses: "chat",
  image_generation: "image",
  image_edit: "image",
  video_generation: "video",
  audio_transcription: "transcription",
  audio_speech: "speech"
}

const toModel = (
  key: string,
  entry: { readonly [key: string]: unknown },
  asOf: string | undefined
): CatalogModel.CatalogModel | undefined => {
  const named = entry.litellm_provider
  if (typeof named !== "string") return undefined
  const provider = ProviderName.canonical(named)
  const slash = key.indexOf("/")
  const own = slash !== -1 && ProviderName.canonical(key.slice(0, slash)) === provider
  const mode = typeof entry.mode === "string" ? entry.mode : "chat"
  const yes = (flag: string): boolean => entry[flag] === true
  const limit = (field: string): number | undefined => {
    const rate = fromUnknown(entry[field])
    return rate === undefined || Number(rate) <= 0 ? undefined : Number(rate)
  }
  const price = toPrice(entry, provider)
  const end = entry.deprecation_date
  return CatalogModel.make({
    provider,
    id: own ? key.slice(slash + 1) : key,
    kind: kinds[mode] ?? mode,
    contextWindow: limit("max_input_tokens"),
    maxOutputTokens: limit("max_output_tokens"),
    input: [
      "text",
      ...(yes("supports_vision") ? ["image"] : []),
      ...(yes("supports_audio_input") ? ["audio"] : []),
      ...(yes("supports_video_input") ? ["video"] : []),
      ...(yes("supports_pdf_input") ? ["pdf"] : [])
    ],
    output: ["text", ...(yes("supports_audio_output") ? ["audio"] : [])],
    capabilities: [...new Set(Object.entries(capabilities).flatMap(([flag, name]) => (yes(flag) ? [name] : [])))],
    deprecated: typeof end === "string" && /^\d{4}-\d{2}-\d{2}$/.test(end) ? end : undefined,
    price: Object.keys(price.versions[0]?.rates ?? {}).length === 0 ? undefined : price,
    source: "litellm",
    asOf
  })
}
