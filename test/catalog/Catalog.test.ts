import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Effect, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Catalog from "../../src/catalog/Catalog.ts"
import * as CatalogIndex from "../../src/catalog/CatalogIndex.ts"
import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import * as CatalogQuery from "../../src/catalog/CatalogQuery.ts"
import * as Cost from "../../src/catalog/Cost.ts"
import * as Price from "../../src/catalog/Price.ts"

const model = (provider: string, id: string, rest: Partial<CatalogModel.CatalogModel> = {}) =>
  CatalogModel.make({ provider, id, ...rest })

const small = CatalogIndex.make(
  [
    model("anthropic", "claude-sonnet-5", { matchers: ["^claude-sonnet-5"], aliases: ["claude-5-sonnet"] }),
    model("bedrock", "claude-sonnet-5-5"),
    model("openai", "gpt-5", { matchers: ["/^gpt-5-\\d{4}-\\d{2}-\\d{2}$/"] }),
    model("openai", "tts-1", { matchers: ["$-tts", "*speech"] }),
    model("azure", "gpt-5"),
    model("openrouter", "openai/gpt-5")
  ].map(CatalogIndex.entry)
)

const found = (name: string): string | undefined => {
  const hit = small.find(name)
  return hit === undefined ? undefined : `${hit.model.provider}/${hit.model.id} ${hit.match}`
}

describe("a lookup", () => {
  it("finds an id, whatever its case, and another name of the provider or the model", () => {
    assert.strictEqual(found("openai/gpt-5"), "openai/gpt-5 exact")
    assert.strictEqual(found(" OpenAI/GPT-5 "), "openai/gpt-5 exact")
    assert.strictEqual(found("aws/claude-sonnet-5-5"), "bedrock/claude-sonnet-5-5 exact")
    assert.strictEqual(found("anthropic/claude-5-sonnet"), "anthropic/claude-sonnet-5 alias")
  })

  it("marks a name that is only similar to a model's", () => {
    assert.strictEqual(found("anthropic/claude-sonnet-5-7"), "anthropic/claude-sonnet-5 fuzzy")
    assert.strictEqual(found("openai/gpt-5-2026-01-01"), "openai/gpt-5 fuzzy")
    assert.strictEqual(found("azure/gpt-5-latest"), "azure/gpt-5 fuzzy")
    assert.strictEqual(found("openai/new-tts"), "openai/tts-1 fuzzy")
    assert.strictEqual(found("openai/some-speech-1"), "openai/tts-1 fuzzy")
    assert.strictEqual(found("my-proxy/gpt-5"), "openai/gpt-5 fuzzy")
  })

  it("prefers an exact id at another provider to a matching prefix", () => {
    assert.strictEqual(found("claude-sonnet-5-5"), "bedrock/claude-sonnet-5-5 exact")
  })

  it("prefers the maker of a model to its resellers", () => {
    assert.strictEqual(found("gpt-5"), "openai/gpt-5 exact")
    assert.strictEqual(found("openrouter/openai/gpt-5"), "openrouter/openai/gpt-5 exact")
  })

  it("is exact only for models of the provider or maker that the name begins with", () => {
    const gateway = CatalogIndex.make(
      [
        model("openrouter", "deepseek/deepseek-v4-flash-vision"),
        model("openrouter", "anthropic/claude-sonnet-4.5"),
        model("openrouter", "openrouter/auto"),
        model("together", "meta-llama/llama-4", { aliases: ["meta-llama/llama-4-latest"] }),
        model("deepseek", "deepseek-v4"),
        model("anthropic", "claude-sonnet-4-5", { matchers: ["^claude-sonnet-4.5"] })
      ].map(CatalogIndex.entry)
    )
    const find = (name: string) => {
      const hit = gateway.find(name)
      return hit === undefined ? undefined : `${hit.model.provider}/${hit.model.id} ${hit.match}`
    }
    assert.strictEqual(find("deepseek/deepseek-v4-flash-vision"), "openrouter/deepseek/deepseek-v4-flash-vision fuzzy")
    assert.strictEqual(find("anthropic/claude-sonnet-4.5"), "anthropic/claude-sonnet-4-5 fuzzy")
    assert.strictEqual(find("meta-llama/llama-4"), "together/meta-llama/llama-4 fuzzy")
    assert.strictEqual(find("meta-llama/llama-4-latest"), "together/meta-llama/llama-4 fuzzy")
    assert.strictEqual(find("openrouter/anthropic/claude-sonnet-4.5"), "openrouter/anthropic/claude-sonnet-4.5 exact")
    assert.strictEqual(find("openrouter/auto"), "openrouter/openrouter/auto exact")
    assert.strictEqual(find("together/meta-llama/llama-4-latest"), "together/meta-llama/llama-4 alias")
  })

  const Words = Schema.Array(Schema.Literals(["openai", "acme", "gpt-5", "claude", "Auto", "gpt-5-latest"]))
  it.prop(
    "matches a name with a slash exactly only at the provider before the slash",
    [Words, Schema.Array(Schema.Tuple([Schema.Literals(["openai", "openrouter", "acme"]), Words, Words]))],
    ([asked, models]) => {
      const index = CatalogIndex.make(
        models.map(([provider, id, alias]) =>
          CatalogIndex.entry(model(provider, id.join("/"), { aliases: [alias.join("/")] }))
        )
      )
      const hit = index.find(asked.join("/"))
      if (hit === undefined || hit.match === "fuzzy" || asked.length < 2) return
      assert.strictEqual(hit.model.provider, asked[0])
    }
  )

  it("finds nothing for an empty name", () => {
    assert.deepStrictEqual(
      [found(""), found("openai/"), found("/"), found("llama-9")],
      [undefined, undefined, undefined, undefined]
    )
  })
})

