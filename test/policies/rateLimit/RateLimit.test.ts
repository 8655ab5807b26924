/** What a limit does to calls, in the memory of one process. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { AuthenticationError } from "../../../src/domain/CallErrors.ts"
import { RateLimitError } from "../../../src/domain/ChatResponse.ts"
import { LocalRateLimitError, PolicyStoreError } from "../../../src/domain/PolicyErrors.ts"
import { isFallbackable, isRetryable, retryAfter } from "../../../src/domain/ProviderError.ts"
import { withFields } from "../../../src/domain/ResponseFields.ts"
import type { Decision } from "../../../src/policies/Decision.ts"
import * as Fallback from "../../../src/policies/Fallback.ts"
import * as Model from "../../../src/policies/Model.ts"
import { onEnd } from "../../../src/policies/OnEnd.ts"
import * as RateLimit from "../../../src/policies/RateLimit.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import { answers, type CallRecord, chats, fails, forEveryCall, scripted, whole } from "../capabilities.ts"
import { ask, counter, isDone, model, observed, type Started } from "./calls.ts"

const run = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, RateLimit.layerStoreMemory)

/** Runs a call to its end. */
const finish = <A, E, R>(effect: Effect.Effect<A, E, R>, within: Duration.Input = "10 seconds") =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust(within)
    return yield* Fiber.await(fiber)
  })

const refusal = (exit: Exit.Exit<unknown, unknown>): LocalRateLimitError => {
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  assert.instanceOf(error, LocalRateLimitError)
  return error as LocalRateLimitError
}

const chat = whole(chats)

const millisOf = ({ retryAfter }: LocalRateLimitError) => retryAfter && Duration.toMillis(retryAfter)

describe("requests", () => {
  forEveryCall("wait for their turn in no attempt's time", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const failed: Array<number> = []
        const limited = scripted(call, [{ ...fails, wait: 700 }])
          .pipe(RateLimit.make({ requests: 1, per: "10 seconds", wait: "1 minute" }))
          .pipe(onEnd(({ attempts }) => Effect.sync(() => failed.push(Duration.toMillis(attempts[0]!.duration)))))
        yield* finish(
          Effect.all([call.run(limited), call.run(limited)].map(Effect.exit), { concurrency: 2 }),
          "20 seconds"
        )
        assert.deepStrictEqual(failed, [700, 700])
      }).pipe(run)
    )
  )

  forEveryCall("give back what a call has taken where `onPass` throws", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        let breaks = true
        const onPass = () => {
          if (breaks) throw new Error("broken")
          return undefined
        }
        const limited = scripted(call, [answers]).pipe(RateLimit.make({ requests: 1, concurrency: 1, onPass }))
        assert.isTrue(Exit.hasDies(yield* finish(call.run(limited))))
        breaks = false
        assert.isTrue(Exit.isSuccess(yield* finish(call.run(limited))))
      }).pipe(run)
    )
  )

  forEveryCall("lets as many pass as the limit permits, and says when the next may", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const calls: Array<CallRecord> = []
        const limited = scripted(call, [answers], calls).pipe(RateLimit.make({ requests: 2, per: "1 minute" }))
        for (const _ of [1, 2]) assert.isTrue(Exit.isSuccess(yield* finish(call.run(limited))))
        const error = refusal(yield* finish(call.run(limited)))
        assert.deepInclude(error, { key: "lab/0", limit: "requests", allowed: 2, requested: 1 })
        assert.strictEqual(millisOf(error), 40_000)
        assert.isTrue(isRetryable(error) && isFallbackable(error) && retryAfter(error) === error.retryAfter)
        assert.strictEqual(calls.length, 2)
        yield* TestClock.adjust("30 seconds")
        assert.isTrue(Exit.isSuccess(yield* finish(call.run(limited))))
      }).pipe(run)
    )
  )

  forEveryCall("gives back what a call has taken that is left while `onPass` runs", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const calls: Array<CallRecord> = []
        let hangs = true
        const onPass = () => (hangs ? Effect.never : Effect.void)
        const limited = scripted(call, [answers], calls).pipe(RateLimit.make({ requests: 1, per: "1 minute", onPass }))
        const left = yield* Effect.forkChild(call.run(limited))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(left)
        assert.strictEqual(calls.length, 0)
        hangs = false
        assert.isTrue(Exit.isSuccess(yield* finish(call.run(limited))))
        assert.strictEqual(millisOf(refusal(yield* finish(call.run(limited)))), 50_000)
      }).pipe(run)
    )
  )

  it.effect("waits no longer than `wait`, and not at all if that is in vain", () =>
    Effect.gen(function* () {
      const decisions: Array<Decision> = []
      const limited = model().pipe(RateLimit.make({ key: "k", requests: 1, per: "10 seconds", wait: "15 seconds" }))
      const fibers = yield* Effect.forEach([1, 2, 3], () =>
        Effect.forkChild(Effect.exit(observed(limited.generate(ask(0)), decisions)))
      )
      yield* TestClock.adjust("10 seconds")
      const [first, second, third] = fibers.map(isDone)
      assert.deepStrictEqual([first, second, third], [true, true, true])
      const error = refusal(yield* Fiber.join(fibers[2]!))
      assert.strictEqual(millisOf(error), 10_000)
      assert.sameDeepMembers(decisions, [
        { type: "limit-waited", key: "k", limit: "requests", wait: Duration.seconds(10) },
        { type: "limit-refused", key: "k", limit: "requests" }
      ])
    }).pipe(run)
  )

  it.effect("counts each attempt of a retry around it", () =>
    Effect.gen(function* () {
      const calls: Array<CallRecord> = []
      const failing = scripted(chat, [fails], calls).pipe(RateLimit.make({ requests: 2, per: "1 hour" }))
      const retried = Model.retry(failing, Retry.make({ times: 5, jitter: "none" }))
      assert.isTrue(Exit.isFailure(yield* finish(chat.run(retried), "1 minute")))
      assert.strictEqual(calls.length, 2)
    }).pipe(run)
  )

  it.effect("sends a call that is refused to the next model of a chain", () =>
    Effect.gen(function* () {
      const [a, b]: [Array<Started>, Array<Started>] = [[], []]
      const chain = Fallback.make([model(a, "lab/a").pipe(RateLimit.make({ requests: 1 })), model(b, "lab/b")])
      for (const _ of [1, 2, 3]) yield* chain.generate("0 1")
      assert.deepStrictEqual([a.length, b.length], [1, 2])
    }).pipe(run)
  )
})

