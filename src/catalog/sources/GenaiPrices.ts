import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as CatalogModel from "../CatalogModel.ts"
import type { Price, PriceVersion, Threshold, TierPrice } from "../Price.ts"

import * as ProviderName from "../ProviderName.ts"
import { fromUnknown, type Rate, type Rates } from "../Rate.ts"
import type { TimeWindow } from "../TimeWindow.ts"
import * as Feed from "./Feed.ts"
import * as GenaiName from "./genai/GenaiName.ts"

const meters: { readonly [key: string]: string } = {
  input_mtok: "input",
  output_mtok: "output",
  cache_read_mtok: "cacheRead",
  cache_write_mtok: "cacheWrite5m",
  cache_write_1h_mtok: "cacheWrite1h",
  output_reasoning_mtok: "reasoning",
  output_citation_mtok: "citation",
  input_audio_mtok: "inputAudio",
  output_audio_mtok: "outputAudio",
  cache_audio_read_mtok: "cacheReadAudio",
  input_image_mtok: "inputImage",
  output_image_mtok: "outputImage",
  cache_image_read_mtok: "cacheReadImage",
  input_video_mtok: "inputVideo",
  output_video_mtok: "outputVideo",
  // First, so that the rate of audio input wins over that of audio of any direction.
  audio_hours: "inputSeconds",
  input_audio_hours: "inputSeconds",
  output_audio_hours: "outputSeconds",
  input_video_hours: "inputVideoSeconds",
  output_video_hours: "outputVideoSeconds",
  input_mchars: "inputCharacters",
  output_mchars: "outputCharacters",
  input_document_kpages: "pages",
  input_annotated_document_kpages: "annotatedPages",
  input_text_messages_kcount: "inputMessages",
  requests_kcount: "requests",
  web_searches_kcount: "webSearches",
  storage_searches_kcount: "fileSearches"
}

const Tiered = Schema.Struct({
  base: Schema.Finite,
  tiers: Schema.Array(Schema.Struct({ start: Schema.Finite, price: Schema.Finite }))
})
const ModelPrice = Schema.Record(Schema.String, Schema.Union([Schema.Finite, Tiered]))

const Constraint = Schema.optional(
  Schema.NullOr(
    Schema.Struct({
      start_date: Schema.optional(Schema.String),
      start_time: Schema.optional(Schema.String),
      end_time: Schema.optional(Schema.String)
    })
  )
)

const Conditional = Schema.Struct({ constraint: Constraint, prices: ModelPrice })

const Variant = Schema.Struct({
  when: Schema.Record(Schema.String, Schema.String),
  constraint: Constraint,
  prices: ModelPrice
})

const Prices = Schema.Union([Schema.Array(Conditional), ModelPrice])

const Model = Schema.Struct({
  id: Schema.String,
  name: Schema.optional(Schema.NullOr(Schema.String)),
  match: Schema.optional(Schema.Unknown),
  context_window: Schema.optional(Schema.NullOr(Schema.Number)),
  deprecated: Schema.optional(Schema.NullOr(Schema.Boolean)),
  prices: Prices,
  price_variants: Schema.optional(Schema.NullOr(Schema.Array(Variant)))
})

const File = Schema.Array(Schema.Struct({ id: Schema.String, models: Schema.Array(Schema.Unknown) }))

/**
 * The price that genai-prices states for a model: one map of rates (`input_mtok: 2.5`, or with a base and tiers), or a
 * list of maps with a first date or hours of the day in UTC, the last that applies winning.
 */
