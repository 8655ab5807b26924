import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime } from "effect"
import * as Cost from "../../src/catalog/Cost.ts"
import * as Price from "../../src/catalog/Price.ts"
import type { TierPrice } from "../../src/catalog/Price.ts"
import * as RateCard from "../../src/catalog/RateCard.ts"
import type { CostFlag } from "../../src/domain/Cost.ts"

import type { TimeWindow } from "../../src/catalog/TimeWindow.ts"
import * as Usage from "../../src/domain/Usage.ts"

const noon = "2026-11-18T12:00:00Z"

const rate = (
  price: Price.Price,
  meter: string,
  where: {
    readonly at?: string
    readonly inputTokens?: number
    readonly serviceTier?: string
    readonly region?: string
  } = {}
): string | undefined => {
  const card = RateCard.make(price, {
    at: DateTime.makeUnsafe(where.at ?? noon),
    inputTokens: where.inputTokens ?? 0,
    serviceTier: where.serviceTier,
    region: where.region
  })
  const found = card?.rateOf(meter)
  return found === undefined ? undefined : BigDecimal.format(found)
}

describe("thresholds", () => {
  const long = { input: 4, output: 18 }
  const above = Price.make({ input: 2, output: 12, cacheRead: 0.2 }, { thresholds: [{ above: 200_000, rates: long }] })
  const from = Price.make({ input: 2, output: 12 }, { thresholds: [{ above: 200_000, inclusive: true, rates: long }] })

  it("are passed only beyond the number", () => {
    assert.deepStrictEqual(
      [199_999, 200_000, 200_001].map((inputTokens) => rate(above, "input", { inputTokens })),
      ["2", "2", "4"]
    )
  })

  it("apply at the exact number if inclusive", () => {
    assert.deepStrictEqual(
      [199_999, 200_000, 200_001].map((inputTokens) => rate(from, "input", { inputTokens })),
      ["2", "4", "4"]
    )
  })

  it("apply to the whole request: output too, and the cache if it has a rate there", () => {
    assert.strictEqual(rate(above, "output", { inputTokens: 200_001 }), "18")
    assert.strictEqual(rate(above, "cacheRead", { inputTokens: 200_001 }), "0.2")
  })

  it("stack: of several that are passed the highest wins", () => {
    const price = Price.make(
      { input: 1, output: 1 },
      {
        thresholds: [
          { above: 128_000, rates: { input: 3 } },
          { above: 32_000, rates: { input: 2, output: 2 } }
        ]
      }
    )
    assert.deepStrictEqual(
      [1, 50_000, 500_000].map((inputTokens) => [
        rate(price, "input", { inputTokens }),
        rate(price, "output", { inputTokens })
      ]),
      [
        ["1", "1"],
        ["2", "2"],
        ["3", "2"]
      ]
    )
  })
})

describe("versions", () => {
  const price: Price.Price = {
    versions: [
      { rates: { input: 5 } },
      { from: "2026-03-13", rates: { input: 4 } },
      { from: "2026-08-16T16:00:00Z", rates: { input: 3 } }
    ]
  }

  it("begin at midnight UTC of their date, or at their instant", () => {
    assert.deepStrictEqual(
      ["2026-03-12T23:59:59Z", "2026-03-13T00:00:00Z", "2026-08-16T15:59:59Z", "2026-08-16T16:00:00Z"].map((at) =>
        rate(price, "input", { at })
      ),
      ["5", "4", "4", "3"]
    )
  })
})

