/** What the store in Redis keeps of a limit. Time passes, and Redis's clock is set back, by moving all that it keeps in time. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { Redis } from "effect/persistence"
import * as RateLimitRedis from "../../../src/policies/RateLimitRedis.ts"
import { type Claim, RateLimitStore } from "../../../src/policies/RateLimitStore.ts"
import { mostSteps } from "../../../src/policies/rateLimit/Taken.ts"
import { hasRedis, redisLayer } from "../../services/services.ts"

const hour = 3_600_000
const step = hour / mostSteps
/** By how much what passes counts longer, since it is sent a little later. */
const sending = 20

const age = Redis.script((prefix: string, millis: number) => [prefix, millis], {
  numberOfKeys: 0,
  lua: `
local millis = tonumber(ARGV[2])
for _, key in ipairs(redis.call('KEYS', '{' .. ARGV[1] .. '}:*')) do
  local kind = string.match(key, '[^:]+$')
  if kind == 'state' then
    for _, field in ipairs({ 'othersUntil', 'paused', 'said' }) do
      local at = redis.call('HGET', key, field)
      if at then redis.call('HSET', key, field, tonumber(at) - millis) end
    end
  else
    local unit = (kind == 'steps' or kind == 'open') and 1000 or 1
    local all = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    local left = redis.call('PTTL', key)
    redis.call('DEL', key)
    for i = 1, #all, 2 do
      local member = all[i]
      if kind == 'steps' then
        local last, amount = string.match(member, '^(%d+)|(.*)$')
        member = string.format('%.0f', tonumber(last) - millis * 1000) .. '|' .. amount
      end
      redis.call('ZADD', key, string.format('%.0f', tonumber(all[i + 1]) - millis * unit), member)
    end
    if #all > 0 then redis.call('PEXPIRE', key, left) end
  end
end`
})

let prefixes = 0
const stored = <A, E>(
  check: (
    store: RateLimitStore["Service"],
    /** As if so much time had passed; if negative, as if the clock had been set back. */
    pass: (millis: number) => Effect.Effect<void>,
    sizes: Effect.Effect<{ readonly [kind: string]: number }>,
    prefix: string
  ) => Effect.Effect<A, E>
) => {
  const prefix = `redis-steps-${process.pid}-${performance.now()}-${prefixes++}`
  return Effect.gen(function* () {
    const redis = yield* Redis.Redis
    const run = redis.eval(age)
    const sizes = Effect.gen(function* () {
      const sizes: Record<string, number> = {}
      for (const key of yield* redis.send<ReadonlyArray<string>>("KEYS", `{${prefix}}:*`)) {
        assert.isAbove(Number(yield* redis.send("PTTL", key)), 0, `${key} expires`)
        const count = key.endsWith(":state") ? "HLEN" : "ZCARD"
        sizes[key.slice(key.lastIndexOf(":") + 1)] = Number(yield* redis.send(count, key))
      }
      return sizes
    })
    const store = yield* RateLimitStore
    return yield* check(
      store,
      (millis) => Effect.asVoid(Effect.orDie(run(prefix, millis))),
      Effect.orDie(sizes),
      prefix
    )
  }).pipe(Effect.provide(RateLimitRedis.layerStore({ prefix }).pipe(Layer.provideMerge(redisLayer))))
}

const rate = (amount: number, limit = 10, millis = hour): Claim => ({ type: "rate", key: "r", limit, millis, amount })
const place: Claim = { type: "concurrency", key: "c", limit: 1, millis: 1000, amount: 1 }
const ask = (store: RateLimitStore["Service"], id: string, claim: Claim, waits = false) =>
  store.acquire({ id, claims: [claim], waits, ticket: undefined })
const settle = (store: RateLimitStore["Service"], id: string, claim: Claim, amount: number, pauseMillis?: number) =>
  store.settle({ id, ticket: undefined, settlements: [{ claim, amount, pauseMillis }] })

