import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Schema } from "effect"
import * as Cost from "../../src/catalog/Cost.ts"
import * as Money from "../../src/catalog/Money.ts"
import * as Price from "../../src/catalog/Price.ts"
import { formatReason } from "../../src/domain/Cost.ts"
import * as Usage from "../../src/domain/Usage.ts"

const reasonOf = (cost: Cost.Cost): string => (cost._tag === "Unpriced" ? formatReason(cost.reason) : "priced")

const context: Cost.Context = { at: DateTime.makeUnsafe("2026-11-18T12:00:00Z") }
const usd = (text: string) => BigDecimal.fromStringUnsafe(text)

const total = (cost: Cost.Cost): string =>
  cost._tag === "Priced" ? BigDecimal.format(cost.total) : `unpriced: ${cost.reason._tag}`
const flags = (cost: Cost.Cost) => (cost._tag === "Priced" ? cost.flags : [])

const price = Price.make({ input: 2.5, output: 10, cacheRead: 1.25 }, { row: "openai/gpt-4o", asOf: "2026-09-23" })
const count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))
const Counts = Schema.Struct({ fresh: count, read: count, write: count, text: count, reasoning: count })

const usageOf = (counts: typeof Counts.Type): Usage.Usage =>
  Usage.make({
    input: counts.fresh,
    cacheRead: counts.read,
    cacheWrite: counts.write,
    cacheOutsideInput: true,
    output: counts.text,
    reasoning: counts.reasoning,
    reasoningOutsideOutput: true
  })

const full = Price.make({ input: 0.1, output: 0.7, cacheRead: 0.003, cacheWrite5m: 0.13, reasoning: 0.9 })
const priced = (cost: Cost.Cost): Cost.Priced => {
  if (cost._tag === "Unpriced") throw new Error(Cost.formatReason(cost.reason))
  return cost
}
const totalOf = (usage: Usage.Usage, price: Price.Price = full): BigDecimal.BigDecimal =>
  priced(Cost.of(usage, price, context)).total

