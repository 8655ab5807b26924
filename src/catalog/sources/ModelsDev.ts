import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as CatalogModel from "../CatalogModel.ts"
import type { Price, Threshold, TierPrice } from "../Price.ts"
import * as ProviderName from "../ProviderName.ts"
import type { Rate, Rates } from "../Rate.ts"
import * as Feed from "./Feed.ts"

const meters = {
  input: "input",
  output: "output",
  reasoning: "reasoning",
  cache_read: "cacheRead",
  cache_write: "cacheWrite5m",
  input_audio: "inputAudio",
  output_audio: "outputAudio"
} as const

const rate = Schema.optional(Schema.NullOr(Schema.Finite))
const rates = {
  input: rate,
  output: rate,
  reasoning: rate,
  cache_read: rate,
  cache_write: rate,
  input_audio: rate,
  output_audio: rate
}

const CostFields = Schema.Struct({
  ...rates,
  tiers: Schema.optional(Schema.Array(Schema.Struct({ ...rates, tier: Schema.Struct({ size: Schema.Finite }) }))),
  context_over_200k: Schema.optional(Schema.Struct(rates))
})

const Mode = Schema.Struct({
  cost: Schema.optional(CostFields),
  provider: Schema.optional(Schema.Struct({ body: Schema.optional(Schema.Record(Schema.String, Schema.Unknown)) }))
})

const flag = Schema.optional(Schema.NullOr(Schema.Boolean))

const Model = Schema.Struct({
  id: Schema.String,
  name: Schema.optional(Schema.String),
  reasoning: flag,
  reasoning_options: Schema.optional(Schema.Unknown),
  tool_call: flag,
  structured_output: flag,
  modalities: Schema.optional(
    Schema.Struct({ input: Schema.Array(Schema.String), output: Schema.Array(Schema.String) })
  ),
  limit: Schema.optional(
    Schema.Struct({ context: Schema.optional(Schema.Finite), output: Schema.optional(Schema.Finite) })
  ),
  status: Schema.optional(Schema.String),
  experimental: Schema.optional(
    Schema.Union([Schema.Struct({ modes: Schema.optional(Schema.Record(Schema.String, Mode)) }), Schema.Boolean])
  ),
  cost: Schema.optional(Schema.NullOr(CostFields))
})

const File = Schema.Record(Schema.String, Schema.Struct({ models: Schema.Record(Schema.String, Schema.Unknown) }))

const toRates = (cost: { readonly [key in keyof typeof meters]?: number | null | undefined }): Rates => {
  const found: Record<string, Rate> = {}
  for (const [key, meter] of Object.entries(meters)) {
    const rate = cost[key as keyof typeof meters]
    if (typeof rate === "number" && rate >= 0) found[meter] = rate
  }
  return found
}

const thresholdsOf = (
  provider: string,
  cost: Schema.Schema.Type<typeof CostFields>
): ReadonlyArray<Threshold> | undefined =>
  cost.tiers !== undefined && cost.tiers.length > 0
    ? cost.tiers.map((tier) => Feed.longContext(provider, tier.tier.size, toRates(tier)))
    : cost.context_over_200k === undefined
      ? undefined
      : [Feed.longContext(provider, 200_000, toRates(cost.context_over_200k))]

/** Providers whose models a monthly fee pays for. */
const subscriptions = /copilot|coding|-plan\b|token-plan|codex/

/**
 * The price that models.dev states for a model; modes of a model (`experimental.modes`) are its service tiers. Zero for
 * both input and output means free of charge, or paid for by the subscription where that is what the provider sells.
 */
export const toPrice = (
  provider: string,
  cost: Schema.Schema.Type<typeof CostFields>,
  modes: { readonly [mode: string]: Schema.Schema.Type<typeof Mode> } = {}
): Price => {
  const rates = toRates(cost)
  const tiers: Record<string, TierPrice> = {}
  for (const [mode, { cost, provider: sent }] of Object.entries(modes)) {
    const tier = sent?.body?.service_tier ?? sent?.body?.speed ?? mode
    if (cost !== undefined && typeof tier === "string") {
      tiers[tier.toLowerCase()] = { rates: toRates(cost), thresholds: thresholdsOf(provider, cost) }
    }
  }
  const nothing = Object.values(rates).length > 0 && Object.values(rates).every((rate) => rate === 0)
  return {
    versions: [{ rates, thresholds: thresholdsOf(provider, cost) }],
    tiers: Object.keys(tiers).length === 0 ? undefined : tiers,
    billing: nothing ? (subscriptions.test(provider) ? "subscription" : "free") : undefined
  }
}

/**
 * Reads models.dev's data (`/api.json`): prices, limits, modalities, capabilities.
 * Source: https://models.dev, MIT.
 */
export const decode = (data: unknown, asOf?: string): Result.Result<Feed.Feed, Schema.SchemaError> =>
  Result.map(Schema.decodeUnknownResult(File)(data), (providers) =>
    Feed.make(
      Object.entries(providers).flatMap(([id, { models }]) => {
        const provider = ProviderName.canonical(id)
        return Object.entries(models).map(([name, row]) => {
          const model = Schema.decodeUnknownResult(Model)(row)
          return [
            `${provider}/${name}`,
            Result.isSuccess(model) ? toModel(provider, model.success, asOf) : undefined
          ] as const
        })
      })
    )
  )

const toModel = (
  provider: string,
  model: Schema.Schema.Type<typeof Model>,
  asOf: string | undefined
): CatalogModel.CatalogModel => {
  const modes = typeof model.experimental === "object" ? model.experimental.modes : undefined
  const output = model.modalities?.output ?? ["text"]
  return CatalogModel.make({
    provider,
    id: model.id,
    name: model.name,
    kind: kindOf(model.id, output),
    contextWindow: positive(model.limit?.context),
    maxOutputTokens: positive(model.limit?.output),
    input: model.modalities?.input ?? ["text"],
    output,
    capabilities: [
      ...(model.tool_call === true ? ["tools"] : []),
      ...(model.structured_output === true ? ["structuredOutput"] : []),
      ...(model.reasoning === true ? ["reasoning"] : []),
      ...(typeof model.cost?.cache_read === "number" ? ["promptCaching"] : [])
    ],
    reasoningEfforts: effortsOf(model.reasoning_options),
    deprecated: model.status === "deprecated" ? true : undefined,
    price: model.cost === undefined || model.cost === null ? undefined : toPrice(provider, model.cost, modes),
    source: "models.dev",
    asOf
  })
}

/** Zero stands for an unknown limit. */
const positive = (limit: number | undefined): number | undefined =>
  limit === undefined || limit <= 0 ? undefined : limit

const kindOf = (id: string, output: ReadonlyArray<string>): string =>
  /embed/i.test(id)
    ? "embedding"
    : output.includes("text")
      ? "chat"
      : output.includes("image")
        ? "image"
        : output.includes("video")
          ? "video"
          : output.includes("audio")
            ? "speech"
            : "chat"

/** `[{ "type": "effort", "values": ["low", "high"] }]` among other options. */
const effortsOf = (options: unknown): ReadonlyArray<string> | undefined => {
  if (!Array.isArray(options)) return undefined
  for (const option of options as ReadonlyArray<unknown>) {
    if (typeof option === "object" && option !== null && "values" in option && Array.isArray(option.values)) {
      return option.values.filter((value): value is string => typeof value === "string")
    }
  }
  return undefined
}
