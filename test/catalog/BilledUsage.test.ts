import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Result, Schema } from "effect"
import * as BilledUsage from "../../src/catalog/BilledUsage.ts"
import * as Cost from "../../src/catalog/Cost.ts"
import * as Price from "../../src/catalog/Price.ts"
import * as TimeWindow from "../../src/catalog/TimeWindow.ts"
import * as Usage from "../../src/domain/Usage.ts"

describe("BilledUsage", () => {
  it("puts every token under one meter, separated by text, audio, images and video", () => {
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

  it("separates audio from images among cache reads", () => {
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

describe("the parts of a usage", () => {
  const billedOf = (usage: Usage.Usage, units?: { readonly [meter: string]: number }) => {
    const billed = BilledUsage.make(usage, units)
    if (Result.isFailure(billed)) throw new Error(JSON.stringify(billed.failure))
    return billed.success
  }
  const amountsOf = (usage: Usage.Usage, units?: { readonly [meter: string]: number }) =>
    Object.fromEntries(billedOf(usage, units).amounts)

  it("are cache writes by their ttl, or five minutes if unknown", () => {
    const usage = Usage.make({ input: 100, cacheRead: 10, cacheWrite5m: 20, cacheWrite1h: 5, output: 0 })
    assert.deepStrictEqual(amountsOf(usage), { input: 65, cacheRead: 10, cacheWrite5m: 20, cacheWrite1h: 5 })
    assert.deepStrictEqual(amountsOf(Usage.make({ input: 100, cacheWrite: 20, output: 0 })), {
      input: 80,
      cacheWrite5m: 20
    })
  })

  it("are reasoning and citations, separate from the rest of the output", () => {
    const usage = Usage.make({ input: 0, output: 100, reasoning: 30 })
    assert.deepStrictEqual(amountsOf(usage, { citation: 7 }), { output: 63, reasoning: 30, citation: 7 })
  })

  it("are audio before images before video, up to the uncached tokens", () => {
    const cached = { input: 100, cacheRead: 60, output: 0 }
    const usage = (audio: number, image: number) => Usage.make({ ...cached, inputAudio: audio, inputImage: image })
    assert.deepStrictEqual(amountsOf(usage(50, 20)), { inputAudio: 40, cacheRead: 60 })
    assert.deepStrictEqual(amountsOf(usage(10, 50)), { inputAudio: 10, inputImage: 30, cacheRead: 60 })
    assert.deepStrictEqual(amountsOf(usage(10, 20), { inputVideo: 50 }), {
      inputAudio: 10,
      inputImage: 20,
      inputVideo: 10,
      cacheRead: 60
    })
  })

  it.prop(
    "add up to the totals, each token under one meter",
    [
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50 }))).check(
        Schema.isMinLength(9),
        Schema.isMaxLength(9)
      )
    ],
    ([[text, read, write5m, write1h, audio, image, video, output, reasoning]]) => {
      const input = text! + read! + write5m! + write1h! + audio! + image! + video!
      const amounts = amountsOf(
        Usage.make({
          input,
          cacheRead: read,
          cacheWrite5m: write5m,
          cacheWrite1h: write1h,
          inputAudio: audio,
          inputImage: image,
          output: output! + reasoning!,
          reasoning
        }),
        { inputVideo: video! }
      )
      const expected = {
        input: text,
        cacheRead: read,
        cacheWrite5m: write5m,
        cacheWrite1h: write1h,
        inputAudio: audio,
        inputImage: image,
        inputVideo: video,
        output,
        reasoning
      }
      assert.deepStrictEqual(
        amounts,
        Object.fromEntries(Object.entries(expected).filter(([, count]) => count !== 0)) as typeof amounts
      )
    }
  )

  it("are unknown on a side of which neither the total nor its main part is known", () => {
    const unknownOf = (inputTokens: Usage.Usage["inputTokens"], outputTokens: Usage.Usage["outputTokens"]) =>
      billedOf({ inputTokens, outputTokens }).unknown
    assert.deepStrictEqual(unknownOf({}, {}), ["input", "output"])
    assert.deepStrictEqual(unknownOf({ cacheRead: 1 }, { reasoning: 1 }), ["input", "output"])
    assert.deepStrictEqual(unknownOf({ total: 1 }, { total: 1 }), [])
    assert.deepStrictEqual(unknownOf({ uncached: 1 }, { text: 1 }), [])
  })

  it("need no uncached count: a total with cached tokens is enough", () => {
    const usage: Usage.Usage = { inputTokens: { total: 10, cacheRead: 4 }, outputTokens: { total: 0 } }
    assert.deepStrictEqual(amountsOf(usage), { input: 6, cacheRead: 4 })
  })

  it("are requests to tools by meter, and the names without one if there were any", () => {
    const usage = Usage.make(
      { input: 0, output: 0 },
      { toolRequests: { web_search: 1, web_searches: 2, toString: 3, moon_base: 0 } }
    )
    const { amounts, unmetered } = billedOf(usage, { webSearches: 4 })
    assert.deepStrictEqual([Object.fromEntries(amounts), unmetered], [{ webSearches: 7 }, ["toString"]])
  })

  it("are pages without the annotated ones among them", () => {
    const none = Usage.make({ input: 0, output: 0 })
    assert.deepStrictEqual(amountsOf(none, { pages: 3 }), { pages: 3 })
    assert.deepStrictEqual(amountsOf(none, { pages: 3, annotatedPages: 1 }), { pages: 2, annotatedPages: 1 })
    assert.deepStrictEqual(amountsOf(none, { annotatedPages: 1 }), { annotatedPages: 1 })
  })
})

describe("a usage that contradicts itself", () => {
  const messageOf = (usage: Usage.Usage, units?: { readonly [meter: string]: number }) => {
    const billed = BilledUsage.make(usage, units)
    return Result.isFailure(billed) && billed.failure._tag === "InvalidUsage" ? billed.failure.message : undefined
  }
  const input = (inputTokens: Usage.Usage["inputTokens"]): Usage.Usage => ({ inputTokens, outputTokens: { total: 0 } })
  const output = (outputTokens: Usage.Usage["outputTokens"]): Usage.Usage => ({
    inputTokens: { total: 0 },
    outputTokens
  })

  const tooManyCached = "more tokens read from and written to the cache than input tokens"
  const parts = "the parts of the input do not add up to its total"
  const writes = "more cache writes of 5 minutes and 1 hour than cache writes"
  const media = "more audio, image and video tokens than input tokens"
  const cachedMedia = "more audio and image tokens read from the cache than tokens read from it"
  const outputs = "the parts of the output exceed its total"
  type Case = readonly [
    message: string | undefined,
    usage: Usage.Usage,
    units?: { readonly [meter: string]: number } | undefined
  ]
  const cases: ReadonlyArray<Case> = [
    [tooManyCached, input({ total: 10, cacheRead: 6, cacheWrite: 5 })],
    [undefined, input({ total: 10, cacheRead: 5, cacheWrite: 5 })],
    [parts, input({ total: 10, uncached: 4, cacheRead: 4 })],
    [parts, input({ total: 10, uncached: 11 })],
    [undefined, input({ total: 10, uncached: 4, cacheRead: 4, cacheWrite: 2 })],
    [writes, input({ total: 10, cacheWrite: 5, cacheWrite5m: 3, cacheWrite1h: 3 })],
    [undefined, input({ total: 10, cacheWrite: 5, cacheWrite5m: 2, cacheWrite1h: 3 })],
    [media, input({ total: 10, audio: 5, image: 5 }), { inputVideo: 1 }],
    [undefined, input({ total: 10, audio: 5, image: 4 }), { inputVideo: 1 }],
    [cachedMedia, input({ total: 10, cacheRead: 5, cacheReadAudio: 3 }), { cacheReadImage: 3 }],
    [undefined, input({ total: 10, cacheRead: 5, cacheReadAudio: 3 }), { cacheReadImage: 2 }],
    [outputs, output({ total: 10, reasoning: 3, audio: 3, image: 3 }), { citation: 1, outputVideo: 1 }],
    [undefined, output({ total: 10, reasoning: 3, audio: 3, image: 2 }), { citation: 1, outputVideo: 1 }],
    ["the count of total is -1, but must be a finite number of at least zero", input({ total: -1 })],
    ["the count of pages is NaN, but must be a finite number of at least zero", input({}), { pages: Number.NaN }]
  ]
  it("is refused with the reason, and one at the limit is not", () => {
    for (const [message, usage, units] of cases) assert.strictEqual(messageOf(usage, units), message)
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

  it("is exact to the second", () => {
    const open = (time: string) =>
      TimeWindow.isOpen({ start: "08:00:30", end: "08:01:10", rates: {} }, at(`2026-11-30T${time}Z`))
    assert.deepStrictEqual(["08:00:29", "08:00:30", "08:01:09", "08:01:10"].map(open), [false, true, true, false])
  })

  it("reads the time zone of the days only where the window has days or exceptions", () => {
    const noon = at("2026-11-30T12:00:00Z")
    const nowhere = { ...window, dayZone: "Mars/Olympus" }
    assert.isTrue(TimeWindow.isOpen(nowhere, noon))
    assert.isFalse(TimeWindow.isOpen({ ...nowhere, days: [1] }, noon))
    assert.isFalse(TimeWindow.isOpen({ ...nowhere, except: [] }, noon))
  })

  it("is in UTC where no zone is given, and where UTC is", () => {
    for (const zone of [undefined, "UTC", "Etc/UTC"]) {
      const open = (time: string) => TimeWindow.isOpen({ ...window, zone }, at(`2026-11-30T${time}Z`))
      assert.deepStrictEqual(["07:59:59", "08:00:00", "19:59:59", "20:00:00"].map(open), [false, true, true, false])
    }
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