describe("the cost of a call", () => {
  it("is exact where binary fractions are not", () => {
    const cost = Cost.of(Usage.make({ input: 3, output: 0 }), Price.make({ input: 0.1, output: 0.2 }), context)
    assert.strictEqual(total(cost), "0.0000003")
  })

  it("names its lines, the row and the day of the price", () => {
    const cost = priced(Cost.of(Usage.make({ input: 1000, cacheRead: 400, output: 50 }), price, context))
    assert.deepStrictEqual(
      cost.breakdown.map(({ amount, meter, quantity }) => [meter, quantity, BigDecimal.format(amount)]),
      [
        ["input", 600, "0.0015"],
        ["cacheRead", 400, "0.0005"],
        ["output", 50, "0.0005"]
      ]
    )
    assert.deepStrictEqual([cost.row, cost.asOf, cost.flags], ["openai/gpt-4o", "2026-09-23", []])
  })

  it("is unpriced, never zero, without a price, a rate or a count", () => {
    const usage = Usage.make({ input: 10, output: 10 })
    assert.strictEqual(total(Cost.of(usage, undefined, context)), "unpriced: NoPrice")
    assert.strictEqual(total(Cost.of(usage, Price.make({}), context)), "unpriced: NoPrice")
    assert.strictEqual(total(Cost.of(usage, Price.make({ input: 1 }), context)), "unpriced: NoRate")
    assert.strictEqual(total(Cost.of(Usage.unknown, price, context)), "unpriced: UnknownUsage")
    assert.strictEqual(total(Cost.of(Usage.make({ input: 5 }), price, context)), "unpriced: UnknownUsage")
    assert.strictEqual(
      total(Cost.of(usage, Price.make({ input: 1 }, { from: "2027-01-01" }), context)),
      "unpriced: NoPrice"
    )
    assert.strictEqual(
      total(Cost.of(usage, { versions: [], billing: "subscription" }, context)),
      "unpriced: Subscription"
    )
  })

  it("is zero if the model is free, the rate is zero or nothing was used", () => {
    const usage = Usage.make({ input: 10, output: 10 })
    assert.deepStrictEqual(flags(Cost.of(usage, Price.free, context)), [{ _tag: "Free" }])
    assert.strictEqual(total(Cost.of(usage, Price.make({ input: 0, output: 0 }), context)), "0")
    assert.strictEqual(total(Cost.of(Usage.make({ input: 0, output: 0 }), price, context)), "0")
  })

  it("needs no output count if output has no price (embeddings)", () => {
    assert.strictEqual(total(Cost.of(Usage.make({ input: 1_000_000 }), Price.make({ input: 0.02 }), context)), "0.02")
  })

  it("is the reported one, whatever the price", () => {
    const usage = Usage.make({ input: 10, output: 10 }, { reportedCost: "0.0041" })
    const cost = Cost.of(usage, undefined, context)
    assert.strictEqual(total(cost), "0.0041")
    assert.deepStrictEqual(flags(cost), [{ _tag: "Reported" }])
    assert.strictEqual(total(Cost.of({ ...usage, reportedCost: "?" }, price, context)), "0.000125")
  })

  it("bills cached tokens without a rate as input, with a flag", () => {
    const cost = Cost.of(
      Usage.make({ input: 100, cacheRead: 100, output: 0 }),
      Price.make({ input: 3, output: 1 }),
      context
    )
    assert.strictEqual(total(cost), "0.0003")
    assert.deepStrictEqual(flags(cost), [{ _tag: "Substituted", meter: "cacheRead", rateOf: "input" }])
  })

  it("bills reasoning and images without a rate as what they are part of, without a flag", () => {
    const usage = Usage.make({ input: 100, inputImage: 60, output: 100, reasoning: 90 })
    const cost = Cost.of(usage, Price.make({ input: 1, output: 2 }), context)
    assert.strictEqual(total(cost), "0.0003")
    assert.deepStrictEqual(flags(cost), [])
  })

  it("counts requests to tools, and flags one whose fee is unknown as missing", () => {
    const usage = Usage.make(
      { input: 0, output: 0 },
      { toolRequests: { web_search_requests: 3, moon_base_requests: 1 } }
    )
    const cost = Cost.of(usage, Price.make({ input: 1, output: 1, webSearches: 10 }), context)
    assert.strictEqual(total(cost), "0.03")
    assert.deepStrictEqual(flags(cost), [{ _tag: "FeeUnpriced", meter: "moon_base_requests" }])
    assert.isFalse(Cost.sum([cost]).complete)
    assert.strictEqual(total(Cost.of(usage, price, context)), "0")
    assert.deepStrictEqual(
      flags(Cost.of(usage, price, context)).map((flag) => flag._tag),
      ["FeeUnpriced", "FeeUnpriced"]
    )
  })

  it("bills seconds, characters, images and pages", () => {
    const rates = {
      inputSeconds: 0.36,
      outputCharacters: 15,
      outputImages: 0.04,
      "outputImages:2K": 0.08,
      pages: 4,
      annotatedPages: 5
    }
    const bill = (units: { readonly [meter: string]: number }) =>
      total(Cost.of(Usage.make({ input: 0, output: 0 }), Price.make(rates), { ...context, units }))
    assert.strictEqual(bill({ inputSeconds: 61.5 }), "0.00615")
    assert.strictEqual(bill({ outputCharacters: 2000 }), "0.03")
    assert.strictEqual(bill({ outputImages: 2, "outputImages:2K": 1 }), "0.16")
    assert.strictEqual(bill({ "outputImages:512": 1 }), "0.04")
    assert.strictEqual(bill({ pages: 37, annotatedPages: 12 }), "0.16")
    assert.strictEqual(bill({ pages: Number.NaN }), "unpriced: InvalidUsage")
  })

  it("bills images each or by their tokens, as the price has it, and never twice", () => {
    const usage = Usage.make({ input: 13, output: 300, outputImage: 300 }, { units: { outputImages: 2 } })
    const bill = (rates: { readonly [meter: string]: number }) => total(Cost.of(usage, Price.make(rates), context))
    assert.strictEqual(bill({ outputImages: 0.04 }), "0.08")
    assert.strictEqual(bill({ input: 1, outputImages: 0.04 }), "0.080013")
    assert.strictEqual(bill({ input: 1, output: 10 }), "0.003013")
    assert.strictEqual(bill({ input: 1, outputImage: 10, outputImages: 0.04 }), "0.003013")
    assert.strictEqual(bill({ outputSeconds: 0.18 }), "unpriced: NoRate")
  })

  it("bills a recording by its length or by its tokens, as the price has it", () => {
    const usage = Usage.make({ input: 13, output: 151 }, { units: { inputSeconds: 36 } })
    const bill = (rates: { readonly [meter: string]: number }) => total(Cost.of(usage, Price.make(rates), context))
    assert.strictEqual(bill({ inputSeconds: 0.18 }), "0.0018")
    assert.strictEqual(bill({ inputSeconds: 0.18, input: 1, output: 2 }), "0.002115")
    assert.strictEqual(bill({ outputSeconds: 0.18 }), "unpriced: NoRate")
  })

  it("is unknown, and not free, if nothing billed was counted", () => {
    const prices = [
      { inputSeconds: 0.36 },
      { outputImages: 40 },
      { searches: 2 },
      { inputCharacters: 15 },
      { pages: 1 }
    ]
    for (const rates of prices) {
      const [meter = ""] = Object.keys(rates)
      const price = Price.make(rates)
      for (const usage of [Usage.unknown, Usage.make({ input: 0, output: 0 })]) {
        assert.strictEqual(reasonOf(Cost.of(usage, price, context)), `the number of ${meter} is unknown`)
        assert.strictEqual(Cost.of(usage, price, { ...context, units: { [meter]: 1 } })._tag, "Priced")
      }
    }
    // Tokens that were counted as none cost nothing, and a request counts as one.
    assert.strictEqual(total(Cost.of(Usage.make({ input: 0, output: 0 }), Price.make({ input: 1 }), context)), "0")
    assert.strictEqual(Cost.of(Usage.unknown, Price.make({ requests: 1 }), context)._tag, "Priced")
  })

  it("bills at least the minimum quantity", () => {
    const whisper = Price.make({ inputSeconds: 0.36 }, { minimums: { inputSeconds: 10 } })
    const bill = (seconds: number) =>
      total(Cost.of(Usage.make({ input: 0, output: 0 }), whisper, { ...context, units: { inputSeconds: seconds } }))
    assert.deepStrictEqual([bill(3), bill(10), bill(20), bill(0)], ["0.001", "0.001", "0.002", "0"])
  })

  it("is Unpriced if the counts contradict each other", () => {
    const contradictions: ReadonlyArray<Usage.Usage> = [
      { inputTokens: { total: 10, uncached: 4, cacheRead: 4 }, outputTokens: { total: 1 } },
      { inputTokens: { total: 10, cacheRead: 11 }, outputTokens: { total: 1 } },
      { inputTokens: { total: 10, cacheWrite: 5, cacheWrite1h: 6 }, outputTokens: { total: 1 } },
      { inputTokens: { total: 10, audio: 11 }, outputTokens: { total: 1 } },
      { inputTokens: { total: 10, cacheRead: 2, cacheReadAudio: 3 }, outputTokens: { total: 1 } },
      { inputTokens: { total: 10 }, outputTokens: { total: 1, reasoning: 2 } }
    ]
    for (const usage of contradictions)
      assert.strictEqual(total(Cost.of(usage, price, context)), "unpriced: InvalidUsage")
  })

  it("survives its schema", () => {
    const cost = Cost.of(Usage.make({ input: 1000, cacheRead: 400, output: 50 }), price, context)
    const text = JSON.stringify(Schema.encodeSync(Cost.Cost)(cost))
    assert.isAbove(text.length, 0)
  })
})

