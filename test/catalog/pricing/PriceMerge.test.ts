import { assert, describe, it } from "@effect/vitest"
import * as Price from "../../../src/catalog/Price.ts"
import * as PriceMerge from "../../../src/catalog/pricing/PriceMerge.ts"

const options = { now: Date.UTC(2026, 10, 21), since: "2026-11-10" }
const known: Price.Price = {
  versions: [
    { rates: { input: 5, output: 10 } },
    {
      from: "2026-06-01",
      rates: { input: 3, output: 15, cacheRead: 0.3, cacheWrite1h: 6 },
      thresholds: [{ above: 200_000, inclusive: true, rates: { input: 6, output: 30, cacheWrite1h: 12 } }]
    },
    { from: "2027-01-01", rates: { input: 2, output: 10 } }
  ],
  tiers: { batch: { multiplier: 0.5 } },
  source: "embedded",
  asOf: "2026-11-10"
}
const merge = (fresh: Price.Price) =>
  JSON.parse(JSON.stringify(PriceMerge.merge(known, { source: "feed", asOf: "2026-11-21", ...fresh }, options)))

describe("PriceMerge", () => {
  it("keeps former and future prices, tiers and other details if the price is confirmed", () => {
    const merged = merge(Price.make({ input: "3.0", output: 15 }))
    assert.deepStrictEqual(merged, {
      ...known,
      versions: known.versions.with(1, { ...known.versions[1]!, rates: { ...known.versions[1]!.rates, input: "3.0" } }),
      source: "feed, embedded",
      asOf: "2026-11-21"
    })
  })

  it("accepts a single changed rate", () => {
    assert.deepStrictEqual(merge(Price.make({ input: 3, output: 15, cacheRead: 0.1 })).versions[1].rates, {
      input: 3,
      output: 15,
      cacheRead: 0.1,
      cacheWrite1h: 6
    })
  })

  it("prefers the feed's long-context rates to the known ones, keeping those that it lacks", () => {
    const fresh = Price.make(
      { input: 3, output: 15 },
      { thresholds: [{ above: 200_000, rates: { input: 7, output: 30 } }] }
    )
    assert.deepStrictEqual(merge(fresh).versions[1].thresholds, [
      { above: 200_000, rates: { input: 7, output: 30, cacheWrite1h: 12 } }
    ])
  })

  it("applies a changed price from the date of the known one on, and nothing of the known one after it", () => {
    const merged = merge(Price.make({ input: 4, output: 20 }))
    assert.deepStrictEqual(merged.versions, [
      ...known.versions.slice(0, 2),
      { from: "2026-11-10", rates: { input: 4, output: 20 } }
    ])
    assert.strictEqual(merged.source, "feed")
  })

  it("does not use the price of an image for text", () => {
    const image = Price.make({ input: 5, output: 3, outputImage: 60 })
    const merged = PriceMerge.merge(image, Price.make({ input: 5, output: 60 }), options)
    assert.deepStrictEqual(merged.versions[0]?.rates, { input: 5, output: 3, outputImage: 60 })
    const told = Price.make({ input: 5, output: 60, outputImage: 60 })
    assert.deepStrictEqual(PriceMerge.merge(image, told, options).versions.at(-1)?.rates, {
      input: 5,
      output: 60,
      outputImage: 60
    })
  })

  it("uses only the feed's price if a plan bills either, or the feed has its own dates", () => {
    const fresh = Price.make({ input: 3, output: 15 })
    const plan: Price.Price = { ...known, billing: "subscription" }
    assert.strictEqual(PriceMerge.merge(plan, fresh, options), fresh)
    const freshPlan: Price.Price = { ...fresh, billing: "subscription" }
    assert.strictEqual(PriceMerge.merge(known, freshPlan, options), freshPlan)
    const dated: Price.Price = {
      versions: [{ rates: { input: 1, output: 2 } }, { from: "2026-11-01", rates: { input: 3, output: 15 } }]
    }
    assert.strictEqual(PriceMerge.merge(known, dated, options), dated)
  })

  it("uses the feed's price if nothing comparable is known", () => {
    const fresh = Price.make({ input: 1 })
    assert.strictEqual(PriceMerge.merge(undefined, fresh, options), fresh)
    assert.strictEqual(PriceMerge.merge(Price.free, fresh, options), fresh)
    assert.strictEqual(PriceMerge.merge(known, Price.free, options), Price.free)
  })
})
