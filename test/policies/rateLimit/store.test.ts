/** What each store of limits keeps: the same in memory and in Redis, for many processes. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { NodeRedis } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Logger, Option, Schema } from "effect"
import { LocalRateLimitError, PolicyStoreError } from "../../../src/domain/PolicyErrors.ts"
import * as RateLimit from "../../../src/policies/RateLimit.ts"
import * as RateLimitRedis from "../../../src/policies/RateLimitRedis.ts"
import type { Claim } from "../../../src/policies/RateLimitStore.ts"
import { startRedis } from "../../services/servers.ts"
import { hasRedis, ownRedis, redisLayer, redisUrl } from "../../services/services.ts"
import { ask, model, type Started } from "./calls.ts"

let prefixes = 0
const newPrefix = () => `rate-limit-${process.pid}-${performance.now()}-${prefixes++}`

/** A client of its own, as another process has. */
const client = (prefix: string) => RateLimitRedis.layerStore({ prefix }).pipe(Layer.provide(redisLayer))

const errorOf = (exit: Exit.Exit<unknown, unknown>) => Option.getOrUndefined(Exit.findErrorOption(exit))

const millisOf = Effect.sync(() => performance.now())

type Store = (typeof RateLimit.RateLimitStore)["Service"]

const rate = (amount: number, millis = 3_600_000, limit = 10): Claim => ({
  type: "rate",
  key: "r",
  limit,
  millis,
  amount
})
const place = (millis: number): Claim => ({ type: "concurrency", key: "c", limit: 1, millis, amount: 1 })
const ask1 = (store: Store, id: string, claims: ReadonlyArray<Claim>, ticket?: number) =>
  store.acquire({ id, claims, waits: ticket !== undefined, ticket: ticket === 0 ? undefined : ticket })

