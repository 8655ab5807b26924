/** What two processes are promised that share a store: the same in memory, where they are two parts of one process, and through Redis. */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { NodeRedis } from "@effect/platform-node"
import { Clock, type Context, Deferred, Duration, Effect, Exit, Layer, References, type Scope } from "effect"
import { CircuitBreaker as Store } from "effect/persistence"
import { CircuitOpenError, PolicyStoreError } from "../../../src/domain/PolicyErrors.ts"
import type { AttemptError } from "../../../src/domain/ChatResponse.ts"
import * as Errors from "../../../src/index.ts"
import * as CircuitBreaker from "../../../src/policies/CircuitBreaker.ts"
import type { Embedding } from "../../../src/domain/Capability.ts"
import type * as Model from "../../../src/policies/Model.ts"
import { startRedis } from "../../services/servers.ts"
import { hasRedis, ownRedis, redisUrl } from "../../services/services.ts"
import { acting, decisions, manual, outcome, start } from "./breakers.ts"

type CircuitStore = Context.Context<Store.CircuitBreakerStore>

const provider = "lab"
const server = new Errors.ServerError({ provider })

/** The stores of two processes. */
type Processes = Effect.Effect<readonly [CircuitStore, CircuitStore], never, Scope.Scope>

const memory: Processes = Effect.map(Layer.build(Store.layerStoreMemory()), (store) => [store, store])

let prefixes = 0
const redis: Processes = Effect.gen(function* () {
  const url = yield* redisUrl
  const prefix = `breaker-${process.pid}-${prefixes++}:`
  const process_ = Layer.build(
    Layer.fresh(Store.layerStoreRedis({ prefix })).pipe(
      Layer.provide(Layer.fresh(Layer.orDie(NodeRedis.layer({ url }))))
    )
  )
  return [yield* process_, yield* process_]
})

const options = { trip: { consecutive: 2 }, open: "150 millis", key: "shared" } as const