describe.skipIf(!hasRedis)("the state of a rate in Redis", () => {
  it.live("is one entry per step of time, and nothing per settled call", () =>
    stored(
      Effect.fnUntraced(function* (store, pass, sizes) {
        const claim = rate(3, 1_000_000)
        const call = (index: number) =>
          Effect.andThen(
            ask(store, `${index}`, claim),
            // Every hundredth is never settled, as by a process that died.
            index % 100 === 0 ? Effect.void : settle(store, `${index}`, claim, 2)
          )
        for (let round = 0; round < 6; round++) {
          const calls = Array.from({ length: 300 }, (_, index) => round * 300 + index)
          yield* Effect.forEach(calls, call, { concurrency: 50, discard: true })
          yield* pass(hour / 100)
        }
        const { open, steps = 0 } = yield* sizes
        // A round may take longer than a step.
        assert.isTrue(steps >= 6 && steps <= 60, `${steps} steps`)
        assert.strictEqual(open, 18)
        yield* pass(hour + step + sending)
        assert.deepStrictEqual(yield* ask(store, "last", claim), { granted: true, remaining: [1_000_000 - 3] })
        assert.deepInclude(yield* sizes, { open: 1, steps: 1 })
      })
    )
  )

  it.live("continues after a step whose calls used nothing", () =>
    stored(
      Effect.fnUntraced(function* (store, pass) {
        const claim = rate(4)
        yield* ask(store, "failed", claim)
        yield* settle(store, "failed", claim, 0)
        yield* pass(hour + step + sending)
        assert.deepStrictEqual(yield* ask(store, "next", claim), { granted: true, remaining: [6] })
        yield* settle(store, "next", claim, 0)
        // Redis's clock is set back by more than the window.
        yield* pass(-2 * hour)
        assert.deepStrictEqual(yield* ask(store, "last", claim), { granted: true, remaining: [6] })
      })
    )
  )

  const Calls = Schema.Array(
    Schema.Struct({
      gapMillis: Schema.Literals([0, 0, 2000, 7 * 60_000, 17 * 60_000, 70 * 60_000]),
      amount: Schema.Literals([1, 5, 100]),
      /** After how many later calls it is settled, if ever. */
      settledAfter: Schema.Literals(["never", 0, 0, 3, 10]),
      used: Schema.Literals([0, 1, 5, 300])
    })
  ).check(Schema.isMaxLength(30))

  it.live.prop(
    "counts for its window, and at most a step longer, whenever it is settled",
    { calls: Calls },
    ({ calls }) =>
      stored(
        Effect.fnUntraced(function* (store, pass) {
          const limit = 1_000_000
          const log: Array<{ readonly from: number; readonly to: number; readonly amount: number; used: number }> = []
          let passed = 0
          const now = () => passed + performance.now()
          for (const [index, { amount, gapMillis }] of calls.entries()) {
            passed += gapMillis
            yield* pass(gapMillis)
            const from = now()
            const taken = yield* ask(store, `${index}`, rate(amount, limit))
            const to = now()
            log.push({ from, to, amount, used: amount })
            const sum = limit - (taken.granted ? (taken.remaining[0] ?? 0) : 0)
            const within = (counts: (entry: (typeof log)[number]) => boolean) =>
              log.reduce((total, entry) => (counts(entry) ? total + entry.used : total), 0)
            assert.isAtLeast(
              sum,
              within((entry) => to - entry.from < hour)
            )
            assert.isAtMost(
              sum,
              within((entry) => from - entry.to <= hour + step + sending)
            )
            for (const [earlier, { settledAfter, used }] of calls.entries()) {
              const entry = log[earlier]
              if (entry === undefined || settledAfter === "never" || earlier + settledAfter !== index) continue
              // What has left the window is not corrected.
              if (now() - entry.from >= hour) continue
              yield* settle(store, `${earlier}`, rate(entry.amount, limit), used)
              yield* settle(store, `${earlier}`, rate(entry.amount, limit), used + 1)
              entry.used = used
            }
          }
        })
      ),
    { arbitrary: { runs: 30 } }
  )

  it.live("is forgotten with its window, though the limit is paused for longer", () =>
    stored(
      Effect.fnUntraced(function* (store, pass, sizes) {
        const claim = rate(10, 10, 50)
        yield* ask(store, "a", claim)
        yield* settle(store, "a", claim, 10, 60_000)
        // The steps expire a second after the window.
        while ((yield* sizes).steps !== undefined) yield* Effect.sleep(50)
        assert.deepInclude(yield* ask(store, "b", claim), { granted: false })
        yield* pass(60_000)
        assert.isTrue((yield* ask(store, "b", claim)).granted)
      })
    )
  )

  it.live("is recounted if Redis has evicted its sum", () =>
    stored(
      Effect.fnUntraced(function* (store, _pass, sizes, prefix) {
        yield* ask(store, "a", rate(4))
        yield* ask(store, "b", rate(3))
        const redis = yield* Redis.Redis
        const keys = yield* redis.send<ReadonlyArray<string>>("KEYS", `{${prefix}}:*`)
        const state = keys.find((key) => key.endsWith(":state")) ?? ""
        yield* redis.send("DEL", state)
        assert.deepStrictEqual(yield* ask(store, "c", rate(1)), { granted: true, remaining: [2] })
        yield* sizes
        yield* redis.send("DEL", state)
        yield* settle(store, "b", rate(3), 1)
        assert.deepStrictEqual(yield* ask(store, "d", rate(1)), { granted: true, remaining: [3] })
      }, Effect.provide(redisLayer))
    )
  )
})

