import { assert, describe, it } from "@effect/vitest"
import { DateTime, Schema } from "effect"
import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import * as CatalogQuery from "../../src/catalog/CatalogQuery.ts"
import * as Cost from "../../src/catalog/Cost.ts"
import * as Price from "../../src/catalog/Price.ts"
import type { Usage } from "../../src/domain/Usage.ts"

const at = DateTime.makeUnsafe("2026-11-20T12:00:00Z")
const invalid = [NaN, -1, -0.001, Infinity, -Infinity]
const rates = { input: 1, output: 2, cacheRead: 0.1, cacheWrite5m: 1.25, cacheWrite1h: 2, webSearches: 10 }
const price = Price.make(rates)

const whole: Usage = {
  inputTokens: {
    total: 100,
    uncached: 60,
    cacheRead: 30,
    cacheWrite: 10,
    cacheWrite5m: 10,
    cacheWrite1h: 0,
    audio: 0,
    image: 0,
    cacheReadAudio: 0
  },
  outputTokens: { total: 50, text: 40, reasoning: 10, audio: 0, image: 0 },
  toolRequests: { web_search: 1, something_else: 2 },
  units: { inputSeconds: 0 }
}

const reasonOf = (cost: Cost.Cost): string => (cost._tag === "Priced" ? "priced" : cost.reason._tag)

const parts = ["inputTokens", "outputTokens", "toolRequests", "units"] as const

describe("a count that is not a finite number of at least zero", () => {
  for (const part of parts) {
    for (const name of Object.keys(whole[part] ?? {})) {
      it(`leaves the call unpriced in ${part}.${name}`, () => {
        for (const count of invalid) {
          const usage = { ...whole, [part]: { ...whole[part], [name]: count } }
          assert.strictEqual(reasonOf(Cost.of(usage, price, { at })), "InvalidUsage", String(count))
        }
      })
    }
  }

  it("leaves an estimate unpriced, and a call with it among the units of the context", () => {
    assert.strictEqual(reasonOf(Cost.of(whole, price, { at })), "priced")
    for (const count of invalid) {
      assert.strictEqual(reasonOf(Cost.estimate(count, 1, price, { at })), "InvalidUsage")
      assert.strictEqual(reasonOf(Cost.estimate(1, count, price, { at })), "InvalidUsage")
      assert.strictEqual(reasonOf(Cost.of(whole, price, { at, units: { pages: count } })), "InvalidUsage")
    }
  })

  it("is not a cost that a provider reported", () => {
    for (const reportedCost of ["NaN", "-1", "Infinity", "", "1e999999999", "free"]) {
      const cost = Cost.of({ ...whole, reportedCost }, price, { at })
      assert.deepStrictEqual(cost, Cost.of(whole, price, { at }), reportedCost)
    }
  })
})

describe("a rate that is not a finite number of at least zero", () => {
  const places: { readonly [place: string]: (rate: number) => Price.Price } = {
    "a version": (rate) => ({ versions: [{ rates: { ...rates, input: rate } }] }),
    "a meter that is not used": (rate) => ({ versions: [{ rates: { ...rates, pages: rate } }] }),
    "a threshold": (rate) => ({ versions: [{ rates, thresholds: [{ above: 10, rates: { input: rate } }] }] }),
    "the limit of a threshold": (above) => ({ versions: [{ rates, thresholds: [{ above, rates }] }] }),
    "an hour": (rate) => ({
      versions: [{ rates, windows: [{ start: "00:00", end: "00:00", rates: { output: rate } }] }]
    }),
    "a tier": (rate) => ({ versions: [{ rates }], tiers: { batch: { rates: { input: rate } } } }),
    "the factor of a tier": (multiplier) => ({ versions: [{ rates }], tiers: { batch: { multiplier } } }),
    "the factor of a region": (us) => ({ versions: [{ rates }], regions: { us } }),
    "a minimum": (input) => ({ versions: [{ rates }], minimums: { input } })
  }
  for (const [place, make] of Object.entries(places)) {
    it(`leaves the call unpriced in ${place}`, () => {
      for (const rate of invalid) {
        const cost = Cost.of(whole, make(rate), { at, serviceTier: "batch", region: "us" })
        assert.strictEqual(reasonOf(cost), "InvalidUsage", String(rate))
      }
    })
  }

  it("is refused by Price.make", () => {
    for (const rate of invalid) {
      assert.throws(() => Price.make({ input: rate }), RangeError, "the rate of input")
      assert.throws(() => Price.make(rates, { regions: { us: rate } }), RangeError)
    }
    assert.throws(() => Price.make({ input: "one" }), RangeError)
  })

  it.prop(
    "is never part of a total",
    [Schema.Number, Schema.Number, Schema.Number, Schema.Number],
    ([input, output, inputRate, outputRate]) => {
      const usage: Usage = { inputTokens: { total: input, uncached: input }, outputTokens: { total: output } }
      const cost = Cost.of(usage, { versions: [{ rates: { input: inputRate, output: outputRate } }] }, { at })
      const isValid = [input, output, inputRate, outputRate].every((n) => Number.isFinite(n) && n >= 0)
      assert.strictEqual(cost._tag === "Priced", isValid)
      if (cost._tag === "Priced") assert.isTrue(cost.total.value >= 0n)
    }
  )
})

describe("a cost limit that is not an amount", () => {
  const model = CatalogModel.make({ provider: "acme", id: "one", price })
  const found = (maxCost: number) => CatalogQuery.run([model], { maxCost }, at).length

  it("excludes every model, and an infinite one none", () => {
    assert.deepStrictEqual([NaN, -1, -Infinity, 0, 1, Infinity].map(found), [0, 0, 0, 0, 1, 1])
  })
})
