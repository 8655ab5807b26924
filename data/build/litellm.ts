import { Result } from "effect"
import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import * as Price from "../../src/catalog/Price.ts"
import type { Rates } from "../../src/catalog/Rate.ts"
import * as LiteLlm from "../../src/catalog/sources/LiteLlm.ts"
import { gateways } from "./facts.ts"
import { pinned } from "./pinned.ts"
import { readWheel } from "./wheel.ts"

const kinds = new Set([
  "chat", "completion", "embedding", "image", "transcription", "speech", "rerank", "ocr", "moderation", "realtime", "video"
])

/**
 * Names with more in them than a model: a size or a quality of images, a region or a commitment (their prices are those
 * of the model times a factor), fine-tuned models, a vendor's other API.
 */
const notAModel = new RegExp(
  [
    "^ft:",
    "(?:^|/)(?:\\d+(?:\\.\\d+)?k?-x-|max-x-max|low/|medium/|high/|hd/|standard/)",
    "(?:^|/)(?:us|eu|apac|global|us-gov|global-standard|invoke|claude_platform|speech|doc-intelligence|container)(?:/|$)",
    "(?:^|/)(?:us|eu|ap|sa|ca|me|af|il)(?:-gov)?-[a-z]+-\\d",
    "-commitment",
    "fireworks-ai-(?:up-to|above|default|moe|\\d)",
    "\\*"
  ].join("|")
)

/** 19.99998 is 20: LiteLLM has rates for a token or a second, and rounds them. */
const snapped = (rate: number): number => {
  const short = Number(rate.toPrecision(3))
  return Math.abs(short / rate - 1) < 1e-4 ? short : Number(rate.toPrecision(12))
}

/** Zero stands for what LiteLLM does not know, but for the output of models that give none. */
const known = (rates: Rates): Rates =>
  Object.fromEntries(
    Object.entries(rates)
      .filter(([meter, rate]) => Number(rate) !== 0 && !isSame(rates, meter))
      .map(([meter, rate]) => [meter, snapped(Number(rate))])
  )

/** What is billed as the larger part of it is anyway. */
const isSame = (rates: Rates, meter: string): boolean => meter === "reasoning" && rates.reasoning === rates.output

const cleaned = (price: Price.Price | undefined): Price.Price | undefined => {
  if (price === undefined) return undefined
  const versions = price.versions.map((version) => ({
    ...version,
    rates: known(version.rates),
    thresholds: version.thresholds?.map((threshold) => ({ ...threshold, rates: known(threshold.rates) }))
  }))
  const tiers = price.tiers && Object.fromEntries(
    Object.entries(price.tiers).map(([name, tier]) => [name, tier.rates === undefined ? tier : { ...tier, rates: known(tier.rates) }])
  )
  const whole = { ...price, versions, tiers }
  return Price.isKnown(whole) ? whole : undefined
}

/** Vertex's models are there with and without `vertex_ai/`, and each of the two may tell what the other does not. */
const joined = (first: CatalogModel.CatalogModel | undefined, second: CatalogModel.CatalogModel): CatalogModel.CatalogModel => {
  if (first === undefined) return second
  const [a, b] = [first.price, second.price]
  const [older, newer] = [a?.versions[0], b?.versions[0]]
  const isSame = older?.rates.input === newer?.rates.input && older?.rates.output === newer?.rates.output
  const price =
    a === undefined || b === undefined || older === undefined || newer === undefined || !isSame
      ? (b ?? a)
      : {
          ...b,
          versions: [{ ...newer, rates: { ...older.rates, ...newer.rates }, thresholds: newer.thresholds ?? older.thresholds }],
          tiers: a.tiers === undefined && b.tiers === undefined ? undefined : { ...a.tiers, ...b.tiers },
          regions: b.regions ?? a.regions
        }
  return {
    ...second,
    contextWindow: second.contextWindow ?? first.contextWindow,
    maxOutputTokens: second.maxOutputTokens ?? first.maxOutputTokens,
    input: [...new Set([...first.input, ...second.input])],
    capabilities: [...new Set([...first.capabilities, ...second.capabilities])],
    deprecated: second.deprecated ?? first.deprecated,
    price
  }
}

/** A key of the file without the provider before it. */
const idOf = (key: string): string => key.split("/").at(-1) ?? key

/** The models of the file that LiteLLM's Python package carries, and its other names for them (`-latest`). */
export const readLiteLlm = (): ReadonlyArray<CatalogModel.CatalogModel> => {
  const file = JSON.parse(readWheel(pinned.litellm)) as { readonly [key: string]: { readonly alias_of?: string } }
  const models = Result.getOrThrow(
    LiteLlm.decode(
      Object.fromEntries(Object.entries(file).filter(([key, { alias_of: of }]) => of === undefined && !notAModel.test(key))),
      pinned.litellm.date
    )
  ).models
  // An alias names its target by the key of the file, `azure_ai/gpt-6-astra`.
  const aliases = Map.groupBy(
    Object.entries(file).flatMap(([name, { alias_of: of }]) => (of === undefined ? [] : [{ name: idOf(name), of: idOf(of) }])),
    ({ of }) => of
  )
  const seen = new Map<string, CatalogModel.CatalogModel>()
  for (const model of models) {
    if (!kinds.has(model.kind)) continue
    const kind = model.kind === "completion" ? "chat" : model.kind
    const names = gateways.has(model.provider) ? [] : aliases.get(model.id)?.map(({ name }) => name) ?? []
    const key = `${model.provider}/${model.id.toLowerCase()}`
    seen.set(key, joined(seen.get(key), { ...model, kind, aliases: names, price: cleaned(model.price) }))
  }
  return [...seen.values()]
}