export const toPrice = (provider: string, prices: Schema.Schema.Type<typeof Prices>): Price => {
  const entries: ReadonlyArray<Schema.Schema.Type<typeof Conditional>> = Array.isArray(prices)
    ? prices
    : [{ prices: prices as Schema.Schema.Type<typeof ModelPrice> }]
  const versions: Array<PriceVersion> = []
  for (const { constraint, prices } of entries) {
    const { rates, thresholds } = split(provider, prices)
    const { end_time: end, start_date: from, start_time: start } = constraint ?? {}
    if (start !== undefined && end !== undefined) {
      const last = versions.pop() ?? { rates: {} }
      versions.push({ ...last, windows: [...(last.windows ?? []), window(start, end, rates)] })
    } else versions.push({ from, rates, thresholds })
  }
  // https://console.groq.com/docs/speech-to-text: audio is billed for at least ten seconds.
  const timed = ProviderName.canonical(provider) === "groq" && versions.some(({ rates }) => "inputSeconds" in rates)
  return { versions, ...(timed ? { minimums: { inputSeconds: 10 } } : {}) }
}

const window = (start: string, end: string, rates: Rates): TimeWindow => ({
  start: start.slice(0, 8).replace(/Z$/, ""),
  end: end.slice(0, 8).replace(/Z$/, ""),
  rates
})

const split = (
  provider: string,
  prices: Schema.Schema.Type<typeof ModelPrice>
): { readonly rates: Rates; readonly thresholds: ReadonlyArray<Threshold> | undefined } => {
  const rates: Record<string, Rate> = {}
  const long = new Map<number, Record<string, Rate>>()
  for (const [key, meter] of Object.entries(meters)) {
    const price = Object.hasOwn(prices, key) ? prices[key] : undefined
    if (price === undefined) continue
    const base = fromUnknown(typeof price === "number" ? price : price.base)
    if (base !== undefined) rates[meter] = base
    for (const tier of typeof price === "number" ? [] : price.tiers) {
      const above = long.get(tier.start) ?? {}
      long.set(tier.start, above)
      above[meter] = tier.price
    }
  }
  return {
    rates,
    thresholds:
      long.size === 0 ? undefined : Array.from(long, ([above, rates]) => Feed.longContext(provider, above, rates))
  }
}

/** What a variant is chosen by, and the value that means a service tier; the tier is then called so. */
const tierOf = (when: { readonly [what: string]: string }): string | undefined => {
  const [[what, value] = ["", ""], ...rest] = Object.entries(when)
  if (rest.length > 0) return undefined
  if (what === "service_tier") return value === "default" ? undefined : value
  return (what === "processing" && value === "batch") || (what === "speed" && value === "fast") ? value : undefined
}

const feeKeys = new Set(["requests_kcount", "web_searches_kcount", "storage_searches_kcount"])

/**
 * The service tiers among `price_variants`, as of `day`: of one tier the last that has begun by then. A variant states
 * what differs from the ordinary price; all else costs the same in it.
 */
const toTiers = (
  provider: string,
  standard: Schema.Schema.Type<typeof ModelPrice>,
  variants: ReadonlyArray<Schema.Schema.Type<typeof Variant>>,
  day: string | undefined
): { readonly [tier: string]: TierPrice } | undefined => {
  const begun = new Map<string, Schema.Schema.Type<typeof Variant>>()
  const from = (variant: Schema.Schema.Type<typeof Variant> | undefined) => variant?.constraint?.start_date ?? ""
  for (const variant of variants) {
    const tier = tierOf(variant.when)
    if (tier === undefined || (day !== undefined && from(variant) > day)) continue
    const known = begun.get(tier)
    if (known === undefined || from(variant) >= from(known)) begun.set(tier, variant)
  }
  // OpenAI's `fast` is its later word for `priority`.
  if (begun.has("priority")) begun.delete("fast")
  const own = Object.fromEntries(Object.entries(standard).filter(([key]) => !feeKeys.has(key)))
  return begun.size === 0
    ? undefined
    : Object.fromEntries(Array.from(begun, ([tier, { prices }]) => [tier, split(provider, { ...own, ...prices })]))
}

/** The price from what the file holds under `prices`; `undefined` when it has another shape. */
export const decodePrice = (provider: string, prices: unknown): Price | undefined => {
  const decoded = Schema.decodeUnknownResult(Prices)(prices)
  return Result.isSuccess(decoded) ? toPrice(provider, decoded.success) : undefined
}