describe("the lines of a cost", () => {
  const lines = (cost: Cost.Cost) =>
    priced(cost).breakdown.map(({ amount, meter, per, quantity, rate }) => [
      meter,
      quantity,
      BigDecimal.format(rate),
      per,
      BigDecimal.format(amount)
    ])
  const bill = (
    rates: { readonly [meter: string]: number },
    units: { readonly [meter: string]: number },
    minimums?: { readonly [meter: string]: number }
  ) => Cost.of(Usage.make({ input: 0, output: 0 }), Price.make(rates, { minimums }), { ...context, units })

  it("are one for all that the provider reports, from the provider and not from the price", () => {
    const usage = Usage.make({ input: 10, output: 10 }, { reportedCost: "0.25" })
    const cost = priced(Cost.of(usage, price, context))
    assert.deepStrictEqual(lines(cost), [["reported", 1, "0.25", 1, "0.25"]])
    assert.deepStrictEqual([cost.row, cost.source, cost.asOf], ["openai/gpt-4o", "reported by the provider", undefined])
  })

  it("are for as many units as the rate of each meter is for", () => {
    assert.deepStrictEqual(
      lines(bill({ outputImages: 3, pages: 4, sheets: 5 }, { outputImages: 2, pages: 10, sheets: 7 })),
      [
        ["outputImages", 2, "3", 1, "6"],
        ["pages", 10, "4", 1000, "0.04"],
        ["sheets", 7, "5", 1, "35"]
      ]
    )
    assert.deepStrictEqual(lines(bill({ outputPixels: 2 }, { outputPixels: 500_000 })), [
      ["outputPixels", 500_000, "2", 1e9, "0.001"]
    ])
    assert.deepStrictEqual(lines(bill({ inputSeconds: 1 }, { inputSeconds: 1 })), [
      ["inputSeconds", 1, "1", 3600, "2.77777777777777777777777778e-4"]
    ])
  })

  it("count every call as a request if requests are billed, unless they were counted", () => {
    const usage = Usage.make({ input: 0, output: 0 })
    const rates = Price.make({ input: 1, output: 1, requests: 5 })
    assert.strictEqual(total(Cost.of(usage, rates, context)), "0.005")
    assert.strictEqual(total(Cost.of(usage, rates, { ...context, units: { requests: 3 } })), "0.015")
    assert.deepStrictEqual(lines(Cost.of(usage, Price.make({ input: 1, output: 1 }), context)), [])
  })

  it("of a minimum are for the meter that it names, and only if that was used", () => {
    const rates = { inputSeconds: 3600, outputSeconds: 3600 }
    assert.strictEqual(total(bill(rates, { inputSeconds: 1, outputSeconds: 1 }, { inputSeconds: 4 })), "5")
    assert.strictEqual(total(bill(rates, { outputSeconds: 1 }, { inputSeconds: 4 })), "1")
  })

  it("leave out the tokens of a recording that is billed by its length, in any variant of the meters", () => {
    const usage = Usage.make({ input: 13, inputAudio: 5, output: 151 }, { units: { inputSeconds: 3600 } })
    assert.deepStrictEqual(lines(Cost.of(usage, Price.make({ inputSeconds: 2 }), context)), [
      ["inputSeconds", 3600, "2", 3600, "2"]
    ])
    const pages = { ...context, units: { "pages:large": 1 } }
    assert.strictEqual(total(Cost.of(usage, Price.make({ inputSeconds: 2 }), pages)), "unpriced: NoRate")
    const tokens = Usage.make({ input: 13, output: 1 })
    assert.strictEqual(total(Cost.of(tokens, Price.make({ inputSeconds: 2 }), context)), "unpriced: NoRate")
  })

  it("name the rate that stands in for a missing one, through the parents of its meter", () => {
    const usage = Usage.make({ input: 100, cacheWrite1h: 100, output: 0 })
    const substituted = (rates: { readonly [meter: string]: number }) =>
      flags(Cost.of(usage, Price.make({ ...rates, output: 1 }), context))
    const flag = (rateOf: string) => ({ _tag: "Substituted", meter: "cacheWrite1h", rateOf }) as const
    assert.deepStrictEqual(substituted({ input: 1, cacheWrite5m: 2 }), [flag("cacheWrite5m")])
    assert.deepStrictEqual(substituted({ input: 1 }), [flag("input")])
    assert.deepStrictEqual(substituted({ input: 1, cacheWrite1h: 3 }), [])
  })

  it("are missing for a fee without a rate, which is flagged by its meter", () => {
    const usage = Usage.make({ input: 0, output: 0 }, { toolRequests: { web_search: 2 } })
    const cost = Cost.of(usage, Price.make({ input: 1, output: 1 }), context)
    assert.deepStrictEqual([lines(cost), flags(cost)], [[], [{ _tag: "FeeUnpriced", meter: "webSearches" }]])
  })

  it("are by the units of the usage, of the context where both count the same", () => {
    const usage = Usage.make({ input: 0, output: 0 }, { units: { pages: 1000, outputImages: 1 } })
    const rates = Price.make({ pages: 1, outputImages: 10 })
    assert.strictEqual(total(Cost.of(usage, rates, context)), "11")
    assert.strictEqual(total(Cost.of(usage, rates, { ...context, units: { pages: 3000 } })), "13")
  })
})

