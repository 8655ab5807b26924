import { assert, describe, it } from "@effect/vitest"
import { compact } from "../../data/build/compact.ts"
import { fill } from "../../data/build/fill.ts"
import { merge } from "../../data/build/merge.ts"
import { report } from "../../data/build/review.ts"
import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import * as CompactModel from "../../src/catalog/CompactModel.ts"
import * as Price from "../../src/catalog/Price.ts"
import type { Rates } from "../../src/catalog/Rate.ts"

const model = (id: string, rates: Rates, rest: Partial<CatalogModel.CatalogModel> = {}) =>
  CatalogModel.make({ provider: "acme", id, price: Price.make(rates), ...rest })

const ratesOf = (models: ReadonlyArray<CatalogModel.CatalogModel>, id: string) =>
  models.find((model) => model.id === id)?.price?.versions.at(-1)?.rates

describe("merging two sources", () => {
  it("keeps the price of an exact id of the first, the limits of the second, and reports the difference", () => {
    const { disagreements, models } = merge(
      [model("one", { input: 1 }, { contextWindow: 10 })],
      [model("One", { input: 2 }, { contextWindow: 20, maxOutputTokens: 5, capabilities: ["tools"] })]
    )
    assert.strictEqual(models.length, 1)
    assert.deepStrictEqual(ratesOf(models, "one"), { input: 1 })
    assert.deepInclude(models[0], { contextWindow: 20, maxOutputTokens: 5, capabilities: ["tools"] })
    assert.deepStrictEqual(disagreements[0]?.rows, [["input", "1", "2"]])
    assert.include(report(disagreements, [], [["acme", 1]]), "| acme/One | genai-prices | input | 1 | 2 |")
  })

  it("gives an id that only a rule of the first matches the price of the second", () => {
    const { disagreements, models } = merge(
      [model("big-5", { input: 1 }, { matchers: ["^big-5"] })],
      [model("big-5-5", { input: 3 })]
    )
    assert.deepStrictEqual([ratesOf(models, "big-5"), ratesOf(models, "big-5-5")], [{ input: 1 }, { input: 3 }])
    assert.strictEqual(disagreements[0]?.chosen, "pi-ai")
  })

  it("takes a dated name that a rule means as another name of the same model", () => {
    const { models } = merge(
      [model("big-5", { input: 1 }, { matchers: ["^big-5"] })],
      [model("big-5-20260101", { input: 1 })]
    )
    assert.deepStrictEqual(
      models.map(({ aliases, id }) => [id, aliases]),
      [["big-5", ["big-5-20260101"]]]
    )
  })

  it("takes another name with another price as another model", () => {
    const { models } = merge(
      [model("big", { input: 1 }, { aliases: ["safe", "same"] })],
      [model("safe", { input: 0.5 }), model("same", { input: 1 })]
    )
    assert.deepStrictEqual(
      models.map(({ aliases, id }) => [id, aliases]),
      [
        ["big", ["same"]],
        ["safe", []]
      ]
    )
  })
})

describe("what a third source adds", () => {
  const chat = (id: string, rest: Partial<CatalogModel.CatalogModel> = {}) =>
    CatalogModel.make({ provider: "acme", id, source: "litellm", ...rest })

  it("is the day of withdrawal, parallel tool calls, and limits that nobody else knows, but no price", () => {
    const { added, disagreements, models } = fill(
      [model("one", { input: 1 }, { contextWindow: 10, capabilities: ["tools"] })],
      [
        chat("One", {
          price: Price.make({ input: 2 }),
          contextWindow: 20,
          maxOutputTokens: 5,
          capabilities: ["tools", "parallelTools", "webSearch"],
          deprecated: "2027-01-01"
        })
      ]
    )
    assert.deepInclude(models[0], {
      contextWindow: 10,
      maxOutputTokens: 5,
      capabilities: ["tools", "parallelTools"],
      deprecated: "2027-01-01"
    })
    assert.deepStrictEqual(ratesOf(models, "one"), { input: 1 })
    assert.deepStrictEqual([...added], ["acme/one"])
    assert.deepStrictEqual(disagreements[0]?.rows, [["contextWindow", "10", "20"]])
    assert.include(report([], disagreements, []), "| acme/one | custom | contextWindow | 10 | 20 | exact id in both |")
  })

  it("is of the same provider and name only, never of one that a rule matches", () => {
    const one = model("one", { input: 1 }, { matchers: ["^one"] })
    const others = [chat("one-2", { deprecated: "2027-01-01" }), chat("one", { provider: "other", maxOutputTokens: 5 })]
    const { added, models } = fill([one], others)
    assert.deepStrictEqual([models, added.size], [[one], 0])
  })

  it("withdraws a model that is listed by other names on the last day of them, and not while one has none", () => {
    const aliased = model("one", { input: 1 }, { aliases: ["one-a", "one-b"] })
    const [a, b] = [chat("one-a", { deprecated: "2027-01-01" }), chat("one-b", { deprecated: "2027-02-01" })]
    assert.strictEqual(fill([aliased], [a, b]).models[0]?.deprecated, "2027-02-01")
    assert.isUndefined(fill([aliased], [a, chat("one-b")]).models[0]?.deprecated)
    assert.isUndefined(fill([aliased], [chat("one"), a, b]).models[0]?.deprecated)
    assert.deepStrictEqual(fill([aliased], [chat("one"), a]).disagreements, [])
  })

  it("takes a limit of the answer as large as the window for none", () => {
    const { models } = fill([model("one", { input: 1 }, { contextWindow: 10 })], [chat("one", { maxOutputTokens: 10 })])
    assert.isUndefined(models[0]?.maxOutputTokens)
  })
})

describe("a line of the data", () => {
  it("means the model that it was made from", () => {
    const rates = { input: 1, output: 2, cacheWrite1h: 3, webSearches: 10 }
    const whole = CatalogModel.make({
      provider: "acme",
      id: "one",
      name: "One",
      kind: "chat",
      contextWindow: 10,
      maxOutputTokens: 5,
      input: ["text", "image", "pdf"],
      output: ["text", "audio"],
      capabilities: ["tools", "reasoning", "streaming"],
      reasoningEfforts: ["none", "high"],
      deprecated: "2026-12-01",
      aliases: ["uno"],
      matchers: ["^one-"],
      source: "somewhere",
      asOf: "2026-11-01",
      price: {
        versions: [
          { rates, thresholds: [{ above: 9, inclusive: true, rates: { input: 2 } }] },
          {
            from: "2026-10-01",
            rates: { output: 4 },
            windows: [{ start: "01:00", end: "02:00", rates: { output: 5 } }]
          }
        ],
        minimums: { inputSeconds: 10 }
      }
    })
    const back = CompactModel.decode("acme", compact(whole, "x", true), { name: "somewhere", date: "2026-11-01" })
    const plain = (value: CatalogModel.CatalogModel): unknown => JSON.parse(JSON.stringify(value))
    assert.deepStrictEqual(
      plain({ ...back, capabilities: back.capabilities.toSorted() }),
      plain({ ...whole, capabilities: whole.capabilities.toSorted() })
    )
  })
})