const laws = (layer: () => Layer.Layer<RateLimit.RateLimitStore>) => {
  const law = (title: string, check: (store: Store) => Effect.Effect<unknown, unknown>) =>
    it.live(title, () => Effect.provide(Effect.flatMap(RateLimit.RateLimitStore, check), layer()))

  law("takes all claims or none", (store) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* ask1(store, "a", [rate(8), place(60_000)]), { granted: true, remaining: [2, 0] })
      assert.deepInclude(yield* ask1(store, "b", [rate(1), place(60_000)]), { granted: false, claim: 1 })
      const refused = yield* ask1(store, "c", [rate(3), place(60_000)])
      assert.deepInclude(refused, { granted: false, claim: 0 })
      assert.isTrue((yield* ask1(store, "d", [rate(2)])).granted)
      assert.isFalse((yield* ask1(store, "e", [rate(1)])).granted)
    })
  )

  law("lets a call leave the queue before it has its ticket", (store) =>
    Effect.gen(function* () {
      const settle = (id: string) =>
        store.settle({ id, ticket: undefined, settlements: [{ claim: place(60_000), amount: 0 }] })
      yield* ask1(store, "a", [place(60_000)])
      assert.isFalse((yield* ask1(store, "b", [place(60_000)], 0)).granted)
      yield* settle("b")
      yield* settle("a")
      assert.isTrue((yield* ask1(store, "c", [place(60_000)])).granted)
    })
  )

  law("returns when enough will be free", (store) =>
    Effect.gen(function* () {
      yield* ask1(store, "a", [rate(4, 60_000)])
      yield* Effect.sleep(60)
      yield* ask1(store, "b", [rate(6, 60_000)])
      const few = yield* ask1(store, "c", [rate(4, 60_000)])
      const many = yield* ask1(store, "d", [rate(5, 60_000)])
      const [first = 0, second = 0] = [few, many].map((one) => (one.granted ? 0 : one.retryAfterMillis))
      assert.isTrue(first > 50_000 && first <= 59_960, `${first}`)
      assert.isTrue(second - first > 40 && second <= 60_020, `${second - first}`)
    })
  )

  law("counts for the window and no longer", (store) =>
    Effect.gen(function* () {
      yield* ask1(store, "a", [rate(10, 1500)])
      const refused = yield* ask1(store, "b", [rate(1, 1500)])
      yield* Effect.sleep(refused.granted ? 0 : (refused.retryAfterMillis ?? 0) + 20)
      assert.isTrue((yield* ask1(store, "b", [rate(10, 1500)])).granted)
    })
  )

  law("corrects the amount taken, and returns what was not used", (store) =>
    Effect.gen(function* () {
      const settle = (id: string, claim: Claim, amount: number) =>
        store.settle({ id, ticket: undefined, settlements: [{ claim, amount }] })
      yield* ask1(store, "a", [rate(10)])
      yield* settle("a", rate(10), 4)
      assert.isFalse((yield* ask1(store, "b", [rate(7)])).granted)
      assert.isTrue((yield* ask1(store, "b", [rate(6)])).granted)
      yield* settle("b", rate(6), 0)
      yield* settle("b", rate(6), 0)
      yield* settle("unknown", rate(6), 0)
      assert.isTrue((yield* ask1(store, "c", [rate(6)])).granted)
      yield* settle("c", rate(6), 20)
      assert.isFalse((yield* ask1(store, "d", [rate(1)])).granted)
    })
  )

  law("frees a slot that is not renewed in time", (store) =>
    Effect.gen(function* () {
      yield* ask1(store, "a", [place(50)])
      yield* store.renew([{ id: "a", key: "c", millis: 60_000 }])
      yield* Effect.sleep(80)
      assert.isFalse((yield* ask1(store, "b", [place(50)])).granted)
      yield* store.renew([{ id: "a", key: "c", millis: 50 }])
      yield* Effect.sleep(80)
      assert.isTrue((yield* ask1(store, "b", [place(50)])).granted)
    })
  )

  law("reserves amounts for waiting calls, in their order", (store) =>
    Effect.gen(function* () {
      yield* ask1(store, "a", [rate(9)])
      const large = yield* ask1(store, "large", [rate(5)], 0)
      const small = yield* ask1(store, "small", [rate(1)], 0)
      assert.isFalse(small.granted)
      yield* store.settle({ id: "a", ticket: undefined, settlements: [{ claim: rate(9), amount: 5 }] })
      assert.isFalse((yield* ask1(store, "new", [rate(1)])).granted)
      assert.isTrue((yield* ask1(store, "large", [rate(5)], large.granted ? 0 : large.ticket)).granted)
      yield* store.settle({ id: "large", ticket: undefined, settlements: [{ claim: rate(5), amount: 4 }] })
      assert.isFalse((yield* ask1(store, "new", [rate(1)])).granted)
      // One that leaves the line makes way.
      const ticket = small.granted ? undefined : small.ticket
      yield* store.settle({ id: "small", ticket, settlements: [{ claim: rate(1), amount: 0 }] })
      assert.isTrue((yield* ask1(store, "new", [rate(1)])).granted)
    })
  )

  law("admits nothing that the provider would refuse", (store) =>
    Effect.gen(function* () {
      const claim = rate(1)
      yield* ask1(store, "a", [claim])
      yield* store.settle({
        id: "a",
        ticket: undefined,
        settlements: [{ claim, amount: 1, remaining: 2, resetMillis: 1000 }]
      })
      assert.isFalse((yield* ask1(store, "b", [rate(3)])).granted)
      assert.isTrue((yield* ask1(store, "b", [rate(2)])).granted)
      const full = yield* ask1(store, "c", [claim])
      assert.isTrue(!full.granted && (full.retryAfterMillis ?? 0) <= 1000)
      yield* Effect.sleep(1020)
      assert.isTrue((yield* ask1(store, "c", [claim])).granted)
      yield* store.settle({ id: "c", ticket: undefined, settlements: [{ claim, amount: 1, pauseMillis: 1000 }] })
      assert.isFalse((yield* ask1(store, "d", [claim])).granted)
      yield* Effect.sleep(1020)
      assert.isTrue((yield* ask1(store, "d", [claim])).granted)
    })
  )
}

describe("in memory", () => {
  laws(() => RateLimit.layerStoreMemory)
})

