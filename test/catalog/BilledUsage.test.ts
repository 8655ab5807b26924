import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Result } from "effect"
import * as BilledUsage from "../../src/catalog/BilledUsage.ts"
import * as Cost from "../../src/catalog/Cost.ts"
import * as Price from "../../src/catalog/Price.ts"
import * as TimeWindow from "../../src/catalog/TimeWindow.ts"
import * as Usage from "../../src/domain/Usage.ts"

describe("BilledUsage", () => {
  it("puts every token under one meter: text, audio, images and video apart", () => {
    const usage = Usage.make({
      input: 1000,
      inputAudio: 300,
      inputImage: 20,
      output: 100,
      outputAudio: 40,
      outputImage: 7
    })
    const billed = BilledUsage.make(usage, { inputVideo: 50, outputVideo: 3 })
    assert.isTrue(Result.isSuccess(billed))
    if (Result.isFailure(billed)) return
    assert.deepStrictEqual(Object.fromEntries(billed.success.amounts), {
      input: 630,
      inputAudio: 300,
      inputImage: 20,
      inputVideo: 50,
      output: 50,
      outputAudio: 40,
      outputImage: 7,
      outputVideo: 3
    })
  })

  it("tells audio from images among what was read from a cache", () => {
    const usage = Usage.make({ input: 1000, cacheRead: 500, cacheReadAudio: 200, inputAudio: 260, inputImage: 90 })
    const billed = BilledUsage.make(usage, { cacheReadImage: 70 })
    assert.isTrue(Result.isSuccess(billed))
    if (Result.isFailure(billed)) return
    assert.deepStrictEqual(Object.fromEntries(billed.success.amounts), {
      input: 420,
      inputAudio: 60,
      inputImage: 20,
      cacheRead: 230,
      cacheReadAudio: 200,
      cacheReadImage: 70
    })
  })
})

describe("TimeWindow.isOpen", () => {
  const at = (text: string) => DateTime.makeUnsafe(text)
  const window = { start: "08:00", end: "20:00", rates: {} }

  it("counts Sunday as the seventh day", () => {
    const sunday = at("2026-11-29T12:00:00Z")
    const monday = at("2026-11-30T12:00:00Z")
    const open = (days: ReadonlyArray<number>, day: DateTime.Utc) => TimeWindow.isOpen({ ...window, days }, day)
    assert.deepStrictEqual([open([7], sunday), open([7], monday)], [true, false])
    assert.deepStrictEqual([open([1, 2, 3, 4, 5, 6], sunday), open([1], monday)], [false, true])
    assert.isFalse(open([0], sunday))
  })
})

describe("prices by date", () => {
  it("holds from the first instant of its first day", () => {
    const version = (from: string | undefined, input: number) => ({ ...Price.make({ input }).versions[0]!, from })
    const price: Price.Price = { versions: [version(undefined, 1), version("2026-11-01", 2)] }
    const total = (at: string) => {
      const cost = Cost.of(Usage.make({ input: 1_000_000, output: 0 }), price, { at: DateTime.makeUnsafe(at) })
      return cost._tag === "Priced" ? BigDecimal.format(cost.total) : cost.reason._tag
    }
    assert.strictEqual(total("2026-10-31T23:59:59.999Z"), "1")
    assert.strictEqual(total("2026-11-01T00:00:00.000Z"), "2")
    assert.strictEqual(total("2026-11-02T00:00:00.000Z"), "2")
  })
})