describe("a cost that is unpriced", () => {
  it("names the row of the price, the side that is unknown, the meter and the reason", () => {
    const usage = Usage.make({ input: 10, output: 10 })
    const of = (usage: Usage.Usage, rates: { readonly [meter: string]: number }, rest = {}) =>
      Cost.of(usage, { ...Price.make(rates, { row: "a/b" }), ...rest }, context)
    const unpriced = (reason: Cost.Unpriced["reason"]) => ({ _tag: "Unpriced", reason, row: "a/b" }) as const
    assert.deepStrictEqual(of(usage, { input: 1 }), unpriced({ _tag: "NoRate", meter: "output" }))
    const side = (side: "input" | "output") => unpriced({ _tag: "UnknownUsage", side })
    assert.deepStrictEqual(of(Usage.make({ output: 1 }), { input: 1, output: 1 }), side("input"))
    assert.deepStrictEqual(of(Usage.make({ input: 1 }), { input: 1, output: 1 }), side("output"))
    assert.deepStrictEqual(of(usage, {}), unpriced({ _tag: "NoPrice" }))
    const message = "the rate of input is -1, but must be a finite number of at least zero"
    const negative = { versions: [{ rates: { input: -1 } }] }
    assert.deepStrictEqual(of(usage, { input: 1 }, negative), unpriced({ _tag: "InvalidUsage", message }))
    assert.deepStrictEqual(of(usage, { input: 1 }, { billing: "subscription" }), unpriced({ _tag: "Subscription" }))
    assert.deepStrictEqual(Cost.of(usage, undefined, context), { ...unpriced({ _tag: "NoPrice" }), row: undefined })
  })
})

