import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { readFileSync } from "node:fs"
import * as CatalogIndex from "../../src/catalog/CatalogIndex.ts"
import { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import * as EmbeddedCatalog from "../../src/catalog/EmbeddedCatalog.ts"
import { defaultSource } from "../../src/catalog/CompactModel.ts"
import * as Meter from "../../src/catalog/Meter.ts"
import * as ProviderName from "../../src/catalog/ProviderName.ts"
import providers from "../../data/providers.json" with { type: "json" }
import { PriceTerms } from "../../src/catalog/PriceTerms.ts"

const data = `${import.meta.dirname}/../../data`
const text = readFileSync(`${data}/models.json`, "utf8")
const strict = { onExcessProperty: "error" } as const

const Rates = Schema.Array(Schema.Union([Schema.NullOr(Schema.Finite), Schema.Record(Schema.String, Schema.Finite)]))
const version = {
  p: Schema.optionalKey(Rates),
  t: Schema.optionalKey(Schema.Array(Schema.Tuple([Schema.Finite, Schema.Literals([0, 1]), Rates]))),
  w: Schema.optionalKey(
    Schema.Array(
      Schema.Union([
        Schema.Tuple([Schema.String, Schema.String, Rates]),
        Schema.Tuple([Schema.String, Schema.String, Rates, Schema.String]),
        Schema.Tuple([Schema.String, Schema.String, Rates, Schema.String, Schema.String])
      ])
    )
  )
}
const letters = (allowed: string) =>
  Schema.optionalKey(Schema.String.check(Schema.isPattern(new RegExp(`^[${allowed}]+$`))))
const strings = Schema.optionalKey(Schema.Array(Schema.String))
const positive = Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0)))
const Row = Schema.Struct({
  i: Schema.String,
  n: Schema.optionalKey(Schema.String),
  k: Schema.optionalKey(Schema.String),
  c: positive,
  o: positive,
  m: letters("tiavp>"),
  f: letters("tpsrcwz"),
  e: letters("nilmhxa"),
  d: Schema.optionalKey(
    Schema.Union([Schema.Literal(1), Schema.String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/))])
  ),
  ...version,
  v: Schema.optionalKey(Schema.Array(Schema.Tuple([Schema.String, Schema.Struct(version)]))),
  x: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Union([Schema.Finite, Schema.Struct({ p: Rates, t: version.t })]))
  ),
  r: Schema.optionalKey(Schema.Record(Schema.String, Schema.Finite)),
  b: Schema.optionalKey(Schema.Literals(["free", "subscription"])),
  l: Schema.optionalKey(Schema.Record(Schema.String, Schema.Finite)),
  a: strings,
  q: strings,
  s: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[gpl]{1,3}$/)))
})
const Source = Schema.Struct({ name: Schema.String, date: Schema.String, url: Schema.String })
const File = Schema.Struct({
  checked: Schema.String,
  sources: Schema.Record(Schema.String, Source),
  providers: Schema.Record(Schema.String, Schema.Struct({ name: Schema.String, models: Schema.Array(Row) }))
})
/** The first test says that it is of its shape. */
const file = JSON.parse(text) as typeof File.Type

describe("data/models.json", () => {
  it("is of its shape, and under 380 kB", () => {
    Schema.decodeUnknownSync(File)(file, strict)
    assert.isBelow(Buffer.byteLength(text), 380_000)
  })

  it("has at least 1,000 models of 24 providers, one to a line, each with its source and the day of it", () => {
    const { providers, sources } = file
    const rows = Object.values(providers).flatMap(({ models }) => models)
    assert.isAtLeast(rows.length, 1000)
    assert.isAtLeast(Object.keys(providers).length, 24)
    assert.isAtLeast(text.split("\n").length, rows.length)
    for (const { i, s } of rows) {
      for (const key of s ?? defaultSource) assert.match(sources[key]?.date ?? "", /^\d{4}-\d{2}-\d{2}$/, i)
    }
    for (const [provider, { models }] of Object.entries(providers)) {
      assert.strictEqual(
        new Set(models.map(({ i }) => i.toLowerCase())).size,
        models.length,
        `${provider} names a model twice`
      )
    }
  })

  it("has end dates, tiers and parallel tools for some models", () => {
    const rows = Object.values(file.providers).flatMap(({ models }) => models)
    assert.isAtLeast(rows.filter(({ d }) => typeof d === "string").length, 150)
    assert.isAtLeast(rows.filter(({ x }) => x !== undefined).length, 150)
    const parallel = rows.filter(({ f }) => f?.includes("p") === true)
    assert.isAtLeast(parallel.length, 100)
    for (const { f, i } of parallel) assert.include(f, "t", i)
  })

  it("has every name of a provider once", () => {
    for (const [provider, { models }] of Object.entries(file.providers)) {
      const names = models.flatMap(({ a = [], i }) => [i, ...a].map((name) => name.toLowerCase()))
      assert.deepStrictEqual(
        names.filter((name, index) => names.indexOf(name) !== index),
        [],
        provider
      )
    }
  })

  it.effect("has prices of every provider that has a class here and public prices in a source", () =>
    Effect.gen(function* () {
      const { entries } = yield* EmbeddedCatalog.load
      const priced = new Set(
        CatalogIndex.make(entries)
          .all()
          .flatMap(({ price, provider }) => (price === undefined ? [] : [provider]))
      )
      const ours = Object.entries(providers.providers as { readonly [id: string]: { readonly class?: string } })
      const without = ours.flatMap(([id, row]) =>
        row.class === undefined || priced.has(ProviderName.canonical(id)) ? [] : [id]
      )
      // Four run on one's own machine, two publish no price for a token.
      assert.deepStrictEqual(without.toSorted(), ["github-models", "llama-cpp", "lmstudio", "nvidia", "ollama", "vllm"])
    })
  )

  it.effect("decodes to models and prices with known meters", () =>
    Effect.gen(function* () {
      const { entries } = yield* EmbeddedCatalog.load
      const models = CatalogIndex.make(entries).all()
      Schema.decodeUnknownSync(Schema.Array(CatalogModel))(models, strict)
      const meters = new Set(
        models.flatMap(({ price }) =>
          (price?.versions ?? []).flatMap(({ rates, thresholds, windows }) =>
            [
              rates,
              ...(thresholds ?? []).map(({ rates }) => rates),
              ...(windows ?? []).map(({ rates }) => rates)
            ].flatMap((rates) => Object.keys(rates))
          )
        )
      )
      assert.deepStrictEqual(
        [...meters].filter((meter) => Meter.find(meter) === undefined),
        []
      )
      for (const model of models) if (model.price !== undefined) assert.isDefined(model.price.source, model.id)
    })
  )
})

describe("data/service-tiers.json", () => {
  const terms = Schema.decodeUnknownSync(PriceTerms)(
    JSON.parse(readFileSync(`${data}/service-tiers.json`, "utf8")),
    strict
  )
  const rows = [...terms.tiers, ...terms.regions, ...terms.fees, ...terms.schedules]

  it("names a source and a day in every row", () => {
    for (const { checked, source } of rows) {
      assert.match(source, /^https:\/\//)
      assert.match(checked, /^\d{4}-\d{2}-\d{2}$/)
    }
  })

  it.effect("has no row that matches no model", () =>
    Effect.gen(function* () {
      const { entries } = yield* EmbeddedCatalog.load
      const idle = rows.filter(
        ({ model, provider }) =>
          !entries.some((entry) => entry.provider === provider && new RegExp(model, "i").test(entry.id))
      )
      assert.deepStrictEqual(idle, [])
    })
  )
})