const laws = (name: string, processes: Processes) =>
  describe(`${name}`, () => {
    const law = (
      title: string,
      test: (a: CircuitStore, b: CircuitStore) => Effect.Effect<void, unknown, Scope.Scope>
    ) => it.live(title, () => Effect.scoped(Effect.flatMap(processes, ([a, b]) => test(a, b))))

    /** A model as each of the processes guards it; `up` is what it does now. */
    const guardedBy = (stores: ReadonlyArray<CircuitStore>, more: CircuitBreaker.Options = {}) => {
      const state: { error: AttemptError | undefined } = { error: server }
      const counted = acting(() => (state.error === undefined ? Effect.void : Effect.fail(state.error)))
      const guarded = CircuitBreaker.make({ ...options, ...more })(counted.model)
      const calls = stores.map((store) => Effect.provideContext(guarded.generate("Hi"), store))
      return { state, counted, calls: calls as [(typeof calls)[0] & {}, (typeof calls)[0] & {}] }
    }

    /** Waits until the circuit lets a probe through. */
    const untilProbe = <A, E>(call: Effect.Effect<A, E>): Effect.Effect<void> =>
      Effect.flatMap(Effect.exit(call), (exit) => {
        const error = Exit.isFailure(exit) ? Exit.findErrorOption(exit) : undefined
        const open = error?._tag === "Some" && error.value instanceof CircuitOpenError ? error.value : undefined
        return open?.retryAfter === undefined
          ? Effect.void
          : Effect.sleep(Duration.sum(open.retryAfter, Duration.millis(5)))
      })

    law("failures of two processes together open the circuit for both", (a, b) =>
      Effect.gen(function* () {
        const {
          calls: [one, other],
          counted
        } = guardedBy([a, b], { open: "1 minute" })
        assert.strictEqual(yield* outcome(one), "ServerError")
        assert.strictEqual(yield* outcome(other), "ServerError")
        for (const call of [one, other, one]) {
          const error = yield* Effect.flip(call)
          assert.instanceOf(error, CircuitOpenError)
          assert.isTrue(error.retryAfter !== undefined && Duration.toMillis(error.retryAfter) <= 60_000)
        }
        assert.strictEqual(counted.calls, 2)
      })
    )

    law("a success of either resets the count", (a, b) =>
      Effect.gen(function* () {
        const {
          calls: [one, other],
          counted,
          state
        } = guardedBy([a, b])
        for (const fails of [true, false, true, false, true]) {
          state.error = fails ? server : undefined
          yield* outcome(fails ? one : other)
          // What was well is recorded aside: a call of its own process comes after it.
          if (!fails)
            yield* Effect.provideContext(
              Effect.flatMap(Store.CircuitBreakerStore, (store) => store.state("shared")),
              b
            )
        }
        assert.strictEqual(counted.calls, 5)
        assert.strictEqual(yield* outcome(one), "ServerError")
        assert.strictEqual(yield* outcome(one), "refused")
      })
    )

    law("admits one probe at a time from either, and its success lets both call again", (a, b) =>
      Effect.gen(function* () {
        const { calls, model, response } = manual<AttemptError>()
        const guarded = CircuitBreaker.make(options)(model)
        const [one, other] = [a, b].map((store) => Effect.provideContext(guarded.generate("Hi"), store))
        if (one === undefined || other === undefined) return
        const reached = (count: number): Effect.Effect<void> =>
          Effect.suspend(() => (calls.length >= count ? Effect.void : Effect.andThen(Effect.sleep(1), reached(count))))
        for (let index = 0; index < 2; index++) {
          const failing = yield* start(one)
          yield* reached(index + 1)
          yield* Deferred.fail(calls[index]!, server)
          yield* failing.end
        }
        yield* untilProbe(one)
        const probe = yield* start(one)
        yield* reached(3)
        assert.deepStrictEqual(yield* Effect.all([outcome(other), outcome(one)]), ["refused", "refused"])
        yield* Deferred.succeed(calls[2]!, response)
        assert.strictEqual(yield* probe.end, "passed")
        const both = yield* Effect.forEach([one, other], start)
        yield* reached(5)
        yield* Effect.forEach(both, ({ leave }) => leave)
      })
    )

    law("a failed probe opens the circuit again, and an interrupted one makes room for the next", (a, b) =>
      Effect.gen(function* () {
        const {
          calls: [one, other],
          counted,
          state
        } = guardedBy([a, b])
        yield* outcome(one)
        yield* outcome(one)
        yield* untilProbe(one)
        assert.strictEqual(yield* outcome(other), "ServerError")
        assert.strictEqual(yield* outcome(one), "refused")
        yield* untilProbe(one)
        state.error = new Errors.AuthenticationError({ provider })
        assert.strictEqual(yield* outcome(one), "AuthenticationError")
        state.error = undefined
        assert.strictEqual(yield* outcome(other), "passed")
        assert.strictEqual(yield* outcome(one), "passed")
        assert.strictEqual(counted.calls, 6)
      })
    )

    law("a Retry-After opens it at once, for that long", (a, b) =>
      Effect.gen(function* () {
        const {
          calls: [one, other],
          state
        } = guardedBy([a, b])
        state.error = new Errors.RateLimitError({ provider, retryAfter: Duration.minutes(2) })
        yield* outcome(one)
        const error = yield* Effect.flip(other)
        assert.instanceOf(error, CircuitOpenError)
        const millis = Duration.toMillis(error.retryAfter ?? Duration.zero)
        assert.isTrue(millis > 100_000 && millis <= 120_000)
      })
    )

    law("circuits of different keys are independent", (a) =>
      Effect.gen(function* () {
        const guarded = CircuitBreaker.make({ ...options, key: ({ request }) => `of ${request.user}` })(
          acting(() => Effect.fail(server)).model
        )
        const callOf = (user: string) => Effect.provideContext(guarded.generate({ inputs: ["Hi"], user }), a)
        const all = yield* Effect.forEach(["ann", "ann", "ann", "bob"], (user) => outcome(callOf(user)))
        assert.deepStrictEqual(all, ["ServerError", "ServerError", "refused", "ServerError"])
      })
    )
  })

laws("in memory", memory)
describe.skipIf(!hasRedis)("through Redis", () => {
  laws("of two processes", redis)
})