describe("the laws of cost", () => {
  it.prop("the cost of a sum is the sum of the costs", [Counts, Counts], ([a, b]) => {
    const [one, other] = [usageOf(a), usageOf(b)]
    assert.isTrue(BigDecimal.equals(totalOf(Usage.add(one, other)), BigDecimal.sum(totalOf(one), totalOf(other))))
  })

  it.prop("more usage never costs less", [Counts, Counts], ([a, b]) => {
    const long = Price.make(
      { input: 1, output: 2, cacheRead: 0.1, cacheWrite5m: 1.25 },
      { thresholds: [{ above: 200_000, rates: { input: 2, output: 3, cacheRead: 0.2, cacheWrite5m: 2.5 } }] }
    )
    const one = usageOf(a)
    assert.isTrue(BigDecimal.isLessThanOrEqualTo(totalOf(one, long), totalOf(Usage.add(one, usageOf(b)), long)))
  })

  it.prop("the order of calls does not matter to their sum", [Schema.Array(Counts)], ([counts]) => {
    const costs = counts.map((one) => Cost.of(usageOf(one), full, context))
    assert.isTrue(BigDecimal.equals(Cost.sum(costs).total, Cost.sum(costs.toReversed()).total))
  })

  it.prop("the total is the sum of the lines", [Counts], ([counts]) => {
    const { breakdown, total } = priced(Cost.of(usageOf(counts), full, context))
    assert.isTrue(BigDecimal.equals(total, BigDecimal.sumAll(breakdown.map(({ amount }) => amount))))
  })

  it("loses nothing over a million calls", () => {
    const small = Cost.of(Usage.make({ input: 1, output: 1 }), Price.make({ input: 0.0000001, output: 0.15 }), context)
    const large = Cost.of(
      Usage.make({ input: 1_000_000_000, output: 0 }),
      Price.make({ input: 75, output: 1 }),
      context
    )
    const costs = function* () {
      for (let call = 0; call < 500_000; call++) {
        yield small
        yield large
      }
    }
    const sum = Cost.sum(costs())
    assert.strictEqual(BigDecimal.format(sum.total), "37500000000.07500005")
    assert.deepStrictEqual([sum.priced, sum.unpriced, sum.complete], [1_000_000, 0, true])
  })

  it("knows when a sum is not complete", () => {
    const usage = Usage.make({ input: 100, output: 0 })
    const sum = Cost.sum([Cost.of(usage, price, context), Cost.of(usage, undefined, context)])
    assert.deepStrictEqual([sum.priced, sum.unpriced, sum.complete], [1, 1, false])
    assert.strictEqual(BigDecimal.format(sum.byMeter.get("input") ?? usd("0")), "0.00025")
  })
})

