import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Key } from "../../../src/gateway/access/records/Records.ts"
import { hasPostgres, hasRedis, ownRedis, postgresUrl } from "../../services/services.ts"
import { stopwatch } from "../stopwatch.ts"
import { access, models, secretOf } from "./access.ts"

const decode = Schema.decodeUnknownSync(Key.fields.budgets.schema)
const usd = (amount: string, more: object = {}) => decode([{ usd: amount, ...more }])

/** How many of some calls at once were made. */
const made = <E, R>(calls: ReadonlyArray<Effect.Effect<unknown, E, R>>) =>
  Effect.map(
    Effect.forEach(calls, Effect.result, { concurrency: "unbounded" }),
    (results) => results.filter(({ _tag }) => _tag === "Success").length
  )

const times = <A>(count: number, value: A): ReadonlyArray<A> => Array.from({ length: count }, () => value)

describe("budgets of a key, its user and its team", () => {
  it.effect("all apply, also to concurrent callers", () =>
    Effect.gen(function* () {
      const { call, keys, server, states, teams, users } = yield* access()
      yield* teams.create({ id: "core", budgets: usd("30") })
      yield* users.create({ id: "ann", team: "core", budgets: usd("18") })
      const ann = yield* keys.create({ name: "ann", user: "ann", budgets: usd("12") })
      const anns = yield* keys.create({ name: "ann too", user: "ann" })
      const bob = yield* keys.create({ name: "bob", team: "core" })
      // A call costs 6 dollars; nothing is known of that before, so one after the other.
      const spend = (secret: string) =>
        Effect.map(
          Effect.forEach(times(8, secret), (secret) => Effect.result(call(secret))),
          (results) => results.filter(({ _tag }) => _tag === "Success").length
        )
      assert.strictEqual(yield* spend(secretOf(ann)), 2)
      assert.strictEqual(yield* spend(secretOf(anns)), 1)
      assert.strictEqual(yield* spend(secretOf(bob)), 2)
      assert.strictEqual(server.calls.length, 5)
      const spent = yield* Effect.all([
        states.of("key", ann.key.id),
        states.of("user", "ann"),
        states.of("team", "core")
      ])
      assert.deepStrictEqual(
        spent.flat().map(({ reserved, spent }) => [spent, reserved]),
        [
          ["12", "0"],
          ["18", "0"],
          ["30", "0"]
        ]
      )
    })
  )

  it.effect("refuse what has no price, and report what is left without reading the store", () =>
    Effect.gen(function* () {
      const { call, keys, server, withKey } = yield* access()
      const secret = secretOf(yield* keys.create({ name: "priced", budgets: usd("10") }))
      assert.include((yield* Effect.flip(call(secret, "unpriced"))).message, "price")
      assert.strictEqual(server.calls.length, 0)
      const caller = yield* withKey(secret)
      assert.deepStrictEqual(caller.remaining(0), [])
      yield* call(secret)
      assert.deepStrictEqual(
        caller.remaining(0).map(({ limit, remaining, unit }) => ({ limit, remaining, unit })),
        [{ limit: "10", remaining: "4", unit: "usd" }]
      )
    })
  )

  it.effect("are raised until a time, and end by themselves", () =>
    Effect.gen(function* () {
      const { call, keys } = yield* access()
      const issued = yield* keys.create({
        name: "raised",
        budgets: usd("6", { raise: { to: "12", until: "1970-01-01T01:00:00Z" } })
      })
      const secret = secretOf(issued)
      yield* call(secret)
      yield* call(secret)
      yield* keys.update(issued.key.id, { budgets: usd("6", { raise: { to: "100", until: "1970-01-01T01:00:00Z" } }) })
      yield* call(secret)
      yield* TestClock.adjust("1 hour")
      assert.include((yield* Effect.flip(call(secret))).message, "budget")
    })
  )

  it.effect("begin anew with their window, and nothing is forgotten in it", () =>
    Effect.gen(function* () {
      const { call, keys } = yield* access()
      const issued = yield* keys.create({
        name: "daily",
        budgets: usd("6", { every: "day", zone: "Europe/Berlin", name: "own" })
      })
      const secret = secretOf(issued)
      yield* call(secret)
      yield* keys.update(issued.key.id, { budgets: usd("6", { every: "month", zone: "Europe/Berlin", name: "own" }) })
      assert.isTrue((yield* Effect.result(call(secret)))._tag === "Failure")
      yield* keys.update(issued.key.id, { budgets: usd("6", { every: "day", zone: "Europe/Berlin", name: "own" }) })
      yield* TestClock.adjust("23 hours")
      yield* call(secret)
    })
  )

  it.effect("count tokens, and limits the requests of all keys of a team together", () =>
    Effect.gen(function* () {
      const { call, keys, teams } = yield* access()
      yield* teams.create({ id: "core", limits: [{ requests: 3 }] })
      const one = secretOf(yield* keys.create({ name: "one", team: "core" }))
      const other = secretOf(yield* keys.create({ name: "other", team: "core" }))
      assert.strictEqual(yield* made([...times(3, call(one)), ...times(3, call(other))]), 3)
      const tokens = secretOf(yield* keys.create({ name: "tokens", budgets: decode([{ tokens: 3_000_000 }]) }))
      yield* call(tokens)
      yield* call(tokens)
      assert.isTrue((yield* Effect.result(call(tokens)))._tag === "Failure")
    })
  )
})

describe.skipIf(!hasPostgres || !hasRedis)("two instances over Postgres and Redis", () => {
  it.live("know each other's keys, share limits and budgets, and learn of a block within two seconds", () =>
    Effect.gen(function* () {
      const redis = yield* ownRedis
      const text = `${models}stores: { sql: "\${SQL}", redis: "\${REDIS}", prefix: access }\n`
      const env = { SQL: yield* postgresUrl, REDIS: redis.url }
      const here = yield* access(text, { env })
      const there = yield* access(text, { env })
      const team = `team-${process.pid}`
      yield* here.teams.create({ id: team, budgets: usd("12") })
      const issued = yield* here.keys.create({ name: "shared", team, limits: [{ requests: 8 }] })
      const secret = secretOf(issued)
      const calls = Effect.forEach([here, there, here, there], ({ call }) => Effect.result(call(secret)))
      assert.deepStrictEqual(
        (yield* calls).map(({ _tag }) => _tag),
        ["Success", "Success", "Failure", "Failure"]
      )
      yield* here.keys.block(issued.key.id)
      const elapsed = stopwatch()
      yield* Effect.flip(here.withKey(secret))
      yield* Effect.flip(there.withKey(secret)).pipe(
        Effect.retry(Schedule.spaced("20 millis")),
        Effect.timeout("30 seconds")
      )
      assert.isBelow(elapsed(), 2500)
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