describe("places", () => {
  forEveryCall("holds one until the call is over, however it ends", (call) =>
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const slow = { ...answers, wait: 700 } as const
        const breaks = { ...slow, end: "server", after: 3 } as const
        const limit = RateLimit.make({ concurrency: 1, key: "k" })
        const isTaken = Effect.map(
          Effect.exit(limit(scripted(call, [answers])).pipe(call.run, Effect.timeout(1))),
          (exit) =>
            Option.match(Exit.findErrorOption(exit), {
              onNone: () => false,
              onSome: (error) => error instanceof LocalRateLimitError
            })
        )
        const taken = Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(isTaken)
          yield* TestClock.adjust(1)
          return yield* Fiber.join(fiber)
        })
        for (const turn of [slow, breaks]) {
          const fiber = yield* Effect.forkChild(Effect.exit(call.run(limit(scripted(call, [turn])))))
          yield* TestClock.adjust("900 millis")
          assert.isTrue(yield* taken)
          yield* TestClock.adjust("1 minute")
          assert.strictEqual(Exit.isSuccess(yield* Fiber.join(fiber)), turn === slow)
          assert.isFalse(yield* taken)
        }
        const fiber = yield* Effect.forkChild(call.run(limit(scripted(call, [slow]))))
        yield* TestClock.adjust("500 millis")
        assert.isTrue(yield* taken)
        yield* Fiber.interrupt(fiber)
        assert.isFalse(yield* taken)
        yield* finish(call.leave(limit(scripted(call, [slow])), 2))
        assert.isFalse(yield* taken)
      }).pipe(run)
    )
  )

  it.effect("passes them on to waiting calls, first come, first served", () =>
    Effect.gen(function* () {
      const started: Array<Started> = []
      const limited = model(started).pipe(RateLimit.make({ concurrency: 2, wait: "1 hour" }))
      const fibers = yield* Effect.forEach([1, 2, 3, 4, 5, 6], (tokens) =>
        Effect.forkChild(limited.generate(ask(1000, tokens)))
      )
      yield* TestClock.adjust("3 seconds")
      yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(
        started.map(({ atMillis, inFlight, text }) => [text, atMillis, inFlight]),
        [1, 2, 3, 4, 5, 6].map((tokens, index) => [
          `1000 ${tokens}`,
          Math.floor(index / 2) * 1000,
          tokens === 1 ? 1 : 2
        ])
      )
    }).pipe(run)
  )

  it.effect("are not left behind by waiters that are interrupted at any moment", () =>
    Effect.gen(function* () {
      const started: Array<Started> = []
      const limited = model(started).pipe(
        RateLimit.make({ concurrency: 1, requests: 4, per: "1 minute", wait: "30 seconds" })
      )
      const holder = yield* Effect.forkChild(limited.generate(ask(10_000)))
      yield* TestClock.adjust(1)
      const waiters = yield* Effect.forEach([1, 2, 3, 4], () => Effect.forkChild(limited.generate(ask(0))))
      yield* TestClock.adjust(1)
      // The one at turn, one behind it, and one at the moment at which the place becomes free.
      yield* Fiber.interrupt(waiters[0]!)
      yield* Fiber.interrupt(waiters[2]!)
      yield* Effect.forkChild(Effect.andThen(Effect.sleep(9998), Fiber.interrupt(waiters[1]!)))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(holder)
      yield* Fiber.join(waiters[3]!)
      // The place is free, and only the requests that were sent are taken.
      while (started.length < 4) yield* limited.generate(ask(0))
      assert.strictEqual(refusal(yield* finish(limited.generate(ask(0)), "31 seconds")).limit, "requests")
    }).pipe(run)
  )
})

