/** A small catalog that does not change with the data, with prices of 2026-11-10, for the command line's tests. */
import { Effect, Layer } from "effect"
import * as Catalog from "../../src/catalog/Catalog.ts"
import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import * as Price from "../../src/catalog/Price.ts"
import * as Pricing from "../../src/catalog/Pricing.ts"

const source = "@earendil-works/pi-ai@1.5.2"
const asOf = "2026-11-10"

const model = (
  name: string,
  rates: Readonly<Record<string, number>>,
  rest: Partial<CatalogModel.CatalogModel> & { readonly tiers?: Price.Price["tiers"] } = {}
): CatalogModel.CatalogModel => {
  const slash = name.indexOf("/")
  const { tiers, ...fields } = rest
  return CatalogModel.make({
    provider: name.slice(0, slash),
    id: name.slice(slash + 1),
    source,
    asOf,
    price: { ...Price.make(rates), source, asOf, tiers },
    ...fields
  })
}

const batch = { batch: { multiplier: 0.5 } }
const sees: Partial<CatalogModel.CatalogModel> = {
  input: ["text", "image"],
  capabilities: ["tools", "reasoning", "promptCaching"]
}

export const models: ReadonlyArray<CatalogModel.CatalogModel> = [
  model(
    "openai/gpt-6-luna",
    { input: 0.1, output: 0.5, cacheRead: 0.01 },
    { ...sees, name: "GPT-6 Luna", contextWindow: 1_050_000, maxOutputTokens: 128_000, tiers: batch }
  ),
  model(
    "openai/gpt-6.1-terra",
    { input: 1, output: 5, cacheRead: 0.05 },
    { ...sees, contextWindow: 1_050_000, tiers: { ...batch, flex: { multiplier: 0.5 } } }
  ),
  model(
    "openai/gpt-oss-120b",
    { input: 0.125, output: 0.6 },
    { capabilities: ["tools", "reasoning"], contextWindow: 131_072 }
  ),
  model("openai/text-embedding-3-small", { input: 0.02 }, { kind: "embedding", output: [], contextWindow: 8192 }),
  model("openai/gone-1", { input: 1, output: 2 }, { deprecated: "2026-10-23", contextWindow: 200_000 }),
  model("openai/going-1", { input: 1, output: 2 }, { deprecated: "2027-04-01", contextWindow: 200_000 }),
  model(
    "anthropic/claude-haiku-5-5",
    { input: 0.1, output: 0.5, cacheRead: 0.01 },
    { ...sees, contextWindow: 1_000_000, tiers: batch }
  ),
  model("anthropic/claude-sonnet-5-5", { input: 2, output: 10 }, { ...sees, contextWindow: 1_000_000, tiers: batch }),
  model("anthropic/claude-opus-5-5", { input: 4, output: 20 }, { ...sees, contextWindow: 1_000_000, tiers: batch }),
  model("google/gemini-3.8-flash", { input: 0.75, output: 3.75 }, { ...sees, contextWindow: 1_048_576, tiers: batch }),
  model("moonshotai/kimi-k3", { input: 3, output: 15 }, { contextWindow: 1_048_576 }),
  model("openrouter/openai/gpt-6-luna", { input: 0.1, output: 0.5 }, { ...sees, contextWindow: 1_050_000 }),
  model("openrouter/moonshotai/kimi-k3", { input: 3, output: 15 }, { contextWindow: 1_048_576 }),
  model("openrouter/acme/a-model-with-a-name-longer-than-any-terminal", { input: 1, output: 1 })
]

const day = 86_400_000

/** As `prices status` and `doctor` show it, 19 days after the day of the fixture. */
const status = {
  source: "embedded",
  asOf,
  age: 19 * day,
  stale: false,
  prices: { embedded: 2398, feed: 0, user: 0 },
  refreshing: false,
  path: "~/.cache/effect-llm/prices/models.dev-351c2b70.tsv"
}

export const layer = Layer.merge(
  Catalog.layerWith({ models, embedded: false }),
  Layer.effect(
    Pricing.Pricing,
    Effect.map(Pricing.Pricing, (pricing) => ({ ...pricing, status: Effect.succeed(status) }))
  ).pipe(Layer.provide(Pricing.layerWith({ models })))
)