describe("the catalog", () => {
  it.effect("has the models of October and November 2026, with prices", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      const names = [
        "gpt-6.1-terra",
        "claude-fable-5-2",
        "claude-haiku-5-5",
        "gemini-4-argon",
        "kimi-k3.1-pro",
        "mistral-large-4"
      ]
      for (const name of names) {
        const hit = Option.getOrThrow(yield* catalog.find(name))
        assert.strictEqual(hit.match, "exact", name)
        assert.strictEqual(
          Cost.estimate(1000, 1000, hit.model.price, { at: DateTime.makeUnsafe("2026-11-21") })._tag,
          "Priced",
          name
        )
      }
    }).pipe(Effect.provide(Catalog.layer))
  )

  it.effect("finds the cheapest with vision, tools and at least 200k of context", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-21T00:00:00Z"))
      const catalog = yield* Catalog.Catalog
      const models = yield* catalog.search({
        provider: ["openai", "anthropic", "google"],
        capabilities: ["vision", "tools"],
        minContextWindow: 200_000,
        priced: true,
        sort: "cost",
        limit: 3
      })
      assert.strictEqual(models.length, 3)
      const costs = models.map((model) =>
        Cost.estimate(3000, 1000, model.price, { at: DateTime.makeUnsafe("2026-11-21") })
      )
      assert.deepStrictEqual(costs, costs.toSorted(Cost.Order))
      for (const model of models) assert.isAtLeast(model.contextWindow ?? 0, 200_000)
    }).pipe(Effect.provide(Catalog.layer))
  )

  it.effect("lets custom models override embedded ones", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      const own = yield* catalog.resolve("acme/llm-1")
      assert.deepStrictEqual([own.source, own.price?.row], ["custom", "acme/llm-1"])
      const cheaper = yield* catalog.resolve("openai/gpt-5")
      assert.deepStrictEqual(cheaper.price?.versions[0]?.rates, { input: 0.01, output: 0.02 })
    }).pipe(
      Effect.provide(
        Catalog.layerWith({
          models: [
            model("acme", "llm-1", { price: Price.make({ input: 1, output: 2 }) }),
            model("openai", "gpt-5", { price: Price.make({ input: 0.01, output: 0.02 }) })
          ]
        })
      )
    )
  )

  it.effect("fails with similar names for an unknown model, and for one that is only similar", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      const unknown = yield* Effect.flip(catalog.resolve("openai/gpt-5.4-mimi"))
      assert.include(unknown.suggestions, "openai/gpt-5.4-mini")
      const near = yield* Effect.flip(catalog.resolve("anthropic/claude-sonnet-5-99"))
      assert.isAbove(near.suggestions.length, 0)
    }).pipe(Effect.provide(Catalog.layer))
  )

  it.effect("filters", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-21T00:00:00Z"))
      const catalog = yield* Catalog.Catalog
      const ids = (query: Parameters<typeof catalog.search>[0]) =>
        Effect.map(catalog.search(query), (models) => models.map(({ id }) => id))
      assert.deepStrictEqual(yield* ids({ text: "acme two", sort: "name" }), ["two"])
      assert.deepStrictEqual(yield* ids({ sort: "contextWindow" }), ["two", "one", "old"].slice(0, 2))
      assert.deepStrictEqual(yield* ids({ deprecated: true, sort: "name" }), ["old", "one", "two"])
      yield* TestClock.setTime(Date.parse("2027-01-01T00:00:00Z"))
      assert.deepStrictEqual(yield* ids({ sort: "contextWindow" }), ["one"])
      yield* TestClock.setTime(Date.parse("2026-12-31T23:59:59Z"))
      assert.deepStrictEqual(yield* ids({ maxCost: 0.001 }), ["one"])
      assert.deepStrictEqual(yield* ids({ sort: "cost" }), ["one", "two"])
      assert.deepStrictEqual(yield* ids({ kind: "embedding", deprecated: true }), ["old"])
      assert.deepStrictEqual(yield* ids({ input: ["image"], output: ["text"], minOutputTokens: 10 }), ["two"])
    }).pipe(
      Effect.provide(
        Catalog.layerWith({
          embedded: false,
          models: [
            model("acme", "one", { contextWindow: 1000, price: Price.make({ input: 0.1, output: 0.1 }) }),
            model("acme", "two", {
              contextWindow: 2000,
              maxOutputTokens: 10,
              input: ["text", "image"],
              deprecated: "2027-01-01"
            }),
            model("acme", "old", { kind: "embedding", deprecated: "2026-01-01" })
          ]
        })
      )
    )
  )
})

