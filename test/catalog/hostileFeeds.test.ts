/** A price file of which one value is hostile gives the rows that can be read, or an error; money stays money. */
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as GenaiPrices from "../../src/catalog/sources/GenaiPrices.ts"
import * as LiteLlm from "../../src/catalog/sources/LiteLlm.ts"
import * as ModelsDev from "../../src/catalog/sources/ModelsDev.ts"
import { mutationsOf } from "../providers/mutations.ts"

const genaiPrices = {
  id: "gpt-x",
  name: "x",
  match: { or: [{ equals: "gpt-x" }, { and: [{ contains: "a" }, { regex: "^a" }] }] },
  context_window: 1000,
  prices: [
    {
      constraint: { start_date: "2026-01-01" },
      prices: { input_mtok: 1, output_mtok: { base: 2, tiers: [{ start: 1000, price: 3 }] } }
    },
    { constraint: { start_time: "10:00:00Z", end_time: "12:00:00Z" }, prices: { input_mtok: 1 } }
  ]
}

const liteLlm = {
  litellm_provider: "openai",
  mode: "chat",
  max_input_tokens: 10,
  input_cost_per_token: 1e-6,
  output_cost_per_token: 2e-6,
  input_cost_per_token_above_200k_tokens: 1e-6,
  supports_vision: true,
  supported_endpoints: ["/v1/chat/completions"],
  deprecation_date: "2027-01-01",
  tiered_pricing: [{ range: [0, 1000], input_cost_per_token: 1e-6, output_cost_per_token: 1e-6 }]
}

const modelsDev = {
  id: "gpt-x",
  name: "x",
  reasoning: true,
  modalities: { input: ["text"], output: ["text"] },
  cost: { input: 1, output: 2, context_over_200k: { input: 2, output: 4 } },
  limit: { context: 1000, output: 100 },
  release_date: "2026-01-01"
}

const feeds = {
  GenaiPrices: { decode: GenaiPrices.decode, file: [{ id: "openai", models: [genaiPrices] }] },
  LiteLlm: { decode: LiteLlm.decode, file: { "gpt-x": liteLlm } },
  ModelsDev: { decode: ModelsDev.decode, file: { openai: { id: "openai", name: "O", models: { "gpt-x": modelsDev } } } }
}

describe("a hostile value in a price file", () => {
  for (const [name, { decode, file }] of Object.entries(feeds)) {
    it(`of ${name} is left out, or the file refused`, () => {
      assert.isTrue(Result.isSuccess(decode(file)))
      for (const text of mutationsOf(file)) {
        const { models } = Result.getOrElse(decode(JSON.parse(text)), () => ({ models: [] }))
        const rates = models.flatMap(({ price }) =>
          (price?.versions ?? []).flatMap(({ rates }) => Object.values(rates))
        )
        for (const rate of rates) assert.isTrue(Number(rate) >= 0 && Number(rate) < Infinity, text.slice(0, 300))
      }
    })
  }
})
