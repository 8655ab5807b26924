/** The figures of deployments: latencies, percentiles, windows of limits; and how calls are shared out by them. */
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Duration, Effect, Fiber, Option, Random, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Chat } from "../../src/domain/Capability.ts"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import type { RateLimits } from "../../src/domain/RateLimits.ts"
import * as Price from "../../src/catalog/Price.ts"
import * as Usage from "../../src/domain/Usage.ts"
import * as ChatModel from "../../src/model/ChatModel.ts"
import * as Group from "../../src/router/Group.ts"
import { PeakEwma } from "../../src/router/live/Ewma.ts"
import { Percentiles } from "../../src/router/live/Percentiles.ts"
import { RollingSum } from "../../src/router/live/RollingSum.ts"
import * as Strategy from "../../src/router/Strategy.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"

const millis = Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))

describe("Percentiles", () => {
  it.prop(
    "are within 2.5 % of the sample, and a millisecond",
    { samples: Schema.NonEmptyArray(millis) },
    ({ samples }) => {
      const percentiles = new Percentiles()
      for (const sample of samples) percentiles.add(sample)
      const sorted = samples.toSorted((a, b) => a - b)
      for (const share of [0.5, 0.95, 0.99]) {
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
        assert.closeTo(percentiles.at(share) ?? 0, exact, exact * 0.025 + 1)
      }
    }
  )

  it("stay of one size, and follow the newest samples", () => {
    const percentiles = new Percentiles()
    for (let call = 0; call < 50_000; call++) percentiles.add(100)
    for (let call = 0; call < 30_000; call++) percentiles.add(1000)
    assert.closeTo(percentiles.at(0.5) ?? 0, 1000, 25)
  })
})

describe("PeakEwma", () => {
  it.prop(
    "never falls below the newest sample, nor rises above the largest",
    { samples: Schema.NonEmptyArray(millis) },
    ({ samples }) => {
      const ewma = new PeakEwma(10_000)
      for (const [index, sample] of samples.entries()) {
        ewma.add(sample, index * 100)
        assert.isAtLeast(ewma.value ?? 0, sample - 1e-6)
        assert.isAtMost(ewma.value ?? 0, Math.max(...samples) + 1e-6)
      }
    }
  )
})

describe("RollingSum", () => {
  const uses = Schema.Array(
    Schema.Struct({
      after: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3000 })),
      amount: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))
    })
  ).check(Schema.isMaxLength(40))

  it.prop(
    "permits no more than the limit in any window, and returns when there is room again",
    { uses },
    ({ uses }) => {
      const windowMillis = 10_000
      const limit = 12
      const sum = new RollingSum(windowMillis)
      const permitted: Array<{ readonly at: number; readonly amount: number }> = []
      let now = 5_000_000
      for (const { after, amount } of uses) {
        now += after
        const wait = sum.freeIn(amount, limit, now)
        assert.isBelow(wait, windowMillis * 1.11)
        if (wait > 0) {
          assert.isAbove(sum.freeIn(amount, limit, now + wait - 1), 0)
          // Looking ahead has moved the window on.
          now += wait
          assert.strictEqual(sum.freeIn(amount, limit, now), 0)
        }
        sum.add(amount, now)
        permitted.push({ at: now, amount })
      }
      for (const { at } of permitted) {
        const used = permitted
          .filter((one) => one.at >= at && one.at < at + windowMillis)
          .reduce((all, one) => all + one.amount, 0)
        assert.isAtMost(used, limit)
      }
    }
  )

  it.prop(
    "counts what calls really used for a window from their start, whenever it is corrected",
    {
      calls: Schema.Array(
        Schema.Struct({
          after: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4000 })),
          lasts: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 25_000 })),
          estimated: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })),
          used: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
        })
      ).check(Schema.isMaxLength(30))
    },
    ({ calls }) => {
      const windowMillis = 10_000
      const sum = new RollingSum(windowMillis)
      let begins = 5_000_000
      const begun = calls.map((call) => ({ ...call, at: (begins += call.after) }))
      const steps = begun
        .flatMap((call) => [
          { at: call.at, run: () => sum.add(call.estimated, call.at) },
          {
            at: call.at + call.lasts,
            run: () => sum.correct(call.used - call.estimated, call.at, call.at + call.lasts)
          }
        ])
        .toSorted((a, b) => a.at - b.at)
      const countedAt = (now: number, longest: number) =>
        begun
          .filter(({ at }) => at <= now && at > now - longest)
          .reduce((all, { at, estimated, lasts, used }) => all + (at + lasts <= now ? used : estimated), 0)
      steps.forEach(({ at, run }, index) => {
        run()
        if (steps[index + 1]?.at === at) return
        assert.isAtLeast(sum.sum(at), countedAt(at, windowMillis))
        assert.isAtMost(sum.sum(at), countedAt(at, windowMillis * 1.1 + 1))
      })
    }
  )
})

