/** The time of day may be set at any moment: no timeout, pause, latency or time to live in memory is any longer or shorter for it. */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Layer, Option, Random, Redacted, Stream } from "effect"
import { CircuitBreaker as CircuitStore, Persistence } from "effect/persistence"
import { TestClock } from "effect/testing"
import { type Credentials, provide } from "../../src/client/Credentials.ts"
import { RateLimitError, ServerError } from "../../src/domain/ChatResponse.ts"
import * as Bound from "../../src/policies/Bound.ts"
import * as CircuitBreaker from "../../src/policies/CircuitBreaker.ts"
import * as Hedge from "../../src/policies/Hedge.ts"
import * as KeyPool from "../../src/policies/KeyPool.ts"
import * as Model from "../../src/policies/Model.ts"
import { onEnd } from "../../src/policies/OnEnd.ts"
import * as RateLimit from "../../src/policies/RateLimit.ts"
import * as Retry from "../../src/policies/Retry.ts"
import * as Timeout from "../../src/policies/Timeout.ts"
import { layer as boundedMemory } from "../../src/policies/caching/BoundedMemory.ts"
import * as Group from "../../src/router/Group.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"
import * as WebBody from "../../src/transport/WebBody.ts"
import { StepTimer } from "../../src/transport/StepTimer.ts"

const hour = 3_600_000

/** The clock of a test, and its time of day as somebody sets it. */
const settable = Effect.map(Clock.Clock, (clock) => {
  let ahead = 0
  const millis = () => clock.currentTimeMillisUnsafe() + ahead
  const nanos = () => clock.currentTimeNanosUnsafe() + BigInt(ahead) * 1_000_000n
  const set: Clock.Clock = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration)
  }
  return { clock: set, jump: (by: number) => void (ahead += by) }
})

/** What an effect gives, or fails with, and after how many milliseconds. */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const since = clock.monotonicTimeNanosUnsafe()
    const exit = yield* Effect.result(effect)
    const millis = Number(clock.monotonicTimeNanosUnsafe() - since) / 1e6
    return exit._tag === "Success"
      ? { millis, success: exit.success }
      : { millis, error: `${(exit.failure as { readonly _tag?: string })._tag}: ${String(exit.failure)}` }
  })

/** `play` gives the same whether and how the clock is set after so many milliseconds. */
const law = (title: string, afterMillis: number, play: () => Effect.Effect<unknown>) =>
  it.effect(title, () =>
    Effect.gen(function* () {
      const playWith = Effect.fnUntraced(function* (by: number) {
        const { clock, jump } = yield* settable
        const fiber = yield* Effect.forkChild(
          Effect.provideService(Random.withSeed(timed(play()), "clock"), Clock.Clock, clock)
        )
        yield* TestClock.adjust(afterMillis)
        assert.isUndefined(fiber.pollUnsafe(), "the clock is set in the middle")
        jump(by)
        yield* TestClock.adjust("30 minutes")
        return yield* Fiber.join(fiber)
      })
      const expected = yield* playWith(0)
      assert.deepStrictEqual(yield* playWith(hour), expected)
      assert.deepStrictEqual(yield* playWith(-hour), expected)
    })
  )

const down = (retryAfter?: Duration.Duration) =>
  new ServerError({ provider: "lab", status: 503, detail: "down", retryAfter })
const slow = () => ScriptedModel.make({ answer: "Hello to you all", connect: "1 second", firstToken: "2 seconds" })
const durationsOf = ({
  attempts,
  timings
}: {
  attempts: ReadonlyArray<{ duration: Duration.Duration }>
  timings?: object | undefined
}) => ({
  attempts: attempts.map(({ duration }) => Duration.toMillis(duration)),
  timings: JSON.stringify(timings)
})

describe("when the time of day is set in the middle of a call", () => {
  law("the total limit holds", 5000, () =>
    timed(
      ScriptedModel.make({ hang: true })
        .pipe(Timeout.make({ total: "20 seconds" }))
        .generate("Hi")
    )
  )
  law("the limits on the connection and the first token hold", 500, () => {
    const hanging = ScriptedModel.make({ connect: "1 second", hang: true })
    return Effect.all(
      [
        timed(
          hanging
            .pipe(Timeout.make({ firstToken: "4 seconds" }))
            .stream("Hi")
            .pipe(Stream.runDrain)
        ),
        timed(
          hanging
            .pipe(Timeout.make({ connect: "800 millis" }))
            .stream("Hi")
            .pipe(Stream.runDrain)
        )
      ],
      { concurrency: 2 }
    )
  })
  law("the limit on silence holds", 4000, () =>
    timed(
      ScriptedModel.make({ answer: "One two three four", gap: "2 seconds", after: 2, hang: true })
        .pipe(Timeout.make({ idle: "3 seconds" }))
        .stream("Hi")
        .pipe(Stream.runDrain)
    )
  )
  law("a stream within its limits continues", 2500, () =>
    timed(
      slow()
        .pipe(Timeout.standard)
        .stream("Hi")
        .pipe(
          Stream.runCollect,
          Effect.map((events) => events.length)
        )
    )
  )
  law("the time for all retries holds", 4000, () => {
    const failing = ScriptedModel.make(() => ({ error: down(Duration.seconds(3)) }))
    return timed(Model.retry(failing, Retry.make({ times: 50, total: "20 seconds" })).generate("Hi"))
  })
  law("a deadline over the whole chain holds", 4000, () => {
    const failing = { error: down(), connect: "3 seconds" } as const
    const model = ScriptedModel.make([failing, failing, { hang: true }])
    return timed(
      Model.retry(model, Retry.standard)
        .pipe(Bound.make({ deadline: "9 seconds" }))
        .generate("Hi")
    )
  })
  law("the durations of failed attempts are those that passed", 2000, () =>
    Effect.gen(function* () {
      const ends: Array<unknown> = []
      const model = Model.retry(
        ScriptedModel.make([
          { error: down(), connect: "1 second" },
          { answer: "Hi", connect: "3 seconds" }
        ]),
        Retry.standard
      ).pipe(onEnd((end) => Effect.sync(() => ends.push(durationsOf(end)))))
      return [durationsOf(yield* model.generate("Hi")), ends]
    }).pipe(Effect.orDie)
  )
  law("attempts and ends know how long they took", 1500, () =>
    Effect.gen(function* () {
      const ends: Array<unknown> = []
      const observed = slow().pipe(onEnd((end) => Effect.sync(() => ends.push(durationsOf(end)))))
      const hedged = observed.pipe(Hedge.make({ after: "2 seconds" }))
      const response = yield* hedged.generate("Hi")
      yield* hedged.stream("Hi").pipe(Stream.runDrain)
      return [durationsOf(response), ends]
    }).pipe(Effect.orDie)
  )
  law("a body that falls silent times out", 3000, () =>
    Effect.gen(function* () {
      const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) })
      const silent = () => new Error("silent") as never
      const pull = yield* WebBody.open(body, { idleTimeout: 5000, expired: silent, broken: silent })
      return yield* timed(pull)
    }).pipe(Effect.scoped)
  )
  law("a step of a call times out", 3000, () =>
    Effect.gen(function* () {
      const timer = new StepTimer<string>(yield* Clock.Clock)
      timer.start(5000, () => "late")
      return yield* timed(timer.expiry(1000))
    })
  )
})

