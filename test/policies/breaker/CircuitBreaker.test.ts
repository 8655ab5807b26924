/** The breaker under virtual time, with its state in memory. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Duration, Effect, Exit, Fiber, Schedule, Schema } from "effect"
import { CircuitBreaker as Store } from "effect/persistence"
import { TestClock } from "effect/testing"
import { AllFailedError } from "../../../src/domain/AllFailedError.ts"
import * as Errors from "../../../src/index.ts"
import type { Capability } from "../../../src/domain/Capability.ts"
import {
  type AttemptError,
  PartialEmbeddingError,
  PolicyError,
  ProviderError
} from "../../../src/domain/ChatResponse.ts"
import * as CircuitBreaker from "../../../src/policies/CircuitBreaker.ts"
import * as Fallback from "../../../src/policies/Fallback.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import { answers, type Call, type CallRecord, forEveryCall, piecesOf, scripted, type Turn } from "../capabilities.ts"
import { chainOf } from "../chains.ts"
import { dollars, priced } from "../priced.ts"
import { acting, decisions, inMemory, manual, outcome, start } from "./breakers.ts"

const provider = "lab"
const twice = CircuitBreaker.make({ trip: { consecutive: 2 }, open: "5 seconds" })
const server = new Errors.ServerError({ provider })
const invalid = new Errors.InvalidRequestError({ provider, status: 400 })

describe("the state machine", () => {
  const Step = Schema.Union([
    Schema.Struct({ type: Schema.Literals(["start", "start"]) }),
    Schema.Struct({
      type: Schema.Literals(["end", "end"]),
      which: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
      how: Schema.Literals(["passes", "fails", "fails", "is refused", "is left"])
    }),
    Schema.Struct({ type: Schema.Literal("wait"), millis: Schema.Literals([1, 2500, 4999, 5000]) })
  ])
  const Steps = Schema.Array(Step).check(Schema.isMinLength(5), Schema.isMaxLength(60))

  /** What a breaker that opens after two failures in a row, for five seconds, is to do. */
  class Reference {
    state: "closed" | "open" | "half-open" = "closed"
    epoch = 0
    streak = 0
    openUntil = 0
    probing = false

    start(now: number): { readonly epoch: number } | { readonly refusedFor: number | undefined } {
      if (this.state === "open" && now < this.openUntil) return { refusedFor: this.openUntil - now }
      if (this.state === "half-open" && this.probing) return { refusedFor: undefined }
      if (this.state !== "closed") this.move("half-open", true)
      return { epoch: this.epoch }
    }

    end(epoch: number, how: "passes" | "fails" | "is refused" | "is left", now: number): void {
      if (epoch !== this.epoch || this.state === "open") return
      const saysNothing = how === "is refused" || how === "is left"
      if (this.state === "half-open" && saysNothing) this.probing = false
      if (saysNothing) return
      this.streak = how === "fails" ? this.streak + 1 : 0
      if (this.state === "half-open" && how === "passes") this.move("closed", false)
      else if (how === "fails" && (this.state === "half-open" || this.streak === 2)) {
        this.openUntil = now + 5000
        this.move("open", false)
      }
    }

    move(state: this["state"], probing: boolean): void {
      this.state = state
      this.probing = probing
      this.streak = 0
      this.epoch++
    }
  }

  it.effect.prop(
    "admits, refuses, opens and closes like a reference model, with overlapping calls",
    { steps: Steps },
    ({ steps }) =>
      inMemory(
        Effect.gen(function* () {
          const reference = new Reference()
          const { calls, model, response } = manual<AttemptError>()
          const guarded = twice(model)
          const running: Array<{
            readonly epoch: number
            readonly index: number
            readonly leave: Effect.Effect<void>
          }> = []
          for (const step of steps) {
            const now = yield* Clock.currentTimeMillis
            if (step.type === "wait") {
              yield* TestClock.adjust(step.millis)
            } else if (step.type === "start") {
              const expected = reference.start(now)
              const made = calls.length
              const call = yield* start(guarded.generate("Hi"))
              if ("epoch" in expected) {
                assert.strictEqual(calls.length, made + 1, "the call reaches the model")
                running.push({ epoch: expected.epoch, index: made, leave: call.leave })
              } else {
                assert.strictEqual(calls.length, made, "the call does not reach the model")
                const error = yield* Effect.flip(Fiber.join(call.fiber))
                assert.instanceOf(error, Errors.CircuitOpenError)
                assert.strictEqual(error.circuit, "lab/0")
                const millis = error.retryAfter && Duration.toMillis(error.retryAfter)
                assert.strictEqual(millis, expected.refusedFor)
              }
            } else {
              const [one] = running.splice(step.which % Math.max(1, running.length), 1)
              const call = one && calls[one.index]
              if (one === undefined || call === undefined) continue
              if (step.how === "is left") yield* one.leave
              else {
                const exit =
                  step.how === "passes" ? Exit.succeed(response) : Exit.fail(step.how === "fails" ? server : invalid)
                yield* Deferred.done(call, exit)
                yield* TestClock.adjust(0)
              }
              reference.end(one.epoch, step.how, now)
            }
          }
        })
      ),
    { arbitrary: { runs: 150 } }
  )
})