describe("hours of the day", () => {
  const of = (window: Omit<TimeWindow, "rates">) =>
    Price.make({ input: 1 }, { windows: [{ ...window, rates: { input: 2 } }] })

  it("apply from their start to before their end", () => {
    const price = of({ start: "01:00", end: "04:00" })
    assert.deepStrictEqual(
      ["00:59:59", "01:00:00", "03:59:59", "04:00:00"].map((time) =>
        rate(price, "input", { at: `2026-11-18T${time}Z` })
      ),
      ["1", "2", "2", "1"]
    )
  })

  it("may pass midnight", () => {
    const price = of({ start: "16:30", end: "00:30" })
    assert.deepStrictEqual(
      ["16:29", "16:30", "23:59", "00:29", "00:30"].map((time) =>
        rate(price, "input", { at: `2026-11-18T${time}:00Z` })
      ),
      ["1", "2", "2", "2", "1"]
    )
    assert.strictEqual(rate(of({ start: "05:00", end: "05:00" }), "input"), "2")
  })

  it("may be limited to days of the week, in another time zone than the hours", () => {
    const price = of({ start: "15:00", end: "23:00", days: [6], dayZone: "Asia/Shanghai" })
    // 16:00 UTC is midnight in Shanghai: Saturday begins there on Friday.
    assert.strictEqual(rate(price, "input", { at: "2026-11-20T15:59:00Z" }), "1")
    assert.strictEqual(rate(price, "input", { at: "2026-11-20T16:00:00Z" }), "2")
    assert.strictEqual(rate(price, "input", { at: "2026-11-21T16:00:00Z" }), "1")
  })

  it("may be given in a time zone with summer time, and skip holidays", () => {
    const price = of({ start: "09:00", end: "17:00", zone: "Europe/Berlin", except: ["2026-12-25"] })
    assert.strictEqual(rate(price, "input", { at: "2026-07-01T07:00:00Z" }), "2")
    assert.strictEqual(rate(price, "input", { at: "2026-12-01T07:59:59Z" }), "1")
    assert.strictEqual(rate(price, "input", { at: "2026-12-25T10:00:00Z" }), "1")
  })
})

describe("a malformed price", () => {
  it("never throws: a version without a readable date never begins, a window in an unknown time zone never opens", () => {
    assert.isUndefined(rate(Price.make({ input: 1 }, { from: "soon" }), "input"))
    const nowhere = { start: "00:00", end: "00:00", rates: { input: 2 } }
    assert.strictEqual(
      rate(Price.make({ input: 1 }, { windows: [{ ...nowhere, zone: "Mars/Olympus" }] }), "input"),
      "1"
    )
    assert.strictEqual(
      rate(Price.make({ input: 1 }, { windows: [{ ...nowhere, days: [1], dayZone: "Mars/Olympus" }] }), "input"),
      "1"
    )
  })
})

describe("service tiers", () => {
  const price = Price.make(
    { input: 2.5, output: 15, webSearches: 10 },
    {
      thresholds: [{ above: 272_000, rates: { input: 5, output: 22.5 } }],
      tiers: {
        batch: { multiplier: 0.5 },
        flex: { rates: { input: 1.25, output: 7.5 } },
        priority: { rates: { input: 5, output: 30 } }
      }
    }
  )

  it("multiply or replace the rates, but no fee", () => {
    assert.strictEqual(rate(price, "input", { serviceTier: "batch" }), "1.25")
    assert.strictEqual(rate(price, "webSearches", { serviceTier: "batch" }), "10")
    assert.strictEqual(rate(price, "input", { serviceTier: "PRIORITY" }), "5")
    assert.strictEqual(rate(price, "input", { serviceTier: "ON_DEMAND_PRIORITY" }), "5")
    assert.strictEqual(rate(price, "input", { serviceTier: "default" }), "2.5")
  })

  it("keep their discount beyond a threshold; of a surcharge and long context the higher applies", () => {
    const inputTokens = 300_000
    assert.strictEqual(rate(price, "input", { serviceTier: "batch", inputTokens }), "2.5")
    assert.strictEqual(rate(price, "input", { serviceTier: "flex", inputTokens }), "2.5")
    assert.strictEqual(rate(price, "output", { serviceTier: "flex", inputTokens }), "11.25")
    assert.strictEqual(rate(price, "input", { serviceTier: "priority", inputTokens }), "5")
    assert.strictEqual(rate(price, "output", { serviceTier: "priority", inputTokens }), "30")
  })

  it("are those of the response, not of the request; a batch stays one", () => {
    const bill = (reportedTier: string | undefined, requestedTier: string | undefined) => {
      const cost = Cost.of(
        Usage.make({ input: 1_000_000, output: 0 }, { serviceTier: reportedTier }),
        Price.make({ input: 2, output: 1 }, { tiers: price.tiers }),
        {
          at: DateTime.makeUnsafe(noon),
          serviceTier: requestedTier
        }
      )
      return cost._tag === "Priced" ? [BigDecimal.format(cost.total), ...cost.flags.map((flag) => flag._tag)] : []
    }
    assert.deepStrictEqual(bill("default", "priority"), ["2"])
    assert.deepStrictEqual(bill("priority", "default"), ["5"])
    assert.deepStrictEqual(bill(undefined, "priority"), ["5"])
    assert.deepStrictEqual(bill("standard", "batch"), ["1"])
    assert.deepStrictEqual(bill("scale", undefined), ["2", "TierUnpriced"])
  })
})

