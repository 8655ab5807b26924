import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { changesPage } from "../../data/build/changes.ts"
import { compact } from "../../data/build/compact.ts"
import { merge, type Source } from "../../data/build/merge.ts"
import { report } from "../../data/build/review.ts"
import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import * as CompactModel from "../../src/catalog/CompactModel.ts"
import * as Price from "../../src/catalog/Price.ts"
import type { Rates } from "../../src/catalog/Rate.ts"

const day = "2026-11-20"

const Rate = Schema.Literals([0.5, 1, 2, 3])

const model = (id: string, rates: Rates, rest: Partial<CatalogModel.CatalogModel> = {}) =>
  CatalogModel.make({ provider: "acme", id, price: Price.make(rates), ...rest })

type Models = ReadonlyArray<CatalogModel.CatalogModel>

const sources = (genai: Models, pi: Models, litellm: Models): ReadonlyArray<Source> => [
  { key: "l", date: "2026-11-20", models: litellm },
  { key: "p", date: "2026-11-20", models: pi },
  { key: "g", date: "2026-11-10", models: genai }
]

const merged = (genai: Models, pi: Models, litellm: Models) => {
  const { conflicts, rows } = merge(sources(genai, pi, litellm), day)
  return { conflicts, rows, find: (id: string) => rows.find(({ model }) => model.id === id) }
}

const ratesOf = (found: { readonly model: CatalogModel.CatalogModel } | undefined) =>
  found?.model.price?.versions.at(-1)?.rates