describe.skipIf(!hasRedis)("after Redis's clock was set back by an hour", () => {
  const back = -hour

  it.live("a rate holds for a window, and no longer", () =>
    stored(
      Effect.fnUntraced(function* (store, pass) {
        const claim = rate(5, 10, 60_000)
        yield* ask(store, "a", claim)
        yield* ask(store, "b", claim)
        yield* pass(back)
        const refused = yield* ask(store, "c", claim)
        assert.isFalse(refused.granted)
        assert.isAtMost(refused.granted ? 0 : (refused.retryAfterMillis ?? 0), 60_000 + sending)
        // What was taken before is corrected as ever.
        yield* settle(store, "a", claim, 1)
        assert.deepStrictEqual(yield* ask(store, "d", { ...claim, amount: 4 }), { granted: true, remaining: [0] })
        yield* pass(60_000 + 60 + sending)
        assert.isTrue((yield* ask(store, "c", { ...claim, amount: 10 })).granted)
      })
    )
  )

  it.live("a slot that is not renewed is free after its lease", () =>
    stored(
      Effect.fnUntraced(function* (store, pass) {
        yield* ask(store, "a", place)
        yield* pass(back)
        assert.isFalse((yield* ask(store, "b", place)).granted)
        yield* pass(1002)
        assert.isTrue((yield* ask(store, "b", place)).granted)
      })
    )
  )

  it.live("a process that died while waiting delays no one longer than before", () =>
    stored(
      Effect.fnUntraced(function* (store, pass) {
        yield* ask(store, "a", rate(9))
        assert.isFalse((yield* ask(store, "dead", rate(5), true)).granted)
        yield* pass(back)
        assert.isTrue((yield* ask(store, "b", rate(1))).granted)
      })
    )
  )

  it.live("a pause lasts as long as requested", () =>
    stored(
      Effect.fnUntraced(function* (store, pass) {
        yield* ask(store, "a", rate(1))
        yield* settle(store, "a", rate(1), 1, 30_000)
        yield* pass(back)
        const refused = yield* ask(store, "b", rate(1))
        assert.isAtMost(refused.granted ? Infinity : (refused.retryAfterMillis ?? Infinity), 30_000)
        yield* pass(30_000)
        assert.isTrue((yield* ask(store, "b", rate(1))).granted)
      })
    )
  )
})