describe("what counts", () => {
  const tagged = (errors: ReadonlyArray<AttemptError>) => errors.map((error) => [error._tag, error] as const)
  const attempt = (error: AttemptError) => ({ model: "lab/0", error, duration: Duration.zero })
  const chain = (...errors: ReadonlyArray<AttemptError>) =>
    new AllFailedError({ models: ["lab/0"], attempts: errors.map(attempt) })

  const counted: ReadonlyArray<readonly [string, unknown]> = [
    ...tagged([
      server,
      new Errors.OverloadedError({ provider }),
      new Errors.NetworkError({ provider }),
      new Errors.TimeoutError({ provider, phase: "first-token", duration: Duration.seconds(1) }),
      new Errors.ResponseParseError({ provider }),
      new Errors.RateLimitError({ provider })
    ]),
    ["a chain that the provider failed last", chain(invalid, server)],
    ["a chain whose last model was not even called", chain(server, new Errors.CircuitOpenError({ circuit: "b" }))],
    [
      "a part of a request that the server failed",
      new PartialEmbeddingError({ reason: server, embeddings: [], usage: Errors.Usage.unknown })
    ]
  ]
  const ignored: ReadonlyArray<readonly [string, unknown]> = [
    ...tagged([
      new Errors.AuthenticationError({ provider }),
      new Errors.PermissionDeniedError({ provider }),
      new Errors.QuotaExceededError({ provider }),
      invalid,
      new Errors.UnsupportedParameterError({ provider, parameter: "seed" }),
      new Errors.ContextWindowExceededError({ provider }),
      new Errors.ContentPolicyError({ provider }),
      new Errors.ModelNotFoundError({ provider }),
      new Errors.EndpointNotFoundError({ provider }),
      new Errors.LocalRateLimitError({ key: "a", limit: "requests", allowed: 1, requested: 1 }),
      new Errors.PolicyStoreError({ policy: "RateLimit" }),
      new Errors.GuardrailError({ guard: "a", at: "request", reason: "no" }),
      new Errors.ValidationError({ reasons: ["no"] }),
      new Errors.CircuitOpenError({ circuit: "inner" })
    ]),
    ["a request that is larger than the limit", new Errors.RateLimitError({ provider, requested: 2, allowed: 1 })],
    ["a chain that refused the request", chain(invalid, invalid)],
    ["a chain that only our policies refused", chain(new Errors.CircuitOpenError({ circuit: "a" }))],
    ["an error of the application", { _tag: "AppError" }]
  ]

  const stateAfter = (error: unknown, options: CircuitBreaker.Options = {}) =>
    inMemory(
      Effect.gen(function* () {
        const { model } = acting(() => Effect.fail(error))
        const guarded = CircuitBreaker.make({ trip: { consecutive: 2 }, ...options })(model)
        yield* outcome(guarded.generate("Hi"))
        yield* outcome(guarded.generate("Hi"))
        const store = yield* Store.CircuitBreakerStore
        return (yield* store.state("lab/0"))._tag
      })
    )

  it.effect.each(counted)("%s", ([, error]) =>
    Effect.map(stateAfter(error), (state) => assert.strictEqual(state, "Open"))
  )
  it.effect.each(ignored)("not %s", ([, error]) =>
    Effect.map(stateAfter(error), (state) => assert.strictEqual(state, "Closed"))
  )

  it("is tested for every error of a model", () => {
    const tags = [...ProviderError.members, ...PolicyError.members].map(({ identifier }) => identifier)
    const covered = new Set([...counted, ...ignored].map(([tag]) => tag))
    // These two hold a response or money; they are as the others of their kind.
    for (const tag of tags)
      assert.include([...covered, "StreamInterruptedError", "BudgetExceededError", "ResponseTooLargeError"], tag)
  })

  it.effect("rate limits by choice, and anything by `isFailure`", () =>
    Effect.gen(function* () {
      const busy = new Errors.RateLimitError({ provider, retryAfter: Duration.minutes(1) })
      assert.strictEqual(yield* stateAfter(busy, { rateLimits: "ignore" }), "Closed")
      const isInvalid = (error: unknown) => (error === invalid ? true : error === server ? false : undefined)
      assert.strictEqual(yield* stateAfter(invalid, { isFailure: isInvalid }), "Open")
      assert.strictEqual(yield* stateAfter(server, { isFailure: isInvalid }), "Closed")
      assert.strictEqual(yield* stateAfter(busy, { isFailure: isInvalid }), "Open")
    })
  )

  it.effect("no interrupted calls, however many", () =>
    inMemory(
      Effect.gen(function* () {
        const { calls, model } = manual()
        const guarded = twice(model)
        const callers = yield* Effect.forEach(Array.from({ length: 8 }), () => start(guarded.generate("Hi")))
        yield* Effect.forEach(callers, ({ leave }) => leave)
        assert.strictEqual(calls.length, 8)
        yield* start(guarded.generate("Hi"))
        assert.strictEqual(calls.length, 9)
      })
    )
  )
})