/**
 * Reads genai-prices' data (`new_data/v2/data.json`, or what its npm package holds): prices with their dates, names,
 * context windows. Source: https://github.com/pydantic/genai-prices, MIT.
 */
export const decode = (data: unknown, asOf?: string): Result.Result<Feed.Feed, Schema.SchemaError> =>
  Result.map(Schema.decodeUnknownResult(File)(data), (providers) =>
    Feed.make(
      providers.flatMap((provider) => {
        const name = ProviderName.canonical(provider.id)
        return provider.models.map((row) => {
          const model = Schema.decodeUnknownResult(Model)(row)
          return Result.isSuccess(model)
            ? ([`${name}/${model.success.id}`, toModel(name, model.success, asOf)] as const)
            : ([`${name}/?`, undefined] as const)
        })
      })
    )
  )

const toModel = (
  provider: string,
  model: Schema.Schema.Type<typeof Model>,
  asOf: string | undefined
): CatalogModel.CatalogModel => {
  const ordinary = toPrice(provider, model.prices)
  const tiers = toTiers(provider, standardOf(model.prices, asOf), model.price_variants ?? [], asOf)
  const price = tiers === undefined ? ordinary : { ...ordinary, tiers }
  const rates = price.versions.at(-1)?.rates ?? {}
  const names = GenaiName.namesOf(model.match)
  return CatalogModel.make({
    provider,
    id: model.id,
    name: model.name ?? undefined,
    kind: kindOf(model.id, rates),
    contextWindow: model.context_window ?? undefined,
    input: modalities(rates, "input"),
    output: modalities(rates, "output"),
    capabilities: [
      ...("cacheRead" in rates ? ["promptCaching"] : []),
      ...("webSearches" in rates ? ["webSearch"] : [])
    ],
    deprecated: model.deprecated === true ? true : undefined,
    price,
    aliases: names.filter(([how, name]) => how === "=" && name !== model.id).map(([, name]) => name),
    matchers: names.filter(([how]) => how !== "=").map(([how, name]) => `${how}${name}`),
    source: "genai-prices",
    asOf
  })
}

/** The map of rates in force on a day, or the last one. */
const standardOf = (
  prices: Schema.Schema.Type<typeof Prices>,
  day: string | undefined
): Schema.Schema.Type<typeof ModelPrice> => {
  if (!Array.isArray(prices)) return prices as Schema.Schema.Type<typeof ModelPrice>
  const begun = (prices as ReadonlyArray<Schema.Schema.Type<typeof Conditional>>).filter(
    ({ constraint }) => constraint?.start_time === undefined && (constraint?.start_date ?? "") <= (day ?? "9999")
  )
  return begun.at(-1)?.prices ?? {}
}

const modalities = (rates: Rates, side: "input" | "output"): ReadonlyArray<string> => [
  ...(side in rates || "inputCharacters" in rates ? ["text"] : []),
  ...(`${side}Image` in rates ? ["image"] : []),
  ...(`${side}Audio` in rates || `${side}Seconds` in rates ? ["audio"] : []),
  ...(`${side}Video` in rates ? ["video"] : []),
  ...(side === "input" && "pages" in rates ? ["pdf"] : []),
  ...(side === "output" && ("inputSeconds" in rates || "pages" in rates) ? ["text"] : [])
]

/** The kind of a model, by its meters, else by its name. */
const kindOf = (id: string, rates: Rates): string => {
  if ("pages" in rates) return "ocr"
  if ("inputSeconds" in rates) return "transcription"
  if (/moderation/i.test(id)) return "moderation"
  if (/rerank/i.test(id)) return "rerank"
  if (/embed|voyage-|bge-/i.test(id)) return "embedding"
  if (/transcribe|whisper/i.test(id)) return "transcription"
  if (/(^|[-_/])tts/i.test(id)) return "speech"
  return "outputImage" in rates ? "image" : "outputVideo" in rates ? "video" : "chat"
}