describe("tokens", () => {
  const limited = (tokens: number, options: Omit<RateLimit.Settings, "counter"> = {}) =>
    model().pipe(RateLimit.make({ tokens, per: "1 minute", counter, ...options }))

  it.effect("are estimated before and corrected after", () =>
    Effect.gen(function* () {
      const twice = (request: unknown) => Effect.map(counter(request), (tokens) => tokens * 2)
      const policy = RateLimit.make({ inputTokens: 100, per: "1 minute", counter: twice })
      const chat = policy(model())
      const first = yield* Effect.forkChild(chat.generate(ask(1000, 40)))
      yield* TestClock.adjust(1)
      // 80 are reserved.
      assert.strictEqual(refusal(yield* Effect.exit(chat.generate(ask(0, 15)))).requested, 30)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(first)
      // 40 were used: 60 are left, and a call of 30 uses 30 and not 60.
      yield* chat.generate(ask(0, 30))
      yield* chat.generate(ask(0, 15))
      const error = refusal(yield* Effect.exit(chat.generate(ask(0, 8))))
      assert.deepInclude(error, { limit: "tokens", allowed: 100, requested: 16 })
      assert.strictEqual(millisOf(error), 58_999)
    }).pipe(run)
  )

  forEveryCall(
    "count what was reported by calls that failed or were interrupted, and what refused ones did not take",
    (call) =>
      it.effect(call.name, () =>
        Effect.gen(function* () {
          const estimated = (_: unknown) => Effect.succeed(5000)
          const policy = RateLimit.make({ key: "k", inputTokens: 10_000, per: "1 hour", counter: estimated })
          /** How many tokens are left, by what the store still grants. */
          const store = yield* RateLimit.RateLimitStore
          const left = Effect.gen(function* () {
            let [low, high] = [0, 10_001]
            while (high - low > 1) {
              const amount = (low + high) >> 1
              const claim = {
                type: "rate",
                key: "inputTokens/3600000/k",
                limit: 10_000,
                millis: 3_600_000,
                amount
              } as const
              const { granted } = yield* store.acquire({
                id: "probe",
                claims: [claim],
                waits: false,
                ticket: undefined
              })
              if (granted) yield* store.settle({ id: "probe", ticket: undefined, settlements: [{ claim, amount: 0 }] })
              if (granted) low = amount
              else high = amount
            }
            return low
          })
          yield* finish(call.run(policy(scripted(call, [answers]))))
          assert.strictEqual(yield* left, 9000)
          const refusing = Model.make({
            id: "lab/0",
            kind: call.kind,
            generate: () => Effect.fail(new AuthenticationError({ provider: "lab", status: 401 }))
          })
          yield* finish(policy(refusing).generate(call.request))
          assert.strictEqual(yield* left, 9000)
          // Nobody knows what a server that failed had counted: the estimate stays.
          yield* finish(call.run(policy(scripted(call, [fails]))))
          assert.strictEqual(yield* left, 4000)
          yield* TestClock.adjust("1 hour")
          yield* finish(call.run(policy(scripted(call, [{ ...answers, end: "cut", after: 3 }]))))
          assert.strictEqual(yield* left, 9000)
          const interrupted = yield* Effect.forkChild(call.run(policy(scripted(call, [{ ...answers, wait: 700 }]))))
          yield* TestClock.adjust("900 millis")
          yield* Fiber.interrupt(interrupted)
          assert.strictEqual(yield* left, call.isStream ? 8000 : 4000)
        }).pipe(run)
      )
  )

  it.effect("that a limit never permits fail at once, and a guessed output is no reason", () =>
    Effect.gen(function* () {
      const error = refusal(yield* Effect.exit(limited(100, { wait: "1 hour" }).generate(ask(0, 101))))
      assert.deepInclude(error, { requested: 101, allowed: 100, retryAfter: undefined })
      assert.isFalse(isRetryable(error))
      yield* limited(100).generate(ask(0, 99))
      const long = { ...ask(0, 1), maxOutputTokens: 100 }
      assert.strictEqual(refusal(yield* Effect.exit(limited(100).generate(long))).requested, 101)
    }).pipe(run)
  )
})