/** Lets a call end within virtual time. */
const letEnd = <A, E, R>(call: Effect.Effect<A, E, R>, millis = 2000) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(call)
    yield* TestClock.adjust(millis)
    return yield* Fiber.await(fiber)
  })

const stateOf = (key = "lab/0") =>
  Effect.flatMap(Store.CircuitBreakerStore, (store) => Effect.map(store.state(key), ({ _tag }) => _tag))

forEveryCall("a call counts by its end: a stream that breaks off does, one that its reader leaves does not", (call) =>
  it.effect.each([
    ["passes", answers, false],
    ["fails", { ...answers, end: "server", after: -1 }, true],
    ["breaks off", { ...answers, end: "server", after: 3 }, true],
    ["is cut", { ...answers, end: "cut", after: 1 }, true],
    ["is invalid", { ...answers, end: "invalid", after: 1 }, false],
    ["hangs until it is left", { ...answers, end: "hang", after: 1 }, false]
  ] as const)(`${call.name} %s`, ([, turn, opens]) =>
    inMemory(
      Effect.gen(function* () {
        const model = CircuitBreaker.make({ trip: { consecutive: 1 } })(scripted(call, [turn]))
        const fiber = yield* Effect.forkChild(call.run(model))
        yield* TestClock.adjust("2 seconds")
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* stateOf(), opens ? "Open" : "Closed")
        if (opens) return
        const reader = yield* Effect.forkChild(call.leave(model, 2))
        yield* TestClock.adjust("300 millis")
        yield* Fiber.interrupt(reader)
        assert.strictEqual(yield* stateOf(), "Closed")
      })
    )
  )
)

forEveryCall("streams that all break off open the circuit as failed openings do", (call) =>
  it.effect(call.name, () =>
    inMemory(
      Effect.gen(function* () {
        const calls: Array<CallRecord> = []
        const guarded = twice(scripted(call, [{ ...answers, end: "cut", after: 3 }], calls))
        for (let index = 0; index < 4; index++) yield* letEnd(call.run(guarded), 500)
        assert.strictEqual(calls.length, 2)
      })
    )
  )
)

const streams = (
  title: string,
  test: <C extends Capability>(call: Call<C>) => Effect.Effect<void, unknown, Store.CircuitBreakerStore>
) => forEveryCall(title, (call) => (call.isStream ? it.effect(call.name, () => inMemory(test(call))) : undefined))