describe("the end of a model", () => {
  const at = DateTime.makeUnsafe("2026-12-01T00:00:00Z")
  const cheap = (id: string, input: number, deprecated?: string | boolean) =>
    model("acme", id, { price: Price.make({ input, output: input }), deprecated })
  const models = [
    cheap("gone", 1, "2026-12-01"),
    cheap("forgotten", 2, true),
    cheap("ending", 3, "2026-12-02"),
    cheap("living", 4)
  ]
  const ids = (query: CatalogQuery.CatalogQuery) => CatalogQuery.run(models, query, at).map(({ id }) => id)

  it("is past from its day on, and a future day before", () => {
    assert.deepStrictEqual(
      models.map((one) => CatalogModel.formatEnd(one, at)),
      ["retired 2026-12-01", "retired", "ends 2026-12-02", ""]
    )
    assert.isFalse(CatalogModel.isRetired({ deprecated: "2026-12-01" }, DateTime.makeUnsafe("2026-11-30T23:59:59Z")))
  })

  it("hides it from every list, or sorts it last by cost if retired models are included", () => {
    const sorts = ["cost", "contextWindow", "name", undefined] as const
    for (const sort of sorts) assert.deepStrictEqual(ids({ sort }).toSorted(), ["ending", "living"])
    assert.deepStrictEqual(ids({ sort: "cost", deprecated: true }), ["ending", "living", "gone", "forgotten"])
    const usage = { inputTokens: { total: 1, uncached: 1 }, outputTokens: { total: 1 } }
    assert.deepStrictEqual(
      Cost.compare(models, usage, { at }).map(({ model }) => model.id),
      ["ending", "living", "gone", "forgotten"]
    )
  })
})

