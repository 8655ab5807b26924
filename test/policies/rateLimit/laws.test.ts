/** The laws of limits, for random arrivals in virtual time. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Model from "../../../src/policies/Model.ts"
import * as Policy from "../../../src/policies/Policy.ts"
import * as RateLimit from "../../../src/policies/RateLimit.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import { metered } from "../budget/metered.ts"
import { ask, counter, model, mostWithin, type Started } from "./calls.ts"

const Arrival = Schema.Struct({
  /** After the one before. */
  gap: Schema.Literals([0, 0, 0, 1, 100, 700, 3000]),
  millis: Schema.Literals([0, 0, 500, 5000]),
  tokens: Schema.Literals([1, 3, 7, 10]),
  user: Schema.Literals(["a", "b", "c"]),
  leavesAfter: Schema.Literals(["never", "never", "never", 0, 400, 2500])
})
const Arrivals = Schema.Array(Arrival).check(Schema.isMaxLength(30))
type Arrival = typeof Arrival.Type

/** Makes the calls as they arrive, and waits for their ends. */
const play = Effect.fnUntraced(function* (
  arrivals: ReadonlyArray<Arrival>,
  call: (arrival: Arrival, index: number) => Effect.Effect<unknown, unknown, RateLimit.RateLimitStore>
) {
  const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
  for (const [index, arrival] of arrivals.entries()) {
    yield* TestClock.adjust(arrival.gap)
    const fiber = yield* Effect.forkChild(call(arrival, index))
    if (arrival.leavesAfter !== "never") {
      yield* Effect.forkChild(Effect.andThen(Effect.sleep(arrival.leavesAfter), Fiber.interrupt(fiber)))
    }
    fibers.push(fiber)
  }
  yield* TestClock.adjust("30 minutes")
  return yield* Effect.forEach(fibers, Fiber.await)
})

const memory = { "of all": ["key"], "of each user": ["user"] } as const

describe("at any time", () => {
  for (const [name, [kind]] of Object.entries(memory)) {
    it.effect.prop(
      `no limit ${name} is exceeded in any window, nobody overtakes, nobody starves`,
      { arrivals: Arrivals, wait: Schema.Literals([0, 1500, 3_600_000]) },
      ({ arrivals, wait }) =>
        Effect.gen(function* () {
          const started: Array<Started> = []
          const key =
            kind === "user" ? ({ request }: { request: { user?: string | undefined } }) => request.user : "all"
          const limit = RateLimit.make({
            limits: [
              { key, requests: 4, per: "1 second", concurrency: 3 },
              { key: "shared", inputTokens: 15, per: "2 seconds" }
            ],
            wait,
            counter
          })
          const limited = limit(model(started))
          const exits = yield* play(arrivals, ({ millis, tokens, user }, index) =>
            limited.generate({ ...ask(millis, tokens, user), metadata: { index: `${index}` } })
          )
          const groups = kind === "user" ? ["a", "b", "c"] : [undefined]
          for (const group of groups) {
            const ours = started.filter(({ user }) => group === undefined || user === group)
            const requests = ours.map(({ atMillis }) => ({ atMillis, amount: 1 }))
            assert.isAtMost(mostWithin(1000, requests), 4)
          }
          if (kind === "key") for (const { inFlight } of started) assert.isAtMost(inFlight, 3)
          const tokens = started.map(({ atMillis, text }) => ({ atMillis, amount: Number(text.split(" ")[1]) }))
          assert.isAtMost(mostWithin(2000, tokens), 15)
          for (const user of ["a", "b", "c"]) {
            const times = started.filter((one) => one.user === user).toSorted((a, b) => a.index - b.index)
            times.forEach(({ atMillis }, at) => assert.isAtLeast(atMillis, times[at - 1]?.atMillis ?? 0))
          }
          const store = yield* RateLimit.RateLimitStore
          for (const name of ["all", "a", "b", "c"]) {
            const claim = { type: "concurrency", key: `concurrency/${name}`, limit: 3, millis: 1, amount: 3 } as const
            const free = yield* store.acquire({ id: "probe", claims: [claim], waits: false, ticket: undefined })
            assert.isTrue(free.granted, "all places are free again")
          }
          if (wait < 10_000) return
          exits.forEach((exit, index) =>
            assert.isTrue(Exit.isSuccess(exit) || arrivals[index]?.leavesAfter !== "never", `call ${index} starved`)
          )
        }).pipe(Effect.provide(RateLimit.layerStoreMemory)),
      { arbitrary: { runs: 60 } }
    )
  }
})