const response = (fields: Partial<ChatResponse> = {}) =>
  new ChatResponse({
    content: [{ type: "text", text: "fine" }],
    finishReason: "stop",
    usage: Usage.make({ input: 100, output: 10 }),
    warnings: [],
    attempts: [],
    ...fields
  })

const model = (id: string, connect: Duration.Input = 0, fields: Partial<ChatResponse> = {}) =>
  ScriptedModel.make<ProviderError>(() => ({ answer: response(fields), connect }), { id })

/** So many calls, one each so often, by a seed. */
const run = <E>(group: Group.Group<Chat, E>, calls: number, every: Duration.Input) =>
  Effect.gen(function* () {
    const fibers: Array<Fiber.Fiber<unknown, E>> = []
    for (let call = 0; call < calls; call++) {
      fibers.push(yield* Effect.forkChild(group.generate("Hi")))
      yield* TestClock.adjust(every)
    }
    yield* TestClock.adjust("5 minutes")
    yield* Effect.forEach(fibers, Fiber.join)
    return (yield* group.stats).map((one) => one.calls)
  }).pipe(Random.withSeed("a thousand calls"))

describe("1,000 calls", () => {
  it.effect("are shared by weight", () =>
    Effect.gen(function* () {
      const group = yield* Group.make("group", [
        { model: model("a/1"), weight: 6 },
        { model: model("b/2"), weight: 3 },
        { model: model("c/3"), weight: 1 }
      ])
      const [a = 0, b = 0, c = 0] = yield* run(group, 1000, 1)
      assert.closeTo(a, 600, 50)
      assert.closeTo(b, 300, 50)
      assert.closeTo(c, 100, 35)
    })
  )

  it.effect("go in turn", () =>
    Effect.gen(function* () {
      const group = yield* Group.make(
        "group",
        ["a/1", "b/2", "c/3", "d/4"].map((id) => ({ model: model(id) })),
        {
          strategy: Strategy.roundRobin
        }
      )
      assert.deepStrictEqual(yield* run(group, 1000, 1), [250, 250, 250, 250])
    })
  )

  it.effect("keep a slow deployment no busier than the fast one", () =>
    Effect.gen(function* () {
      const group = yield* Group.make("group", [{ model: model("a/fast", 100) }, { model: model("b/slow", 900) }], {
        strategy: Strategy.leastBusy
      })
      const [fast = 0, slow = 0] = yield* run(group, 1000, 20)
      assert.isAbove(fast, 700)
      assert.isAbove(slow, 50)
    })
  )

  it.effect("go to the fast by latency, and still try the slow", () =>
    Effect.gen(function* () {
      const group = yield* Group.make(
        "group",
        [{ model: model("a/fast", 100) }, { model: model("b/middle", 400) }, { model: model("c/slow", 4000) }],
        { strategy: Strategy.lowestLatency }
      )
      const [fast = 0, middle = 0, slow = 0] = yield* run(group, 1000, 50)
      assert.isAbove(fast, middle)
      assert.isBelow(slow, 50)
      assert.isAtLeast(slow, 1)
    })
  )

  it.effect("go to the cheapest, as long as its limit permits", () =>
    Effect.gen(function* () {
      const group = yield* Group.make(
        "group",
        [
          { model: model("a/dear"), price: Price.make({ input: 10, output: 10 }) },
          {
            model: model("b/cheap"),
            price: Price.make({ input: 1, output: 1 }),
            limits: { requests: 100, per: "10 seconds" }
          }
        ],
        { strategy: Strategy.lowestCost }
      )
      // 1,000 calls in 50 seconds: the cheap one takes about 10 a second.
      const [, cheap = 0] = yield* run(group, 1000, 50)
      assert.isAtMost(cheap, 600)
      assert.isAtLeast(cheap, 450)
      const [dear] = yield* group.stats
      assert.strictEqual(dear?.unpriced, 0)
    })
  )
})