describe("the vote on a price", () => {
  it("is won by the majority of sources, whatever their age", () => {
    const { conflicts, find } = merged(
      [model("one", { input: 1, output: 2 })],
      [model("one", { input: 1, output: 2 })],
      [model("one", { input: 2, output: 4 })]
    )
    assert.deepStrictEqual(ratesOf(find("one")), { input: 1, output: 2 })
    assert.deepStrictEqual(find("one")?.sources, ["p", "g"])
    assert.deepInclude(conflicts, { model: "acme/one", what: "input", ours: "1", others: "l: 2" })
    assert.include(report(conflicts, [["acme", 1]]), "| acme/one | input | 1 | l: 2 |")
  })

  it.prop("is one that a source states, and that of two who agree", [Schema.Tuple([Rate, Rate, Rate])], ([rates]) => {
    const [a, b, c] = rates.map((rate) => model("one", { input: rate, output: 2 * rate }))
    const found = ratesOf(merged([a!], [b!], [c!]).find("one"))
    const most = rates.find((rate, index) => rates.indexOf(rate) !== index)
    assert.include(most === undefined ? rates : [most], found?.input)
    assert.strictEqual(Number(found?.output), 2 * Number(found?.input))
  })

  it("is won by two newer sources over an older one, and by the newer of two", () => {
    const old = model("one", { input: 0.075, output: 0.25 })
    const now = model("one", { input: 0.15, output: 0.5 })
    assert.deepStrictEqual(ratesOf(merged([old], [now], [now]).find("one")), { input: 0.15, output: 0.5 })
    assert.deepStrictEqual(ratesOf(merged([old], [], [now]).find("one")), { input: 0.15, output: 0.5 })
  })

  it("takes other rates only from sources that agree on input and output", () => {
    const { find } = merged(
      [model("one", { input: 1, output: 2, cacheRead: 0.5 })],
      [model("one", { input: 2, output: 4, cacheRead: 0.2 })],
      [model("one", { input: 2, output: 4, cacheWrite5m: 2.5, cacheWrite1h: 4 })]
    )
    assert.deepStrictEqual(ratesOf(find("one")), {
      input: 2,
      output: 4,
      cacheRead: 0.2,
      cacheWrite5m: 2.5,
      cacheWrite1h: 4
    })
  })

  it("does not read the silence of one source on a threshold as none", () => {
    const long = Price.make({ input: 1 }, { thresholds: [{ above: 200_000, rates: { input: 2 } }] })
    const { conflicts, find } = merged([], [model("one", { input: 1 })], [model("one", {}, { price: long })])
    assert.deepStrictEqual(find("one")?.model.price?.versions[0]?.thresholds, [{ above: 200_000, rates: { input: 2 } }])
    assert.deepInclude(conflicts, { model: "acme/one", what: "threshold", ours: "> 200000", others: "p: none" })
  })

  it("prefers a dated price to the same one without a date", () => {
    const dated: Price.Price = {
      versions: [{ rates: { input: 1, output: 1 } }, { from: "2026-12-01", rates: { input: 2, output: 2 } }]
    }
    const early = merged(
      [model("one", {}, { price: dated })],
      [model("one", { input: 2, output: 2 })],
      [model("one", { input: 2, output: 2 })]
    )
    assert.deepStrictEqual(
      early.find("one")?.model.price?.versions.map(({ from }) => from),
      [undefined, "2026-12-01"]
    )
    const today = merged(
      [model("one", {}, { price: dated })],
      [model("one", { input: 1, output: 1, cacheRead: 0.1 })],
      []
    )
    assert.deepStrictEqual(today.find("one")?.model.price?.versions, [
      { rates: { input: 1, output: 1, cacheRead: 0.1 }, thresholds: undefined, windows: undefined },
      { from: "2026-12-01", rates: { input: 2, output: 2 } }
    ])
  })

  it("keeps the former prices of a source that is outvoted on the current one", () => {
    const dated: Price.Price = {
      versions: [{ rates: { input: 5 } }, { from: "2026-08-16", rates: { input: 1 } }]
    }
    const { find } = merged(
      [model("one", {}, { price: dated })],
      [model("one", { input: 3 })],
      [model("one", { input: 3 })]
    )
    assert.deepStrictEqual(
      find("one")?.model.price?.versions.map(({ from, rates }) => [from, rates.input]),
      [
        [undefined, 5],
        ["2026-08-16", 3]
      ]
    )
  })

  it("prices -latest like the newest model without an end if sources disagree", () => {
    const two = { input: 0.7, output: 2.1 }
    const one = { input: 0.5, output: 1.5 }
    const ending = model("big-2512", one, { deprecated: "2027-04-30" })
    const { find } = merged(
      [model("big-latest", { input: 2, output: 6 }), ending, model("big-4", two)],
      [model("big-latest", two), model("big-2512", one), model("big-4", two)],
      [model("big-latest", one), ending, model("big-4", two)]
    )
    assert.deepStrictEqual(ratesOf(find("big-latest")), two)
  })
})

describe("service tiers of sources", () => {
  const rates = { input: 2, output: 8, cacheRead: 0.5 }
  const withTiers = (tiers: Price.Price["tiers"]) => model("one", {}, { price: { ...Price.make(rates), tiers } })
  const tiersOf = (genai: Price.Price["tiers"], litellm: Price.Price["tiers"]) =>
    merged(genai === undefined ? [] : [withTiers(genai)], [], [withTiers(litellm)]).find("one")?.model.price?.tiers

  it("are a factor if all rates are, also after rounding", () => {
    assert.deepStrictEqual(tiersOf(undefined, { batch: { rates: { input: 1, output: 4, cacheRead: 0.2501 } } }), {
      batch: { multiplier: 0.5 }
    })
  })

  it("do not halve cached input unless the vendor does", () => {
    const batch = { rates: { input: 1, output: 4, cacheRead: 0.5 } }
    assert.deepStrictEqual(tiersOf({ batch }, { batch: { rates: { input: 1, output: 4 } } }), { batch })
  })

  it("leave out what no source states", () => {
    const batch = { rates: { input: 1, output: 4 } }
    assert.deepStrictEqual(tiersOf(undefined, { batch }), { batch })
  })
})