describe("tenants", () => {
  const Loads = Schema.Array(
    Schema.Struct({ calls: Schema.Literals([5, 20, 60]), tokens: Schema.Literals([1, 2, 5, 10]) })
  )
  it.effect.prop(
    "are served equally while all of them wait, whatever the size and number of their calls",
    { loads: Loads.check(Schema.isMinLength(2), Schema.isMaxLength(5)) },
    ({ loads }) =>
      Effect.gen(function* () {
        const started: Array<Started> = []
        const limited = model(started).pipe(
          RateLimit.make({ inputTokens: 10, per: "1 second", wait: "1 hour", counter })
        )
        // The limit is used up, so that all wait.
        yield* limited.generate(ask(0, 10, "first"))
        started.length = 0
        yield* Effect.forEach(loads, ({ calls, tokens }, tenant) =>
          Effect.forEach(Array.from({ length: calls }), () =>
            Effect.forkChild(limited.generate(ask(0, tokens, `${tenant}`)))
          )
        )
        yield* TestClock.adjust("30 minutes")
        assert.strictEqual(
          started.length,
          loads.reduce((sum, { calls }) => sum + calls, 0)
        )
        const served = loads.map(() => 0)
        const left = loads.map(({ calls }): number => calls)
        for (const [at, { atMillis, user }] of started.entries()) {
          const tenant = Number(user)
          served[tenant]! += loads[tenant]!.tokens
          left[tenant]!--
          if (left.some((calls) => calls === 0)) break
          if (started[at + 1]?.atMillis === atMillis) continue
          // No two differ by more than a call of each.
          served.forEach((a, i) =>
            served.forEach((b, j) => assert.isAtMost(Math.abs(a - b), loads[i]!.tokens + loads[j]!.tokens))
          )
        }
      }).pipe(Effect.provide(RateLimit.layerStoreMemory)),
    { arbitrary: { runs: 40 } }
  )
})

describe("corrections", () => {
  it.effect.prop(
    "have exactly what was used, however calls end",
    { arrivals: Arrivals, factor: Schema.Literals([0.5, 1, 3]) },
    ({ arrivals, factor }) =>
      Effect.gen(function* () {
        const estimate = (request: unknown) => Effect.map(counter(request), (tokens) => Math.ceil(tokens * factor))
        const started: Array<Started> = []
        const limited = model(started).pipe(
          RateLimit.make({ key: "k", inputTokens: 100_000, per: "1 day", counter: estimate })
        )
        const exits = yield* play(arrivals, ({ millis, tokens }, index) =>
          limited.generate({ ...ask(millis, tokens), metadata: { index: `${index}` } })
        )
        const sent = new Set(started.map(({ index }) => index))
        const used = exits.reduce((sum, exit, index) => {
          const { tokens = 0 } = arrivals[index] ?? {}
          if (!sent.has(index)) return sum
          return sum + (Exit.isSuccess(exit) ? tokens : Math.ceil(tokens * factor))
        }, 0)
        const claim = { type: "rate", key: "inputTokens/86400000/k", limit: 100_000, millis: 86_400_000 } as const
        const store = yield* RateLimit.RateLimitStore
        const fits = (amount: number) =>
          store.acquire({ id: "probe", claims: [{ ...claim, amount }], waits: false, ticket: undefined })
        assert.isFalse((yield* fits(100_000 - used + 1)).granted)
        assert.isTrue((yield* fits(100_000 - used)).granted)
      }).pipe(Effect.provide(RateLimit.layerStoreMemory)),
    { arbitrary: { runs: 60 } }
  )
})

const Reading = Schema.Struct({
  gap: Schema.Literals([0, 0, 1, 40]),
  chunks: Schema.Literals([0, 1, 5]),
  end: Schema.Literals(["finish", "finish", "fail"]),
  /** After so many events, or never. */
  leaves: Schema.Literals([1, 3, 1000, 1000]),
  interruptedAfter: Schema.Literals([0, 35, 10_000, 10_000])
})

describe("places of streams", () => {
  for (const retries of [false, true]) {
    it.effect.prop(
      `are held until everything inside is closed, however the streams end${retries ? ", also between attempts" : ""}`,
      { readings: Schema.Array(Reading).check(Schema.isMinLength(4), Schema.isMaxLength(20)) },
      ({ readings }) =>
        Effect.gen(function* () {
          let open = 0
          let most = 0
          const opened = Effect.acquireRelease(
            Effect.sync(() => void (most = Math.max(most, ++open))),
            () =>
              Effect.andThen(
                Effect.yieldNow,
                Effect.sync(() => void open--)
              )
          )
          const limit = RateLimit.make({ limits: [{ key: "streams", concurrency: 2 }], wait: "1 hour" })
          const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
          for (const { chunks, end, gap, interruptedAfter, leaves } of readings) {
            yield* TestClock.adjust(gap)
            const limited = metered((call) => ({ chunks, end: call === 0 ? end : "finish", pauseMillis: 10 })).pipe(
              Policy.perCall(() => Effect.as(opened, {})),
              limit
            )
            const model = retries ? Model.retry(limited, Retry.standard) : limited
            const read = model.stream("Hi").pipe(Stream.take(leaves), Stream.runDrain)
            fibers.push(yield* Effect.forkChild(Effect.timeoutOption(read, interruptedAfter)))
          }
          yield* TestClock.adjust("10 minutes")
          const exits = yield* Effect.forEach(fibers, (fiber) => Effect.sync(() => fiber.pollUnsafe()))
          assert.isTrue(exits.every((exit) => exit !== undefined))
          assert.isAtMost(most, 2)
          assert.strictEqual(open, 0)
        }).pipe(Effect.provide(RateLimit.layerStoreMemory)),
      { arbitrary: { runs: 40 } }
    )
  }
})