describe("terms of service", () => {
  it.effect("multiply Anthropic's surcharges for fast mode, the US and the cache", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      const { price } = yield* catalog.resolve("anthropic/claude-opus-5-5")
      const cost = Cost.of(
        { inputTokens: { total: 2_000_000, cacheRead: 1_000_000 }, outputTokens: { total: 1_000_000 }, region: "us" },
        price,
        { at: DateTime.makeUnsafe("2026-11-21"), serviceTier: "fast" }
      )
      // (4 + 0.2 + 20) x 2 x 1.1
      assert.strictEqual(cost._tag === "Priced" ? BigDecimal.format(cost.total) : cost._tag, "53.24")
    }).pipe(Effect.provide(Catalog.layer))
  )

  it.effect("bill DeepSeek's peak hours on working days only", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      const { price } = yield* catalog.resolve("deepseek/deepseek-v4-pro")
      const bill = (at: string) => {
        const cost = Cost.estimate(1_000_000, 0, price, { at: DateTime.makeUnsafe(at) })
        return cost._tag === "Priced" ? BigDecimal.format(cost.total) : cost._tag
      }
      assert.deepStrictEqual(
        [
          "2026-11-18T02:00:00Z",
          "2026-11-18T05:00:00Z",
          "2026-11-22T07:00:00Z",
          "2026-11-23T01:00:00Z",
          "2026-08-01T02:00:00Z"
        ].map(bill),
        ["1.32", "0.66", "0.66", "1.32", "0.435"]
      )
    }).pipe(Effect.provide(Catalog.layer))
  )

  it.effect("have OpenAI's own rates for priority, and half for flex and batch", () =>
    Effect.gen(function* () {
      const catalog = yield* Catalog.Catalog
      const { price } = yield* catalog.resolve("openai/gpt-5.5")
      const bill = (serviceTier: string, input: number) => {
        const cost = Cost.estimate(input, 0, price, { at: DateTime.makeUnsafe("2026-11-21"), serviceTier })
        return cost._tag === "Priced" ? BigDecimal.format(cost.total) : cost._tag
      }
      assert.deepStrictEqual(
        [bill("priority", 200_000), bill("flex", 200_000), bill("batch", 300_000)],
        ["2.5", "0.5", "1.5"]
      )
    }).pipe(Effect.provide(Catalog.layer))
  )

  it.effect("list the parameters a model rejects, with their source, for Claude on Bedrock too", () =>
    Effect.gen(function* () {
      const { resolve, restrictions } = yield* Catalog.Catalog
      const claude = yield* restrictions(yield* resolve("anthropic/claude-opus-4-7"))
      assert.includeMembers(
        claude.flatMap(({ reject = [] }) => reject),
        ["seed", "temperature", "topK"]
      )
      for (const { checked, source } of claude) {
        assert.match(source, /^https:/)
        assert.match(checked, /^\d{4}-\d\d-\d\d$/)
      }
      const bedrock = yield* restrictions({ provider: "bedrock", id: "us.anthropic.claude-opus-4-7-v1:0" })
      assert.includeMembers(
        bedrock.flatMap(({ reject = [] }) => reject),
        ["temperature"]
      )
      assert.deepStrictEqual(
        (yield* restrictions({ provider: "ollama", id: "qwen3:8b" })).flatMap(({ reject = [] }) => reject),
        []
      )
    }).pipe(Effect.provide(Catalog.layer))
  )
})