describe("a tier with rates of its own", () => {
  const bill = (tier: TierPrice) => {
    const usage = Usage.make({ input: 2_000_000, cacheRead: 1_000_000, output: 0 })
    const price = Price.make({ input: 2, cacheRead: 0.2, output: 1 }, { tiers: { batch: tier } })
    const cost = Cost.of(usage, price, { at: DateTime.makeUnsafe(noon), serviceTier: "batch" })
    return cost._tag === "Priced" ? [BigDecimal.format(cost.total), cost.flags] : cost
  }
  const flag: CostFlag = { _tag: "TierUnpriced", tier: "batch", meter: "cacheRead" }

  it("bills missing rates at the standard rate, with a flag", () => {
    assert.deepStrictEqual(bill({ rates: { input: 1, output: 0.5 } }), ["1.2", [flag]])
  })

  it("has no flag if it has every rate, or a factor for the rest", () => {
    assert.deepStrictEqual(bill({ rates: { input: 1, cacheRead: 0.2 } }), ["1.2", []])
    assert.deepStrictEqual(bill({ rates: { input: 1 }, multiplier: 0.5 }), ["1.1", []])
  })
})

describe("regions", () => {
  const price = Price.make(
    { input: 2, requests: 5 },
    { regions: { us: 1.1, "*": 1.2 }, tiers: { batch: { multiplier: 0.5 } } }
  )

  it("multiply on top of everything but fees", () => {
    assert.strictEqual(rate(price, "input", { region: "US" }), "2.2")
    assert.strictEqual(rate(price, "input", { region: "us", serviceTier: "batch" }), "1.1")
    assert.strictEqual(rate(price, "input", { region: "europe-west4" }), "2.4")
    assert.strictEqual(rate(price, "input", { region: "global" }), "2")
    assert.strictEqual(rate(price, "requests", { region: "us" }), "5")
  })

  it("need a region of the call and a factor of the price, whichever of the two is absent", () => {
    assert.strictEqual(rate(price, "input"), "2")
    assert.strictEqual(rate(Price.make({ input: 2 }), "input", { region: "us" }), "2")
    assert.isUndefined(rate(price, "output", { region: "us" }))
  })

  it("are not meant by words for no region in particular", () => {
    for (const region of ["global", "GLOBAL", "not_available", ""]) {
      assert.strictEqual(rate(price, "input", { region }), "2", region)
    }
  })

  it("multiply the rate of a meter that the catalog does not know", () => {
    const own = Price.make({ sheets: 3 }, { regions: { us: 2 }, tiers: { batch: { multiplier: 0.5 } } })
    assert.strictEqual(rate(own, "sheets", { region: "us" }), "6")
    assert.strictEqual(rate(own, "sheets", { serviceTier: "batch" }), "1.5")
  })
})

