import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as CatalogModel from "../../../src/catalog/CatalogModel.ts"
import * as Price from "../../../src/catalog/Price.ts"
import * as PriceImport from "../../../src/catalog/pricing/PriceImport.ts"
import * as PriceSnapshot from "../../../src/catalog/pricing/PriceSnapshot.ts"

const Text = Schema.String
const Model = Schema.Struct({ provider: Text, id: Text, rate: Schema.Int, names: Schema.Array(Text) })

describe("PriceSnapshot", () => {
  const bytesOf = (snapshot: PriceSnapshot.PriceSnapshot) => new TextEncoder().encode(PriceSnapshot.encode(snapshot))

  it.prop("survives the disk, whatever models are called", [Schema.Array(Model)], ([models]) => {
    const prices = PriceSnapshot.pricesOf(
      models.map(({ id, names, provider, rate }) =>
        CatalogModel.make({ provider, id, aliases: names, price: Price.make({ input: Math.abs(rate) }) })
      )
    )
    const snapshot = { feed: "f", etag: 'W/"x"', checkedAt: 1, ...prices }
    assert.deepStrictEqual(PriceSnapshot.decode(bytesOf(snapshot)), snapshot)
    const rows = [...prices.sections.keys()].flatMap((provider) => PriceSnapshot.rowsOf(prices, provider))
    assert.strictEqual(rows.length, prices.size)
    assert.isTrue(rows.every((row) => PriceSnapshot.priceOf(row) !== undefined))
  })

  const three = ["a", "b", "c"].map((id) => CatalogModel.make({ provider: "p", id, price: Price.make({ input: 1 }) }))

  it.prop("is not whole when any of it is missing or changed", [Schema.Int, Schema.Boolean], ([n, cut]) => {
    const snapshot = { feed: "f", etag: undefined, checkedAt: 1, ...PriceSnapshot.pricesOf(three) }
    const bytes = bytesOf(snapshot)
    const at = Math.abs(n) % bytes.length
    const damaged = cut ? bytes.slice(0, at) : bytes.with(at, bytes[at] === 0x39 ? 0x30 : 0x39)
    assert.isUndefined(PriceSnapshot.decode(damaged))
  })

  it("leaves out models without a price, and keeps prices unchanged", () => {
    const price = Price.make({ input: "0.1", cacheWrite1h: 2 }, { thresholds: [{ above: 5, rates: { input: 3 } }] })
    const prices = PriceSnapshot.pricesOf([
      CatalogModel.make({ provider: "p", id: "a" }),
      CatalogModel.make({ provider: "p", id: "b", price: Price.make({}) }),
      CatalogModel.make({ provider: "p", id: "c", price, aliases: ["c2"], matchers: ["^c", "/(a+)+$/"] }),
      CatalogModel.make({ provider: "p", id: "d", price: Price.free }),
      CatalogModel.make({ provider: "p", id: "e\n", price })
    ])
    const rows = PriceSnapshot.rowsOf(prices, "p")
    assert.deepStrictEqual(
      rows.map(({ id }) => id),
      ["c", "d"]
    )
    assert.strictEqual(prices.size, 2)
    const row = rows[0]!
    assert.strictEqual(JSON.stringify(PriceSnapshot.priceOf(row)), JSON.stringify(price))
    assert.deepStrictEqual([PriceSnapshot.aliasesOf(row), PriceSnapshot.matchersOf(row)], [["c2"], ["^c"]])
  })
})

describe("the sanity check of downloaded prices", () => {
  const whole = { prices: 1000, rejected: 3, previous: 1000, minimum: 500 }
  it("accepts a complete file, and the first one", () => {
    assert.isUndefined(PriceImport.check(whole))
    assert.isUndefined(PriceImport.check({ ...whole, previous: undefined }))
  })
  it("rejects from its thresholds on", () => {
    assert.isUndefined(PriceImport.check({ ...whole, previous: 2000 }))
    assert.strictEqual(PriceImport.check({ ...whole, previous: 2001 })?.reason, "Shrunk")
    assert.isUndefined(PriceImport.check({ ...whole, prices: 500 }))
    assert.strictEqual(PriceImport.check({ ...whole, prices: 499 })?.reason, "TooFew")
    assert.strictEqual(PriceImport.check({ ...whole, rejected: 1001 })?.reason, "Invalid")
  })
})