describe("estimate and compare", () => {
  it("estimates from tokens to come", () => {
    const cost = Cost.estimate(1000, 500, price, context)
    assert.strictEqual(total(cost), "0.0075")
    assert.deepStrictEqual(flags(cost), [{ _tag: "Estimated" }])
    assert.strictEqual(total(Cost.estimate(1000, 500, undefined, context)), "unpriced: NoPrice")
  })

  it("counts no cache, and leaves an unpriced estimate as it is", () => {
    const cost = Cost.estimate(1000, 0, price, context)
    assert.deepStrictEqual(
      priced(cost).breakdown.map(({ meter, quantity }) => [meter, quantity]),
      [["input", 1000]]
    )
    assert.deepStrictEqual(Cost.estimate(1, 1, undefined, context), Cost.of(Usage.unknown, undefined, context))
  })

  it("puts models that are retired on the day of the call after all others, each cheapest first", () => {
    const day = (deprecated: string | boolean | undefined, price: Price.Price | undefined) => ({ deprecated, price })
    const models = [
      day("2026-11-18", full),
      day(true, full),
      day(undefined, undefined),
      day("2026-11-19", price),
      day(false, full)
    ]
    assert.deepStrictEqual(
      Cost.compare(models, Usage.make({ input: 1000, output: 10 }), context).map(({ model }) => models.indexOf(model)),
      [4, 3, 2, 0, 1]
    )
  })

  it("orders costs by their total, and the unpriced after them, equal among themselves", () => {
    const cheap = Cost.estimate(1, 1, price, context)
    const dear = Cost.estimate(2, 1, price, context)
    const none = Cost.estimate(1, 1, undefined, context)
    assert.deepStrictEqual(
      [
        [cheap, dear],
        [dear, cheap],
        [cheap, cheap],
        [none, none],
        [cheap, none],
        [none, cheap]
      ].map(([a, b]) => Cost.Order(a!, b!)),
      [-1, 1, 0, 0, -1, 1]
    )
  })

  it("sums by meter over calls and over rates of different precision", () => {
    const usage = Usage.make({ input: 1000, cacheRead: 400, output: 50 })
    const sum = Cost.sum([
      Cost.of(usage, price, context),
      Cost.of(usage, full, context),
      Cost.of(usage, price, context)
    ])
    assert.deepStrictEqual(
      Array.from(sum.byMeter, ([meter, amount]) => [meter, BigDecimal.format(amount)]),
      [
        ["input", "0.00306"],
        ["cacheRead", "0.0010012"],
        ["output", "0.001035"]
      ]
    )
    assert.strictEqual(BigDecimal.format(sum.total), "0.0050962")
    const empty = Cost.sum([])
    assert.deepStrictEqual([empty.priced, empty.unpriced, empty.complete, empty.byMeter.size], [0, 0, true, 0])
    assert.strictEqual(BigDecimal.format(empty.total), "0")
  })

  it("puts the cheapest first and the unpriced last, and ignores what another provider reported", () => {
    const models = [{ id: "none" }, { id: "dear", price }, { id: "cheap", price: full }]
    const usage = Usage.make({ input: 1000, output: 10 }, { reportedCost: "9" })
    assert.deepStrictEqual(
      Cost.compare(models, usage, context).map(({ model }) => model.id),
      ["cheap", "dear", "none"]
    )
  })
})

describe("in words", () => {
  it("writes money so that a small amount never reads as none", () => {
    const amounts = [
      "0",
      "0.5",
      "12.345",
      "12.355",
      "0.000123456",
      "1234567.891",
      "0.0999",
      "0.00000000012",
      "0.00000000000000000012",
      "-3",
      "1200"
    ]
    assert.deepStrictEqual(
      amounts.map((amount) => Money.format(usd(amount))),
      [
        "$0.00",
        "$0.50",
        "$12.34",
        "$12.36",
        "$0.000123",
        "$1,234,567.89",
        "$0.0999",
        "$0.00000000012",
        "$0.00000000000000000012",
        "-$3.00",
        "$1,200.00"
      ]
    )
    assert.strictEqual(Money.format(usd("0.0123456"), { digits: 5 }), "$0.012346")
  })

  it("has a sentence for every flag and reason", () => {
    const all = [
      ...[
        { _tag: "Reported" } as const,
        { _tag: "Free" } as const,
        { _tag: "Cached" } as const,
        { _tag: "Coalesced" } as const,
        { _tag: "Estimated" } as const,
        { _tag: "Substituted", meter: "cacheRead", rateOf: "input" } as const,
        { _tag: "TierUnpriced", tier: "x" } as const,
        { _tag: "TierBeyondThreshold", tier: "x", meter: "input" } as const,
        { _tag: "FeeUnpriced", meter: "webSearches" } as const
      ].map(Cost.formatFlag),
      ...[
        { _tag: "NoPrice" } as const,
        { _tag: "NoRate", meter: "input" } as const,
        { _tag: "UnknownUsage", side: "input" } as const,
        { _tag: "UnknownUsage", side: "input", meter: "inputSeconds" } as const,
        { _tag: "InvalidUsage", message: "more than all" } as const,
        { _tag: "Subscription" } as const
      ].map(Cost.formatReason)
    ]
    assert.strictEqual(new Set(all).size, 15)
    for (const sentence of all) assert.isAbove(sentence.length, 0)
  })
})