describe("when the time of day is set between calls", () => {
  // What groups load once takes real time.
  beforeAll(() => Effect.runPromise(Group.make("group", [{ model: slow() }])))

  /** What becomes of a call every half second, for a minute. */
  const twiceASecond = <E, R>(call: Effect.Effect<unknown, E, R>) =>
    Effect.gen(function* () {
      const outcomes: Array<string> = []
      for (let at = 0; at < 120; at++) {
        const result = yield* Effect.result(call)
        outcomes.push(result._tag === "Success" ? "passed" : String(result.failure))
        yield* Effect.sleep(500)
      }
      return outcomes
    })

  law("an open circuit closes when it would have", 4000, () =>
    Effect.suspend(() => {
      const failing = ScriptedModel.make((_, calls) => (calls < 2 ? { error: down() } : { answer: "Hi" }))
      const model = failing.pipe(CircuitBreaker.make({ trip: { consecutive: 2 }, open: "20 seconds" }))
      return Effect.provide(twiceASecond(model.generate("Hi")), Layer.fresh(CircuitStore.layerStoreMemory()))
    })
  )
  law("a deployment that cools down is called again when it would have been", 4000, () =>
    Effect.gen(function* () {
      const sick = ScriptedModel.make((_, calls) =>
        calls < 1 ? { error: down(Duration.seconds(20)) } : { answer: "Hi" }
      )
      const well = ScriptedModel.make(() => ({ answer: "Hi" }), { id: "scripted/well" })
      const deployments = [
        { name: "a", model: sick, order: 1 },
        { name: "b", model: well, order: 2 }
      ]
      const group = yield* Group.make("group", deployments)
      yield* twiceASecond(group.generate("Hi"))
      return [sick.calls.length, well.calls.length]
    })
  )
  law("a key that rests is used again when it would have been", 4000, () =>
    Effect.gen(function* () {
      const lab = {
        definition: { id: "lab" },
        withCredentials: (credentials: Credentials) => provide("lab", { identity: undefined, credentials })
      }
      const limited = new RateLimitError({ provider: "lab", status: 429, detail: "slow down" })
      const model = ScriptedModel.make((_, calls) => (calls < 1 ? { error: limited } : { answer: "Hi" }), {
        id: "lab/m"
      })
      const key = { name: "a", credentials: { apiKey: Redacted.make("sk-a-0123456789") } }
      const pool = yield* KeyPool.make(lab, [key], { cooldown: "20 seconds" })
      return yield* twiceASecond(model.pipe(pool.policy).generate("Hi"))
    })
  )
  law("a rate is counted for its window", 4000, () =>
    Effect.suspend(() => {
      const model = ScriptedModel.make(() => ({ answer: "Hi" })).pipe(
        RateLimit.make({ requests: 3, per: "20 seconds" })
      )
      return Effect.provide(twiceASecond(model.generate("Hi")), Layer.fresh(RateLimit.layerStoreMemory))
    })
  )
  law("a call that waits for a rate limit is admitted, or refused, in time", 4000, () =>
    Effect.suspend(() => {
      const limit = RateLimit.make({ requests: 1, per: "20 seconds", wait: "25 seconds" })
      const model = ScriptedModel.make(() => ({ answer: "Hi" })).pipe(limit)
      const calls = [1, 2, 3].map(() => timed(Effect.asVoid(model.generate("Hi"))))
      return Effect.provide(Effect.all(calls, { concurrency: "unbounded" }), Layer.fresh(RateLimit.layerStoreMemory))
    })
  )
  law("what is cached in memory lives for its ttl", 4000, () =>
    Effect.gen(function* () {
      const persistence = yield* Persistence.BackingPersistence
      const store = yield* persistence.make("store")
      yield* store.set("key", {}, Duration.seconds(20))
      return yield* twiceASecond(
        Effect.flatMap(store.get("key"), (found) => Effect.fromOption(Option.fromNullishOr(found)))
      )
    }).pipe(Effect.provide(Layer.fresh(boundedMemory({ capacity: 10, bytes: 1000 }))), Effect.scoped, Effect.orDie)
  )
})