describe("names", () => {
  it("of a snapshot with the same price and end are other names of the model", () => {
    const { rows } = merged([], [], [model("big-5", { input: 1 }), model("big-5-2026-01-01", { input: 1 })])
    assert.deepStrictEqual(
      rows.map(({ model }) => [model.id, model.aliases]),
      [["big-5", ["big-5-2026-01-01"]]]
    )
  })

  it("of a snapshot with another price or end are other models", () => {
    const { rows } = merged(
      [],
      [],
      [
        model("big-5", { input: 1 }),
        model("big-5-2026-01-01", { input: 2 }),
        model("big-5-2026-02-02", { input: 1 }, { deprecated: "2027-01-01" })
      ]
    )
    assert.strictEqual(rows.length, 3)
  })

  it("from an outvoted source keep that source's price", () => {
    const { find } = merged(
      [model("big-latest", { input: 9 }, { aliases: ["big-2"] })],
      [model("big-latest", { input: 1 })],
      [model("big-latest", { input: 1 })]
    )
    assert.deepStrictEqual(find("big-latest")?.model.aliases, [])
    assert.deepStrictEqual(ratesOf(find("big-2")), { input: 9 })
    assert.isTrue(find("big-2")?.model.deprecated)
  })
})

describe("the end of a model", () => {
  const others = ["a", "b", "c"].map((id) => model(id, { input: 1 }))

  it("has come if only the source that drops nothing lists it, at a vendor that the others cover", () => {
    const gone = merged([model("ada", { input: 1 })], others, others).find("ada")
    assert.isTrue(gone?.model.deprecated)
    assert.isUndefined(merged([model("ada", { input: 1 })], [], []).find("ada")?.model.deprecated)
  })

  it("is the day that a source states", () => {
    const ending = [model("one", { input: 1 }, { deprecated: "2027-01-14" }), ...others]
    assert.strictEqual(merged([model("one", { input: 1 })], others, ending).find("one")?.model.deprecated, "2027-01-14")
  })
})

describe("limits and capabilities", () => {
  it("are what most sources state, and all that any of them knows", () => {
    const { conflicts, find } = merged(
      [model("one", { input: 1 }, { contextWindow: 200_000 })],
      [model("one", { input: 1 }, { contextWindow: 1_000_000, capabilities: ["tools"] })],
      [
        model(
          "one",
          { input: 1 },
          { contextWindow: 200_000, capabilities: ["structuredOutput"], input: ["text", "pdf"] }
        )
      ]
    )
    assert.strictEqual(find("one")?.model.contextWindow, 200_000)
    assert.includeMembers([...(find("one")?.model.capabilities ?? [])], ["tools", "structuredOutput", "pdf"])
    assert.deepInclude(conflicts, { model: "acme/one", what: "contextWindow", ours: "200000", others: "p: 1000000" })
  })

  it("treat a window without the output as the same as one with it", () => {
    const { find } = merged(
      [],
      [model("one", { input: 1 }, { contextWindow: 400_000, maxOutputTokens: 128_000 })],
      [model("one", { input: 1 }, { contextWindow: 272_000, maxOutputTokens: 128_000 })]
    )
    assert.strictEqual(find("one")?.model.contextWindow, 400_000)
  })
})

describe("Vertex AI", () => {
  it("has Google's long-context and future prices if its rates are Google's", () => {
    const dated: Price.Price = {
      versions: [
        { rates: { input: 2, output: 10 }, thresholds: [{ above: 200_000, rates: { input: 4, output: 15 } }] },
        { from: "2026-12-01", rates: { input: 4, output: 20 } }
      ]
    }
    const google = model("gem", {}, { provider: "google", price: dated })
    const vertex = model("gem", { input: 2, output: 10 }, { provider: "vertex" })
    const other = model("gem", { input: 3, output: 10 }, { provider: "vertex" })
    const versionsOf = (seller: CatalogModel.CatalogModel) =>
      merged([google], [seller], [seller]).rows.find(({ model }) => model.provider === "vertex")?.model.price?.versions
    assert.deepStrictEqual(
      versionsOf(vertex)?.map(({ from, thresholds }) => [from, thresholds?.[0]?.above]),
      [
        [undefined, 200_000],
        ["2026-12-01", undefined]
      ]
    )
    assert.strictEqual(versionsOf(other)?.length, 1)
  })
})