describe("flags of a tier with rates of its own", () => {
  const cardOf = (tier: TierPrice, inputTokens: number, ...meters: ReadonlyArray<string>) => {
    const price = Price.make(
      { input: 2, output: 4, webSearches: 10, sheets: 1 },
      { thresholds: [{ above: 100, rates: { input: 3, cacheRead: 1 } }], tiers: { flex: tier } }
    )
    const card = RateCard.make(price, { at: DateTime.makeUnsafe(noon), inputTokens, serviceTier: "flex" })!
    const rates = meters.map((meter) => {
      const found = card.rateOf(meter)
      return found && BigDecimal.format(found)
    })
    return { rates, flags: card.flags, meters: card.meters }
  }
  const unpriced = (meter: string): CostFlag => ({ _tag: "TierUnpriced", tier: "flex", meter })

  it("name each meter without a rate once, however often its rate is looked up", () => {
    const { flags, rates } = cardOf({ rates: {} }, 0, "input", "output", "input", "sheets")
    assert.deepStrictEqual(rates, ["2", "4", "2", "1"])
    assert.deepStrictEqual(flags, [unpriced("input"), unpriced("output"), unpriced("sheets")])
  })

  it("name no fee, and no meter that has no standard rate either", () => {
    const { flags, rates } = cardOf({ rates: {} }, 0, "webSearches", "inputImage")
    assert.deepStrictEqual([rates, flags], [["10", undefined], []])
  })

  it("name the meter whose surcharge meets a long request", () => {
    const { flags, rates } = cardOf({ rates: { input: 5 } }, 101, "input")
    assert.deepStrictEqual(rates, ["5"])
    assert.deepStrictEqual(flags, [{ _tag: "TierBeyondThreshold", tier: "flex", meter: "input" }])
  })

  it("are absent if the tier has a rate beyond the threshold, which then applies", () => {
    const tier = { rates: { input: 5 }, thresholds: [{ above: 100, rates: { input: 7 } }] }
    assert.deepStrictEqual(cardOf(tier, 100, "input").rates, ["5"])
    const long = cardOf(tier, 101, "input")
    assert.deepStrictEqual([long.rates, long.flags], [["7"], []])
  })

  it("are absent if only the tier has a rate, or the standard has one only beyond the threshold", () => {
    const { flags, meters, rates } = cardOf(
      { rates: { inputImage: 6, cacheRead: 0.5 } },
      101,
      "inputImage",
      "cacheRead"
    )
    assert.deepStrictEqual([rates, flags], [["6", "0.5"], []])
    assert.deepStrictEqual([...meters].toSorted(), [
      "cacheRead",
      "input",
      "inputImage",
      "output",
      "sheets",
      "webSearches"
    ])
  })

  it("name a tier that the price does not have, without a meter", () => {
    const card = RateCard.make(Price.make({ input: 1 }), {
      at: DateTime.makeUnsafe(noon),
      inputTokens: 0,
      serviceTier: "priority"
    })
    assert.deepStrictEqual(card?.flags, [{ _tag: "TierUnpriced", tier: "priority" }])
  })
})

describe("the rate of a meter", () => {
  const found = (price: Price.Price, meter: string, serviceTier?: string) => {
    const card = RateCard.make(price, { at: DateTime.makeUnsafe(noon), inputTokens: 0, serviceTier })
    const { perUnit, rate, ...rest } = card?.find(meter) ?? assert.fail("no rates")
    return { ...rest, rate: rate && BigDecimal.format(rate), perUnit: perUnit && BigDecimal.format(perUnit) }
  }
  const price = Price.make({ input: 2, webSearches: 10, inputSeconds: 0.36 })

  it("is its own rate, else that of what it is a part of, for a number of units and for one", () => {
    const ofInput = { rate: "2", rateOf: "input", per: 1e6, perUnit: "0.000002", isFee: false, flags: [] }
    assert.deepStrictEqual(found(price, "input"), ofInput)
    assert.deepStrictEqual(found(price, "cacheReadAudio"), ofInput)
    const searches = { rate: "10", rateOf: "webSearches", per: 1000, perUnit: "0.01", isFee: true, flags: [] }
    assert.deepStrictEqual(found(price, "webSearches"), searches)
  })

  it("is not a decimal per unit if it is per hour", () => {
    const { perUnit, rate } = found(price, "inputSeconds")
    assert.deepStrictEqual([rate, perUnit], ["0.36", undefined])
  })

  it("is absent if neither has a rate", () => {
    const { rate, rateOf } = found(price, "reasoning")
    assert.deepStrictEqual([rate, rateOf], [undefined, "output"])
  })

  it("has the flags of every rate that was looked up, which the card then has once", () => {
    const tiered = Price.make({ input: 2 }, { tiers: { flex: { rates: { output: 1 } } } })
    const flag: CostFlag = { _tag: "TierUnpriced", tier: "flex", meter: "input" }
    assert.deepStrictEqual(found(tiered, "cacheRead", "flex").flags, [flag])
    const card = RateCard.make(tiered, { at: DateTime.makeUnsafe(noon), inputTokens: 0, serviceTier: "flex" })
    card?.find("cacheRead")
    card?.rateOf("input")
    assert.deepStrictEqual(card?.flags, [flag])
  })
})
