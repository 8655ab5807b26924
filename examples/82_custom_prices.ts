/**
 * Custom prices: a negotiated rate, a private model, and a machine that is already paid for.
 *
 *     npx tsx examples/82_custom_prices.ts
 */
import { Console, DateTime, Effect, Option } from "effect"
import { Usage } from "effect-llm"
import * as CatalogModel from "effect-llm/catalog/CatalogModel"
import * as Cost from "effect-llm/catalog/Cost"
import * as Money from "effect-llm/catalog/Money"
import * as Price from "effect-llm/catalog/Price"
import * as Pricing from "effect-llm/catalog/Pricing"

const customPrices = Pricing.layerWith({
  // US dollars per million tokens. A meter that is left out has no rate, which is not a rate of zero.
  prices: {
    "openai/gpt-6-luna": Price.make({ input: 0.2, cacheRead: 0.02, output: 1.6 }),
    "ollama/gemma3": Price.free
  },
  models: [
    CatalogModel.make({
      provider: "acme",
      id: "writer-1",
      aliases: ["writer"],
      price: Price.make({ input: 1, output: 4 }, { thresholds: [{ above: 100_000, rates: { input: 2, output: 6 } }] })
    })
  ]
})

const program = Effect.gen(function* () {
  const pricing = yield* Pricing.Pricing
  const at = yield* DateTime.now

  for (const [name, input] of [
    ["openai/gpt-6-luna", 3000],
    ["openai/gpt-6.1-sol", 3000],
    ["ollama/gemma3", 3000],
    ["acme/writer", 3000],
    ["acme/writer", 150_000],
    ["acme/painter", 3000]
  ] as const) {
    const quote = Option.getOrUndefined(yield* pricing.lookup(name))
    // The price of a model with a similar name is not this model's price.
    const price = quote?.match === "fuzzy" ? undefined : quote?.price
    const cost = Cost.of(Usage.make({ input, output: 1000 }), price, { at })
    const total = cost._tag === "Priced" ? Money.format(cost.total) : Cost.formatReason(cost.reason)
    yield* Console.log(`${name}, ${input} tokens in: ${total} (${quote?.source ?? "no source"})`)
  }
})

await program.pipe(Effect.provide(customPrices), Effect.runPromise)