describe("Azure", () => {
  it("has OpenAI's structured output and PDFs, of models with the same name", () => {
    const openai = model(
      "one",
      { input: 1 },
      { provider: "openai", capabilities: ["structuredOutput"], input: ["text", "pdf"] }
    )
    const azure = (id: string) => model(id, { input: 1 }, { provider: "azure" })
    const { rows } = merged([], [], [openai, azure("one"), azure("other")])
    const can = (id: string) =>
      rows.find(({ model }) => model.provider === "azure" && model.id === id)?.model.capabilities
    assert.deepStrictEqual(can("one"), ["structuredOutput", "pdf"])
    assert.deepStrictEqual(can("other"), [])
  })
})

describe("a line of the data", () => {
  it("decodes to the model that it was made from", () => {
    const rates = { input: 1, output: 2, cacheWrite1h: 3, webSearches: 10 }
    const whole = CatalogModel.make({
      provider: "acme",
      id: "one",
      name: "The First",
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
            windows: [
              { start: "01:00", end: "02:00", rates: { output: 5 } },
              { start: "00:00", end: "00:00", rates: { output: 3 }, days: [6, 7], dayZone: "Asia/Shanghai" }
            ]
          }
        ],
        tiers: {
          batch: { multiplier: 0.5 },
          priority: { rates: { input: 2 }, thresholds: [{ above: 9, rates: { input: 3 } }] }
        },
        regions: { us: 1.1 },
        minimums: { inputSeconds: 10 }
      }
    })
    const back = CompactModel.decode("acme", compact(whole, "g", true), { name: "somewhere", date: "2026-11-01" })
    const plain = (value: CatalogModel.CatalogModel): unknown => JSON.parse(JSON.stringify(value))
    assert.deepStrictEqual(
      plain({ ...back, capabilities: back.capabilities.toSorted() }),
      plain({ ...whole, capabilities: whole.capabilities.toSorted() })
    )
  })
})

describe("the page of changes", () => {
  const file = (checked: string, rows: ReadonlyArray<CompactModel.CompactModel>) =>
    JSON.stringify({ checked, providers: { acme: { models: rows } } })

  it("names what was added, removed, repriced, retired, and what will end", () => {
    const page = changesPage(
      file("2026-11-10", [
        { i: "same", p: [1, 2] },
        { i: "dearer", p: [1, 2] },
        { i: "dated", p: [1, 2] },
        { i: "gone", p: [1, 2] },
        { i: "renamed", p: [1, 2] },
        { i: "retired", p: [1, 2] },
        { i: "ending", p: [1, 2], d: "2027-01-01" }
      ]),
      file("2026-11-20", [
        { i: "same", p: [1, 2], a: ["renamed"] },
        { i: "dearer", p: [2, 2, 0.1], t: [[1000, 0, [4]]] },
        { i: "dated", p: [1, 2], v: [["2026-12-01", { p: [2, 4] }]] },
        { i: "retired", p: [1, 2], d: "2026-11-15" },
        { i: "ending", p: [1, 2], d: "2027-02-01" },
        { i: "new", p: [3, 4] }
      ]),
      7
    )
    for (const line of [
      "from 2026-11-10 to 2026-11-20",
      "in 7 places",
      "| acme | 1 | 2 | 2 | 1 | 1 |",
      "## Added: 1\n\n- acme/new (input $3, output $4)",
      "- acme/gone\n- acme/renamed: now another name of acme/same",
      "- acme/dearer: input 1 -> 2, cacheRead unknown -> 0.1, input above 1000 unknown -> 4",
      "- acme/dated: input from 2026-12-01 on unknown -> 2, output from 2026-12-01 on unknown -> 4",
      "## Retired: 1\n\n- acme/retired: 2026-11-15",
      "- acme/ending: ends 2027-02-01 (was 2027-01-01)"
    ]) {
      assert.include(page, line)
    }
    assert.notInclude(page, "acme/same:")
  })
})