describe("several limits", () => {
  it.effect("all apply, and a call that one refuses takes nothing of the others", () =>
    Effect.gen(function* () {
      const limited = model().pipe(
        RateLimit.make({
          limits: [
            { key: "all", requests: 3, per: "1 minute" },
            { key: ({ request }) => request.user && `user ${request.user}`, requests: 1, per: "1 minute" }
          ]
        })
      )
      yield* limited.generate(ask(0, 1, "ann"))
      for (const _ of [1, 2, 3]) {
        assert.strictEqual(refusal(yield* Effect.exit(limited.generate(ask(0, 1, "ann")))).key, "user ann")
      }
      yield* limited.generate(ask(0, 1, "bob"))
      yield* limited.generate(ask(0))
      assert.strictEqual(refusal(yield* Effect.exit(limited.generate(ask(0)))).key, "all")
    }).pipe(run)
  )

  it.effect("let other users pass while one waits for its own limit", () =>
    Effect.gen(function* () {
      const limited = model().pipe(
        RateLimit.make({
          limits: [
            { key: "all", concurrency: 2 },
            { key: ({ request }) => request.user, requests: 1, per: "1 minute" }
          ],
          wait: "2 minutes"
        })
      )
      yield* limited.generate(ask(0, 1, "ann"))
      const ann = yield* Effect.forkChild(limited.generate(ask(0, 1, "ann")))
      yield* TestClock.adjust(1)
      yield* limited.generate(ask(0, 1, "bob"))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(ann)
    }).pipe(run)
  )

  it("must be positive integers", () => {
    const wrong = [0, -1, 1.5, NaN, Infinity]
    for (const value of wrong) {
      for (const meter of ["requests", "tokens", "inputTokens", "outputTokens", "concurrency"]) {
        assert.throws(
          () => RateLimit.make({ [meter]: value }),
          RangeError,
          `\`${meter}\` must be a positive whole number`
        )
      }
    }
    assert.throws(() => RateLimit.make({}), RangeError, "at least one of requests")
    assert.throws(() => RateLimit.make({ limits: [] }), RangeError, "at least one limit")
    for (const per of [0, NaN, "-1 seconds", Infinity] as const) {
      assert.throws(() => RateLimit.make({ requests: 1, per }), RangeError, "`per` must be")
    }
    assert.throws(() => RateLimit.make({ requests: 1, wait: "soon" as never }), RangeError, "`wait` must be")
  })
})