streams("a probe is good once it is open, and its circuit opens again if it then breaks off", (call) =>
  Effect.gen(function* () {
    const calls: Array<CallRecord> = []
    const turns: ReadonlyArray<Turn> = [
      { ...answers, end: "server", after: -1 },
      { ...answers, end: "cut", after: 3 },
      answers
    ]
    const guarded = CircuitBreaker.make({ trip: { consecutive: 1 }, open: "5 seconds" })(scripted(call, turns, calls))
    yield* letEnd(call.run(guarded), 5000)
    const probe = yield* Effect.forkChild(call.run(guarded))
    assert.strictEqual(yield* stateOf(), "Open")
    yield* TestClock.adjust("150 millis")
    assert.strictEqual(yield* stateOf(), "Closed")
    yield* TestClock.adjust("2 seconds")
    assert.isTrue(Exit.isFailure(yield* Fiber.await(probe)))
    assert.strictEqual(yield* stateOf(), "Open")
    yield* TestClock.adjust("5 seconds")
    assert.isTrue(Exit.isSuccess(yield* letEnd(call.run(guarded))))
    assert.strictEqual(yield* stateOf(), "Closed")
    assert.strictEqual(calls.length, 3)
  })
)

streams("a stream that breaks off long after its probe is one failure of many", (call) =>
  Effect.gen(function* () {
    const down: Turn = { ...answers, end: "server", after: -1 }
    const turns: ReadonlyArray<Turn> = [down, down, { ...answers, end: "cut", after: 3 }, answers]
    const guarded = CircuitBreaker.make({ trip: { consecutive: 2 }, open: "100 millis" })(scripted(call, turns))
    yield* letEnd(call.run(guarded), 50)
    yield* letEnd(call.run(guarded), 100)
    // The last piece is 300 ms after the first, and the end after that.
    assert.isTrue(Exit.isFailure(yield* letEnd(call.run(guarded))))
    assert.strictEqual(yield* stateOf(), "Closed")
  })
)

describe("probes", () => {
  const opened = Effect.fnUntraced(function* (options: CircuitBreaker.Options = {}) {
    const { calls, model, response } = manual<AttemptError>()
    const guarded = CircuitBreaker.make({ trip: { consecutive: 1 }, open: "5 seconds", ...options })(model)
    const first = yield* start(guarded.generate("Hi"))
    yield* Deferred.fail(calls[0]!, server)
    assert.strictEqual(yield* first.end, "ServerError")
    assert.strictEqual(yield* outcome(guarded.generate("Hi")), "refused")
    yield* TestClock.adjust("5 seconds")
    return { calls, guarded, response }
  })

  it.effect("that are slow make room for the next, and still count when they end", () =>
    inMemory(
      Effect.gen(function* () {
        const { calls, guarded, response } = yield* opened({ probeLimit: "30 seconds" })
        const slow = yield* start(guarded.generate("Hi"))
        yield* TestClock.adjust("29 seconds")
        assert.strictEqual(yield* outcome(guarded.generate("Hi")), "refused")
        yield* TestClock.adjust("1 second")
        const next = yield* start(guarded.generate("Hi"))
        assert.strictEqual(calls.length, 3)
        yield* next.leave
        assert.strictEqual(yield* stateOf(), "HalfOpen")
        yield* Deferred.succeed(calls[1]!, response)
        assert.strictEqual(yield* slow.end, "passed")
        assert.strictEqual(yield* stateOf(), "Closed")
      })
    )
  )

  it.effect("that are inconclusive are followed by another at once", () =>
    inMemory(
      Effect.gen(function* () {
        const { calls, guarded } = yield* opened()
        for (const index of [1, 2, 3]) {
          const probe = yield* start(guarded.generate("Hi"))
          assert.strictEqual(yield* outcome(guarded.generate("Hi")), "refused")
          yield* Deferred.fail(calls[index]!, invalid)
          assert.strictEqual(yield* probe.end, "InvalidRequestError")
        }
        assert.strictEqual(yield* stateOf(), "HalfOpen")
      })
    )
  )

  it.effect("are recorded, with all other decisions of the circuit", () =>
    inMemory(
      Effect.gen(function* () {
        let up = false
        const { model } = acting(() => (up ? Effect.void : Effect.fail(server)))
        const guarded = twice(model)
        const { decisions: all } = yield* decisions(
          Effect.gen(function* () {
            for (let index = 0; index < 3; index++) yield* outcome(guarded.generate("Hi"))
            yield* TestClock.adjust("5 seconds")
            yield* outcome(guarded.generate("Hi"))
            yield* TestClock.adjust("5 seconds")
            up = true
            yield* outcome(guarded.generate("Hi"))
          })
        )
        const expected = ["opened", "refused", "probed", "opened", "probed", "closed"]
        assert.deepStrictEqual(
          all,
          expected.map((what) => `circuit-${what}`)
        )
      })
    )
  )
})