describe("a store that does not respond", () => {
  const silent = Store.CircuitBreakerStore.of({
    admit: () => Effect.never,
    record: () => Effect.never,
    state: () => Effect.never
  })
  const deaf = {
    ...silent,
    admit: () => Effect.succeed({ generation: 0, probe: false, consecutiveOpenings: 0, transition: undefined })
  }

  const timed = <A, E>(
    call: Effect.Effect<A, E, Store.CircuitBreakerStore>,
    store: Store.CircuitBreakerStore["Service"]
  ) =>
    Effect.gen(function* () {
      const from = yield* Clock.currentTimeMillis
      const { decisions: all, result } = yield* decisions(
        outcome(Effect.provideService(call, Store.CircuitBreakerStore, store))
      )
      return [result, (yield* Clock.currentTimeMillis) - from < 1000, all] as const
    })

  it.live("admits calls, or fails them, in limited time, as configured", () =>
    Effect.gen(function* () {
      const { model } = acting(() => Effect.void)
      const quick = { storeTimeout: "20 millis" } as const
      const failed = ["store-failed" as const]
      assert.deepStrictEqual(yield* timed(CircuitBreaker.make(quick)(model).generate("Hi"), silent), [
        "passed",
        true,
        failed
      ])
      const strict = CircuitBreaker.make({ ...quick, whenStoreFails: "fail" })(model).generate("Hi")
      assert.deepStrictEqual(yield* timed(strict, silent), ["PolicyStoreError", true, failed])
      const sick = acting(() => Effect.fail(server)).model
      assert.deepStrictEqual(yield* timed(CircuitBreaker.make(quick)(sick).generate("Hi"), deaf), [
        "ServerError",
        true,
        failed
      ])
    })
  )

  it.live.skipIf(!hasRedis)("may be a Redis that is stopped, and is used again when it is back", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const redisServer = yield* ownRedis
        const layer = Store.layerStoreRedis().pipe(
          Layer.provide(Layer.orDie(NodeRedis.layer({ url: redisServer.url })))
        )
        const store = yield* Layer.build(layer)
        const guarded = CircuitBreaker.make({ trip: { consecutive: 1 }, open: "1 minute", storeTimeout: "100 millis" })
        const good = Effect.provideContext(guarded(acting(() => Effect.void).model).generate("Hi"), store)
        const bad = Effect.provideContext(guarded(acting(() => Effect.fail(server)).model).generate("Hi"), store)
        const strict = CircuitBreaker.make({ whenStoreFails: "fail", storeTimeout: "100 millis" })
        const strictly = Effect.provideContext(strict(acting(() => Effect.void).model).generate("Hi"), store)
        assert.strictEqual(yield* outcome(good), "passed")
        yield* Effect.promise(() => redisServer.stop())
        assert.strictEqual(yield* outcome(good), "passed")
        assert.instanceOf(yield* Effect.flip(strictly), PolicyStoreError)
        assert.strictEqual(yield* outcome(bad), "ServerError")
        const again = yield* Effect.acquireRelease(
          Effect.promise(() => startRedis(redisServer.port)),
          (one) => Effect.promise(() => one.stop())
        )
        assert.strictEqual(again.port, redisServer.port)
        const untilItOpens: Effect.Effect<void> = Effect.flatMap(outcome(bad), (result) =>
          result === "refused" ? Effect.void : Effect.andThen(Effect.sleep(10), untilItOpens)
        )
        yield* untilItOpens
      })
    ).pipe(Effect.provideService(References.MinimumLogLevel, "Error"))
  )
})

it("only a breaker that fails with its store has that error in its type", () => {
  const { model } = acting(() => Effect.fail(server))
  expectTypeOf(model.pipe(CircuitBreaker.make())).toEqualTypeOf<
    Model.Model<Embedding, Errors.ServerError | CircuitOpenError, Store.CircuitBreakerStore>
  >()
  expectTypeOf(model.pipe(CircuitBreaker.make({ whenStoreFails: "fail" }))).toEqualTypeOf<
    Model.Model<Embedding, Errors.ServerError | CircuitOpenError | PolicyStoreError, Store.CircuitBreakerStore>
  >()
})
