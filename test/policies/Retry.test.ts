import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Duration, Effect, Exit, Pull, Random, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { AuthenticationError, NetworkError } from "../../src/domain/CallErrors.ts"
import { OverloadedError, RateLimitError, ServerError } from "../../src/domain/ChatResponse.ts"
import * as ChatModel from "../../src/policies/ChatModel.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as Retry from "../../src/policies/Retry.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import { letTimePass, attemptRows } from "./attemptRows.ts"

const server = new ServerError({})
const asksFor = (millis: number) => new RateLimitError({ retryAfter: Duration.millis(millis) })

/** The delays that a policy gives for the errors, in milliseconds, until it is done. Attempts take no time. */
const delays = (policy: Schedule.Schedule<unknown, unknown>, errors: Iterable<unknown>) =>
  Effect.gen(function* () {
    const step = yield* Schedule.toStep(policy)
    const given: Array<number> = []
    let now = 0
    for (const error of errors) {
      const next = yield* Pull.catchDone(step(now, error), () => Effect.succeed(undefined))
      if (next === undefined) break
      given.push(Duration.toMillis(next[1]))
      now += Duration.toMillis(next[1])
    }
    return given
  })

const times = (n: number, error: unknown) => Array.from({ length: n }, () => error)

describe("Retry.make", () => {
  it.effect("without jitter doubles the delay up to the cap", () =>
    Effect.gen(function* () {
      const policy = Retry.make({ base: "1 second", cap: "5 seconds", jitter: "none", times: 6 })
      assert.deepStrictEqual(yield* delays(policy, times(10, server)), [1000, 2000, 4000, 5000, 5000, 5000])
    })
  )

  it.effect("with jitter draws each delay evenly between zero and that, reproducibly by seed", () =>
    Effect.gen(function* () {
      const policy = Retry.make({ base: "1 second", cap: "5 seconds", times: 4 })
      const drawn = delays(policy, times(4, server)).pipe(Random.withSeed("seed"))
      const randoms = yield* Effect.all([Random.next, Random.next, Random.next, Random.next]).pipe(
        Random.withSeed("seed")
      )
      const expected = [1000, 2000, 4000, 5000].map((delay, index) => Math.floor(delay * randoms[index]!))
      assert.deepStrictEqual(yield* drawn, expected)
      assert.deepStrictEqual(yield* drawn, expected)
    })
  )

  it.effect("`Retry-After` is a lower bound of the delay, also past the cap", () =>
    Effect.gen(function* () {
      const policy = Retry.make({ base: 1000, cap: 2000, jitter: "none", times: 9, retryAfterLimit: "1 minute" })
      const errors = [
        asksFor(0),
        asksFor(1500),
        asksFor(7000),
        new OverloadedError({ retryAfter: Duration.millis(3000) }),
        new ServerError({ retryAfter: Duration.minutes(1) }),
        new NetworkError({})
      ]
      assert.deepStrictEqual(yield* delays(policy, errors), [1000, 2000, 7000, 3000, 60000, 2000])
    })
  )

  it.effect("jitter cannot undercut it", () =>
    Effect.gen(function* () {
      const policy = Retry.make({ base: 10, cap: 10, times: 50, total: "1 day" })
      for (const delay of yield* delays(policy, times(50, asksFor(1000)))) assert.strictEqual(delay, 1000)
    })
  )

  it.effect("does not wait for a `Retry-After` past the limit", () =>
    Effect.gen(function* () {
      const policy = Retry.make({ jitter: "none", retryAfterLimit: "10 seconds" })
      assert.deepStrictEqual(yield* delays(policy, [asksFor(10_000), asksFor(10_001)]), [10_000])
      const tight = Retry.make({ jitter: "none", base: 1000, total: "5 seconds" })
      assert.deepStrictEqual(yield* delays(tight, [server, asksFor(4001)]), [1000])
    })
  )

  it.effect("retries only retryable errors", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* delays(Retry.make({ jitter: "none" }), [new AuthenticationError({})]), [])
      assert.deepStrictEqual(yield* delays(Retry.make({ jitter: "none" }), ["anything"]), [])
    })
  )

  it.effect("`while` replaces that check, here and in ChatModel.retry", () =>
    Effect.gen(function* () {
      const options = { while: (error: unknown) => error instanceof AuthenticationError }
      const model = ScriptedModel.make([new AuthenticationError({}), server])
      const retried = model.pipe(ChatModel.retry(Retry.make({ base: 1, ...options }), options))
      assert.strictEqual(yield* letTimePass(Effect.flip(retried.generate("hi"))), server)
      assert.strictEqual(model.calls.length, 2)
    })
  )

  it.effect("the total counts from the beginning of the call, first attempt included", () =>
    Effect.gen(function* () {
      for (const [connect, asked] of [
        [3000, 2],
        [3001, 1]
      ] as const) {
        const model = ScriptedModel.make({ connect, error: server })
        const policy = Retry.make({ base: 1000, jitter: "none", total: "4 seconds" })
        yield* letTimePass(Effect.flip(model.pipe(ChatModel.retry(policy)).generate("hi")))
        assert.strictEqual(model.calls.length, asked)
      }
    })
  )

  it.effect("the total is the same for a call at any time of the clock, and an attempt may begin at its very end", () =>
    Effect.gen(function* () {
      const policy = Retry.make({ base: 1000, cap: 1000, jitter: "none", times: 9, total: "3 seconds" })
      for (const start of ["0 seconds", "5 hours", "2 seconds"] as const) {
        yield* TestClock.adjust(start)
        const model = ScriptedModel.make(() => server)
        yield* letTimePass(Effect.flip(model.pipe(ChatModel.retry(policy)).generate("hi")))
        const first = model.calls[0]!.startedAtMillis
        assert.deepStrictEqual(
          model.calls.map(({ startedAtMillis }) => startedAtMillis - first),
          [0, 1000, 2000, 3000]
        )
      }
    })
  )

  it.effect("outputs its delays", () =>
    Effect.gen(function* () {
      const step = yield* Schedule.toStep(Retry.make({ base: 1000, jitter: "none" }))
      const [output, delay] = yield* step(0, asksFor(1500))
      assert.deepStrictEqual([output, delay], [Duration.millis(1500), Duration.millis(1500)])
    })
  )

  const millis = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

  it.effect.prop(
    "delays are bounded, attempts are bounded, and none begins after the total",
    {
      base: millis(5000),
      cap: millis(10_000),
      times: millis(6),
      total: millis(40_000),
      limit: millis(8000),
      tries: Schema.Array(Schema.Struct({ lasts: millis(3000), asks: Schema.optional(millis(12_000)) })).check(
        Schema.isMinLength(1),
        Schema.isMaxLength(8)
      ),
      seed: Schema.Int
    },
    Effect.fnUntraced(function* ({ base, cap, limit, seed, times, total, tries }) {
      const turn = (call: number) => tries[call % tries.length]!
      const model = ScriptedModel.make((_, call) => {
        const { asks, lasts } = turn(call)
        const retryAfter = asks === undefined ? undefined : Duration.millis(asks)
        return { connect: lasts, error: new RateLimitError({ retryAfter }) }
      })
      const policy = Retry.make({ base, cap, times, total, retryAfterLimit: limit })
      const exit = yield* letTimePass(Effect.exit(model.pipe(ChatModel.retry(policy)).generate("hi"))).pipe(
        Random.withSeed(seed)
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.isAtMost(model.calls.length, times + 1)
      const start = model.calls[0]!.startedAtMillis
      for (const [index, call] of model.calls.entries()) {
        if (index === 0) continue
        const waited = call.startedAtMillis - model.calls[index - 1]!.ended!
        const asked = turn(index - 1).asks ?? 0
        assert.isAtLeast(waited, asked)
        assert.isAtMost(asked, limit)
        assert.isAtMost(waited, Math.max(asked, Math.min(cap, base * 2 ** (index - 1))))
        assert.isAtMost(call.startedAtMillis - start, total)
      }
    }),
    { arbitrary: { runs: 100 } }
  )
})

describe("Retry.standard", () => {
  it.effect("makes at most four attempts, with growing delays", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < 20; seed++) {
        const given = yield* delays(Retry.standard, times(10, server)).pipe(Random.withSeed(seed))
        assert.strictEqual(given.length, 3)
        for (const [index, delay] of given.entries()) assert.isAtMost(delay, 500 * 2 ** index)
      }
    })
  )

  it.effect("honours `Retry-After` up to a minute, and fails at once beyond", () =>
    Effect.gen(function* () {
      const busy = ScriptedModel.make(asksFor(60_001), { id: "a/busy" })
      const other = ScriptedModel.make("hello", { id: "b/other" })
      const chain = Fallback.make([busy.pipe(ChatModel.retry(Retry.standard)), other])
      assert.deepStrictEqual(attemptRows((yield* chain.generate("hi")).attempts), [
        ["a/busy", "RateLimitError", 0, undefined],
        ["b/other", undefined, 0, undefined]
      ])
      assert.deepStrictEqual(yield* delays(Retry.standard, [asksFor(60_000)]), [60_000])
    })
  )

  it("accepts the errors of any model", () => {
    expectTypeOf(Retry.standard).toExtend<Schedule.Schedule<Duration.Duration, ServerError | "anything">>()
  })
})