it.effect("a circuit that another process has closed is recorded as closed by each that saw it open", () =>
  inMemory(
    Effect.gen(function* () {
      let up = false
      const { model } = acting(() => (up ? Effect.void : Effect.fail(server)))
      // Processes share a store, and nothing else.
      const store = yield* Store.CircuitBreakerStore
      const process = () => {
        const own = { ...store }
        const call = Effect.provideService(twice(model).generate("Hi"), Store.CircuitBreakerStore, own)
        return Effect.suspend(() => Effect.map(decisions(Effect.exit(call)), ({ decisions }) => decisions))
      }
      const [first, second, third] = [process(), process(), process()]
      assert.deepStrictEqual([yield* first, yield* first], [[], ["circuit-opened"]])
      assert.deepStrictEqual(yield* second, ["circuit-refused"])
      yield* TestClock.adjust("5 seconds")
      up = true
      assert.deepStrictEqual(yield* second, ["circuit-probed", "circuit-closed"])
      assert.deepStrictEqual([yield* first, yield* first], [["circuit-closed"], []])
      assert.deepStrictEqual([yield* second, yield* third], [[], []])
    })
  )
)

describe("the open time", () => {
  const openFor = (error: AttemptError, options: CircuitBreaker.Options) =>
    inMemory(
      Effect.gen(function* () {
        const guarded = CircuitBreaker.make(options)(acting(() => Effect.fail(error)).model)
        const times: Array<number | undefined> = []
        for (let opening = 0; opening < 4; opening++) {
          yield* outcome(guarded.generate("Hi"))
          const refused = yield* Effect.flip(guarded.generate("Hi"))
          if (!(refused instanceof Errors.CircuitOpenError) || refused.retryAfter === undefined) return times
          times.push(Duration.toSeconds(refused.retryAfter))
          yield* TestClock.adjust(refused.retryAfter)
        }
        return times
      })
    )
  const once = { consecutive: 1 }
  const busy = (seconds: number) => new Errors.OverloadedError({ provider, retryAfter: Duration.seconds(seconds) })

  it.effect.each<readonly [string, AttemptError, CircuitBreaker.Options, Array<number>]>([
    ["is five seconds", server, { trip: once }, [5, 5, 5, 5]],
    ["follows a schedule", server, { trip: once, open: Schedule.exponential("1 second") }, [1, 2, 4, 8]],
    [
      "stays at the last delay of one that ends",
      server,
      { trip: once, open: Schedule.exponential("1 second").pipe(Schedule.upTo({ times: 2 })) },
      [1, 2, 2, 2]
    ],
    ["is raised by Retry-After", busy(60), { trip: once }, [60, 60, 60, 60]],
    ["is not shortened by it", busy(1), { trip: once }, [5, 5, 5, 5]],
    ["is raised no further than allowed", busy(3600), { trip: once, maxRetryAfter: "90 seconds" }, [90, 90, 90, 90]],
    ["begins at once where the provider asks for longer", busy(60), { trip: { consecutive: 5 } }, [60, 60, 60, 60]],
    ["begins at once whatever trips it", busy(60), { trip: { rate: 0.5, of: 100 } }, [60, 60, 60, 60]],
    ["does not begin at once for a short wait", busy(1), { trip: { consecutive: 5 } }, []]
  ])("%s", ([, error, options, expected]) =>
    Effect.map(openFor(error, options), (times) => assert.deepStrictEqual(times, expected))
  )

  it.effect("begins when a share of the last calls failed", () =>
    inMemory(
      Effect.gen(function* () {
        let calls = 0
        const { model } = acting(() => (calls++ % 2 === 0 ? Effect.void : Effect.fail(server)))
        const guarded = CircuitBreaker.make({ trip: { rate: 0.5, of: 10, atLeast: 6 } })(model)
        const all = yield* Effect.forEach(Array.from({ length: 8 }), () => outcome(guarded.generate("Hi")))
        assert.deepStrictEqual(all.slice(4), ["passed", "ServerError", "refused", "refused"])
      })
    )
  )
})