describe("what the provider reports", () => {
  const refused = (retryAfter: Duration.Duration | undefined) =>
    Model.make({
      id: "lab/chat",
      kind: chat.kind,
      generate: () => Effect.fail(new RateLimitError({ provider: "lab", retryAfter }))
    })

  it.effect("of a 429 applies to all calls with the same key", () =>
    Effect.gen(function* () {
      const limit = RateLimit.make({ key: "k", requests: 1000 })
      yield* Effect.exit(limit(refused(Duration.seconds(20))).generate("Hi"))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(millisOf(refusal(yield* Effect.exit(limit(model()).generate(ask(0))))), 15_000)
      yield* TestClock.adjust("15 seconds")
      yield* limit(model()).generate(ask(0))
    }).pipe(run)
  )

  it.effect("of the remaining amount applies until it resets", () =>
    Effect.gen(function* () {
      const limit = RateLimit.make({ key: "k", requests: 1000, per: "1 minute" })
      const says = (remaining: number) =>
        Model.mapResponse(model(), (response) =>
          withFields(response, { rateLimits: { requests: { remaining, resetAfter: Duration.seconds(3) } } })
        )
      yield* limit(says(2)).generate(ask(0))
      yield* limit(model()).generate(ask(0))
      yield* limit(model()).generate(ask(0))
      assert.strictEqual(millisOf(refusal(yield* Effect.exit(limit(model()).generate(ask(0))))), 3000)
      yield* TestClock.adjust("3 seconds")
      yield* limit(model()).generate(ask(0))
    }).pipe(run)
  )

  it.effect("is ignored with `learn: false`", () =>
    Effect.gen(function* () {
      const limit = RateLimit.make({ key: "k", requests: 1000, learn: false })
      yield* Effect.exit(limit(refused(Duration.seconds(20))).generate("Hi"))
      yield* limit(model()).generate(ask(0))
    }).pipe(run)
  )
})

describe("a store that is down", () => {
  const broken = (access: Effect.Effect<never, PolicyStoreError>) =>
    Layer.succeed(RateLimit.RateLimitStore, {
      acquire: () => access,
      settle: () => access,
      renew: () => access,
      onFreed: () => () => undefined
    })
  const error = new PolicyStoreError({ policy: "RateLimit", cause: new Error("down") })
  const stores = { fails: Effect.fail(error), hangs: Effect.never }

  for (const [name, access] of Object.entries(stores)) {
    forEveryCall(`that ${name} lets calls pass, or fail, by choice and in time`, (call) =>
      it.effect(call.name, () =>
        Effect.gen(function* () {
          const decisions: Array<Decision> = []
          const options = { requests: 1, concurrency: 1, storeTimeout: "2 seconds" } as const
          const quick = scripted(call, [answers])
          const allowed = call.run(quick.pipe(RateLimit.make(options)))
          assert.isTrue(Exit.isSuccess(yield* finish(observed(allowed, decisions), "5 seconds")))
          const refused = yield* finish(
            call.run(quick.pipe(RateLimit.make({ ...options, whenStoreFails: "fail" }))),
            "2 seconds"
          )
          assert.instanceOf(Option.getOrUndefined(Exit.findErrorOption(refused)), PolicyStoreError)
          assert.deepStrictEqual(decisions.slice(0, 1), [{ type: "store-failed", policy: "RateLimit" }])
        }).pipe(Effect.provide(broken(access)))
      )
    )
  }

  it.effect("delays one call, not all of them", () =>
    Effect.gen(function* () {
      const limited = model().pipe(RateLimit.make({ requests: 1, storeTimeout: "2 seconds" }))
      yield* finish(limited.generate(ask(0)), "2 seconds")
      yield* limited.generate(ask(0))
      yield* limited.generate(ask(0))
    }).pipe(Effect.provide(broken(Effect.never)))
  )
})

describe("types", () => {
  it("add exactly the errors that can happen", () => {
    const limited = model().pipe(RateLimit.make({ requests: 1 }))
    const strict = model().pipe(RateLimit.make({ requests: 1, whenStoreFails: "fail" }))
    const _limited: Model.Error<typeof limited> extends LocalRateLimitError ? true : false = true
    const _strict: PolicyStoreError extends Model.Error<typeof strict> ? true : false = true
    assert.isTrue(_limited && _strict)
  })
})