describe("a price of the deployment's own", () => {
  it.effect("is that of the time at which the call begins, as with every price", () =>
    Effect.gen(function* () {
      const usage = Usage.make({ input: 1_000_000, output: 0 })
      const response = ChatResponse.of({ content: [], finishReason: "stop", usage, warnings: [], attempts: [] })
      const slow = ChatModel.make({
        id: "a/night",
        generate: () => Effect.delay(Effect.succeed(response), "2 hours"),
        stream: () =>
          Stream.fromEffect(
            Effect.delay(Effect.succeed({ type: "finish" as const, finishReason: "stop" as const, usage }), "2 hours")
          )
      })
      const night = { start: "00:30", end: "08:30", zone: "UTC", rates: { input: 1 } }
      const group = yield* Group.make("group", [{ model: slow, price: Price.make({ input: 4 }, { windows: [night] }) }])
      yield* TestClock.adjust("8 hours")
      for (const ask of ["generate", "stream"] as const) {
        const call =
          ask === "generate"
            ? Effect.map(group.generate("Hi"), ({ cost }) => cost)
            : Effect.map(Stream.runLast(group.stream("Hi")), (last) =>
                Option.isSome(last) && last.value.type === "finish" ? last.value.cost : undefined
              )
        const fiber = yield* Effect.forkChild(call)
        yield* TestClock.adjust("2 hours")
        const cost = yield* Fiber.join(fiber)
        assert.strictEqual(cost?._tag === "Priced" ? BigDecimal.format(cost.total) : cost?._tag, "1")
        yield* TestClock.adjust("22 hours")
      }
    })
  )
})

describe("rate-limit headers", () => {
  const rateLimits = (remaining: number): RateLimits => ({
    requests: { limit: 100, remaining, resetAfter: Duration.seconds(30) }
  })

  it.effect("determine the headroom, and a used-up limit leaves a deployment out until it resets", () =>
    Effect.gen(function* () {
      const group = yield* Group.make(
        "group",
        [
          { model: model("a/1", 0, { rateLimits: rateLimits(10) }) },
          { model: model("b/2", 0, { rateLimits: rateLimits(80) }) }
        ],
        { strategy: Strategy.mostHeadroom }
      )
      yield* Effect.forEach(Array.from({ length: 20 }), () => group.generate("Hi"))
      const [a, b] = yield* group.stats
      assert.isBelow(a?.calls ?? 0, 3)
      assert.closeTo(a?.headroom ?? 0, 0.1, 0.001)
      assert.closeTo(b?.headroom ?? 0, 0.8, 0.001)

      const empty = yield* Group.make("group", [
        { model: model("a/1", 0, { rateLimits: rateLimits(0) }) },
        { model: model("b/2"), order: 1 }
      ])
      yield* empty.generate("Hi")
      assert.match((yield* empty.explain("Hi")).leftOut[0]?.because ?? "", /rate limit of requests is used up for 30s/)
      yield* TestClock.adjust("30 seconds")
      assert.lengthOf((yield* empty.explain("Hi")).leftOut, 0)
    })
  )

  it.effect(
    "exclude a deployment for no longer than a `Retry-After` is honoured, even if the reset is years away",
    () =>
      Effect.gen(function* () {
        for (const [cooling, honoured] of [
          [{}, "1 hour"],
          [{ retryAfterLimit: "2 minutes" }, "2 minutes"]
        ] as const) {
          const years = { requests: { limit: 100, remaining: 0, resetAfter: Duration.days(20_000) } }
          const group = yield* Group.make(
            "group",
            [{ model: model("a/1", 0, { rateLimits: years }) }, { model: model("b/2"), order: 1 }],
            { cooling }
          )
          const served = Effect.map(group.generate("Hi"), ({ attempts }) => attempts.map(({ model }) => model))
          assert.deepStrictEqual(yield* served, ["a/1"])
          assert.deepStrictEqual(yield* served, ["b/2"])
          yield* TestClock.adjust(Duration.toMillis(honoured) - 1000)
          assert.deepStrictEqual(yield* served, ["b/2"])
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(yield* served, ["a/1"])
        }
      })
  )

  it.effect("and its own limits apply in every window, also after estimates that were too high", () =>
    Effect.gen(function* () {
      // Each call is expected to take 5,000 tokens, takes 110, and lasts 50 seconds.
      const group = yield* Group.make("group", [{ model: model("a/1", "50 seconds"), limits: { tokens: 10_200 } }])
      const request = { messages: "Hi", maxOutputTokens: 5000 } as const
      const begin = Effect.forkChild(Effect.result(group.generate(request)), { startImmediately: true })
      yield* begin
      yield* TestClock.adjust("70 seconds")
      const calls = yield* Effect.forEach(Array.from({ length: 6 }), () => begin)
      const [figures] = yield* group.stats
      assert.strictEqual(figures?.busy, 2)
      yield* TestClock.adjust("2 minutes")
      yield* Effect.forEach(calls, Fiber.join)
    })
  )
})