describe("composed", () => {
  it.effect(
    "with a fallback: a model that was down sees probes only, and all calls within seconds of its recovery",
    () =>
      inMemory(
        Effect.gen(function* () {
          const downUntil = 60_000
          const isDown = Effect.map(Clock.currentTimeMillis, (now) => now >= 10_000 && now < downUntil)
          const primary = acting(
            () => Effect.flatMap(isDown, (down) => (down ? Effect.fail(server) : Effect.void)),
            "lab/0"
          )
          const backup = acting(() => Effect.void, "lab/1")
          const chain = Fallback.make([CircuitBreaker.make()(primary.model), backup.model])
          const served: Array<{ readonly at: number; readonly by: string; readonly calls: number }> = []
          while ((yield* Clock.currentTimeMillis) < 75_000) {
            const before = primary.calls
            const { attempts } = yield* chain.generate("Hi")
            served.push({
              at: yield* Clock.currentTimeMillis,
              by: attempts.at(-1)!.model,
              calls: primary.calls - before
            })
            yield* TestClock.adjust("100 millis")
          }
          const during = served.filter(({ at }) => at >= 10_000 && at < downUntil)
          const probes = during.reduce((sum, { calls }) => sum + calls, 0)
          assert.isAtMost(probes, 5 + 50 / 5)
          assert.isAtLeast(probes, 5 + 50 / 5 - 1)
          assert.isTrue(during.every(({ by }) => by === "lab/1"))
          const back = served.find(({ at, by }) => at >= downUntil && by === "lab/0")
          assert.isAtMost(back!.at, downUntil + 5000)
          assert.isTrue(served.filter(({ at }) => at >= back!.at).every(({ by }) => by === "lab/0"))
        })
      )
  )

  it.effect("with a retry around it: the failure that opens the circuit is not retried, the others are", () =>
    inMemory(
      Effect.gen(function* () {
        const sick = acting(() => Effect.fail(new Errors.ServerError({ provider })), "lab/0")
        const breaker = CircuitBreaker.make({ trip: { consecutive: 3 }, open: "1 minute" })
        const retried = Model.retry(breaker(sick.model), Retry.make({ times: 5, base: "1 second", jitter: "none" }))
        const fiber = yield* Effect.forkChild(Effect.flip(retried.generate("Hi")))
        yield* TestClock.adjust("3 seconds")
        // Two waits, of one second and of two: the third failure opens the circuit, and ends the call.
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "ServerError")
        assert.strictEqual(yield* Clock.currentTimeMillis, 3000)
        assert.strictEqual(sick.calls, 3)
      })
    )
  )

  forEveryCall(
    "with time limits, retries, costs and a fallback, in either order of retry and breaker",
    <C extends Capability>(call: Call<C>) =>
      it.effect.each(["around", "within"] as const)(`${call.name}, breaker %s the retry`, (where) =>
        priced(
          inMemory(
            Effect.gen(function* () {
              const calls: Array<CallRecord> = []
              const sick: Turn = { ...answers, end: "hang", after: -1 }
              const limited = Model.timeout(scripted(call, [sick], calls), { total: "1 second" })
              const breaker = CircuitBreaker.make({ trip: { consecutive: 2 }, open: "1 hour" })
              const again = <E>(model: Model.Model<C, E, Store.CircuitBreakerStore>) =>
                Model.retry(model, Retry.make({ times: 1, jitter: "none", while: isTimeout }), { while: isTimeout })
              const guarded: Model.Model<C, unknown, Store.CircuitBreakerStore> =
                where === "around" ? breaker(again(limited)) : again(breaker(limited))
              const backup = scripted(call, [answers], calls, "lab/1")
              const chain = Model.withCost(chainOf<C, unknown, Store.CircuitBreakerStore>(guarded, backup))
              const perCall: Array<number> = []
              for (let index = 0; index < 4; index++) {
                const before = calls.length
                const response = yield* yield* letEnd(call.run(chain), 10_000)
                assert.deepStrictEqual(call.read(response), piecesOf("lab/1", index))
                assert.strictEqual(dollars(response.cost), "0.002")
                perCall.push(calls.length - before)
              }
              // Two tries a call: a breaker around them sees one failure, one within them sees two.
              assert.deepStrictEqual(perCall, where === "around" ? [3, 3, 1, 1] : [3, 1, 1, 1])
              assert.isTrue(calls.every(({ closed }) => closed === 1))
            })
          )
        )
      )
  )
})

const isTimeout = (error: unknown) => error instanceof Errors.TimeoutError