describe.skipIf(!hasRedis)("in Redis", () => {
  laws(() => client(newPrefix()))

  const Step = Schema.Struct({
    id: Schema.Literals(["a", "b", "c", "d"]),
    does: Schema.Literals(["ask", "ask", "wait", "settle"]),
    requests: Schema.Literals([0, 1, 4]),
    tokens: Schema.Literals([1, 5, 20]),
    places: Schema.Literals([0, 0, 1]),
    used: Schema.Literals([0, 1, 7, 30])
  })
  const Steps = Schema.Array(Step).check(Schema.isMaxLength(40))

  it.live.prop(
    "decides as memory does",
    { steps: Steps },
    ({ steps }) =>
      Effect.gen(function* () {
        const play = Effect.fnUntraced(function* () {
          const store = yield* RateLimit.RateLimitStore
          const taken = new Map<string, ReadonlyArray<Claim>>()
          const tickets = new Map<string, number>()
          const results: Array<unknown> = []
          for (const { does, id, places, requests, tokens, used } of steps) {
            if (does === "settle") {
              const settlements = (taken.get(id) ?? []).map((claim) => ({
                claim,
                amount: claim.type === "concurrency" ? 0 : used
              }))
              yield* store.settle({ id, ticket: tickets.get(id), settlements })
              taken.delete(id)
              tickets.delete(id)
              continue
            }
            // A call asks for the same until it is settled.
            const claims = taken.get(id) ?? [
              ...(requests === 0 ? [] : [{ ...rate(requests), key: "requests" }]),
              // Memory counts in steps: of two windows that are as long, either may say that it is free later.
              { ...rate(tokens, 7_200_000, 40), key: "tokens" },
              ...(places === 0 ? [] : [place(3_600_000)])
            ]
            if (taken.has(id) && !tickets.has(id)) continue
            const waits = does === "wait" || tickets.has(id)
            const acquired = yield* store.acquire({ id, claims, waits, ticket: tickets.get(id) })
            results.push(acquired.granted ? true : acquired.claim)
            if (acquired.granted || waits) taken.set(id, claims)
            if (acquired.granted) tickets.delete(id)
            else if (waits) tickets.set(id, acquired.ticket)
          }
          return results
        })
        // Redis takes a waiter that has not asked for two seconds for dead: a machine that stood still for so long plays again.
        const playInTime = Effect.suspend(() => Effect.timed(Effect.provide(play(), client(newPrefix())))).pipe(
          Effect.repeat({ until: ([took]) => Duration.toMillis(took) < 1500 }),
          Effect.map(([, results]) => results)
        )
        const memory = yield* Effect.provide(play(), RateLimit.layerStoreMemory)
        assert.deepStrictEqual(yield* playInTime, memory)
      }),
    { arbitrary: { runs: 25 } }
  )

  it.live("one limit applies to many clients, in turn", () =>
    Effect.gen(function* () {
      const prefix = newPrefix()
      const started: Array<Started> = []
      const shared = model(started)
      const limit = () =>
        RateLimit.make({
          requests: 4,
          per: "200 millis",
          concurrency: 2,
          lease: "5 seconds",
          wait: "20 seconds",
          storeTimeout: "5 seconds"
        })
      const startedAtMillis = yield* millisOf
      const clients = ["one", "two"].map((user) =>
        Effect.provide(
          Effect.forEach(Array.from({ length: 8 }), () => shared.pipe(limit()).generate(ask(20, 1, user)), {
            concurrency: "unbounded"
          }),
          client(prefix)
        )
      )
      yield* Effect.all(clients, { concurrency: "unbounded" })
      const windows = ((yield* millisOf) - startedAtMillis) / 200
      assert.strictEqual(started.length, 16)
      assert.isAtMost(Math.max(...started.map(({ inFlight }) => inFlight)), 2)
      assert.isAtMost(16, 4 * Math.ceil(windows))
      // Neither has to wait until the other is done.
      const half = started.slice(0, 10).map(({ user }) => user)
      assert.sameMembers([...new Set(half)], ["one", "two"])
    })
  )

  it.live("calls that are interrupted at any moment leave nothing behind", () =>
    Effect.gen(function* () {
      const started: Array<Started> = []
      const options = { key: "k", requests: 1000, per: "1 hour", concurrency: 3, wait: "20 seconds" } as const
      const limited = model(started).pipe(RateLimit.make({ ...options, storeTimeout: "5 seconds" }))
      const fibers = yield* Effect.forEach(
        Array.from({ length: 60 }),
        Effect.fnUntraced(function* (_, index) {
          const fiber = yield* Effect.forkChild(limited.generate(ask(index % 5, 1, `${index % 3}`)))
          if (index % 3 > 0) yield* Effect.forkChild(Effect.andThen(Effect.sleep(index % 23), Fiber.interrupt(fiber)))
          return fiber
        })
      )
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      assert.isAtLeast(exits.filter(Exit.isSuccess).length, 20)
      const store = yield* RateLimit.RateLimitStore
      const claim = (type: "rate" | "concurrency", key: string, limit: number, amount: number) =>
        ask1(store, "probe", [{ type, key, limit, millis: 3_600_000, amount }])
      assert.isTrue((yield* claim("concurrency", "concurrency/k", 3, 3)).granted)
      const left = 1000 - started.length
      assert.isFalse((yield* claim("rate", "requests/3600000/k", 1000, left + 1)).granted)
      assert.isTrue((yield* claim("rate", "requests/3600000/k", 1000, left)).granted)
    }).pipe(Effect.provide(client(newPrefix())))
  )

  it.live("the slot of a killed process is freed with its lease, and a waiting call gets it", () =>
    Effect.gen(function* () {
      const prefix = newPrefix()
      const url = yield* redisUrl
      const child = spawn(process.execPath, [new URL("holder.ts", import.meta.url).pathname, url, prefix], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      yield* Effect.addFinalizer(() => Effect.sync(() => void child.kill("SIGKILL")))
      yield* Effect.promise(() => once(child.stdout, "data"))
      const limit = (wait: Duration.Input) =>
        RateLimit.make({ key: "k", concurrency: 1, lease: "1500 millis", wait, storeTimeout: "5 seconds" })
      yield* Effect.gen(function* () {
        const refused = yield* Effect.exit(model().pipe(limit(0)).generate(ask(0)))
        assert.instanceOf(errorOf(refused), LocalRateLimitError)
        const waiting = yield* Effect.forkChild(model().pipe(limit("20 seconds")).generate(ask(0)))
        yield* Effect.sleep(50)
        child.kill("SIGKILL")
        const killedAtMillis = yield* millisOf
        yield* Fiber.join(waiting)
        assert.isAtMost((yield* millisOf) - killedAtMillis, 1500 + 1000)
      }).pipe(Effect.provide(client(prefix)))
    }).pipe(Effect.scoped)
  )

  it.live("while it is stopped calls pass or fail by choice and in time, and when it is back limits hold again", () =>
    Effect.gen(function* () {
      const server = yield* ownRedis
      const layer = RateLimitRedis.layerStore().pipe(Layer.provide(Layer.orDie(NodeRedis.layer({ url: server.url }))))
      yield* Effect.gen(function* () {
        const options = { requests: 1, per: "1 minute", concurrency: 10, storeTimeout: "100 millis" } as const
        const allowing = model().pipe(RateLimit.make(options))
        const strict = model().pipe(RateLimit.make({ ...options, whenStoreFails: "fail" }))
        yield* allowing.generate(ask(0))
        assert.instanceOf(errorOf(yield* Effect.exit(allowing.generate(ask(0)))), LocalRateLimitError)
        yield* Effect.promise(() => server.stop())
        const stoppedAtMillis = yield* millisOf
        yield* allowing.generate(ask(0))
        assert.instanceOf(errorOf(yield* Effect.exit(strict.generate(ask(0)))), PolicyStoreError)
        assert.isAtMost((yield* millisOf) - stoppedAtMillis, 2000)
        const again = yield* Effect.acquireRelease(
          Effect.promise(() => startRedis(server.port)),
          (again) => Effect.promise(() => again.stop())
        )
        assert.strictEqual(again.port, server.port)
        let isLimited = false
        while (!isLimited) {
          isLimited = errorOf(yield* Effect.exit(allowing.generate(ask(0)))) instanceof LocalRateLimitError
          yield* Effect.sleep(20)
        }
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([])), Effect.timeout("30 seconds"))
  )
})
