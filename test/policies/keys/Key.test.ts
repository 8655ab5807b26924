import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Scope } from "effect"
import { AuthenticationError, PermissionDeniedError, QuotaExceededError } from "../../../src/domain/CallErrors.ts"
import { RateLimitError, ServerError } from "../../../src/domain/ChatResponse.ts"
import { LocalRateLimitError } from "../../../src/domain/PolicyErrors.ts"
import { Key, type Verdict, verdictOf } from "../../../src/policies/keys/Key.ts"

const rests = { cooldown: 30, quotaCooldown: 3600 }
const verdict = (error: unknown) => verdictOf(error, "lab", rests)
const cools = (millis: number, more: Partial<Verdict> = {}) =>
  ({ type: "cools", forAll: false, isQuota: false, millis, ...more }) as Extract<Verdict, { type: "cools" }>
const busy = (millis: number, more: { readonly requested?: number; readonly allowed?: number } = {}) =>
  new RateLimitError({ retryAfter: Duration.millis(millis), ...more })
const ownLimit = { key: "k", limit: "requests", allowed: 1, requested: 1 } as const

describe("the verdict on a key", () => {
  it("is that it rests, for how long and for which models, if another key may succeed", () => {
    assert.deepStrictEqual(verdict(new QuotaExceededError({})), cools(3600, { forAll: true, isQuota: true }))
    assert.deepStrictEqual(verdict(new PermissionDeniedError({})), cools(30))
    assert.deepStrictEqual(verdict(new RateLimitError({})), cools(30))
    assert.deepStrictEqual(verdict(busy(0)), cools(30))
    assert.deepStrictEqual(verdict(busy(1)), cools(1))
    assert.deepStrictEqual(verdict(busy(3600)), cools(3600))
    assert.deepStrictEqual(verdict(busy(3601)), cools(3600))
  })

  it("is that it is refused, limited by its own limits, or skipped for this call", () => {
    assert.deepStrictEqual(verdict(new AuthenticationError({})), { type: "refused" })
    assert.deepStrictEqual(verdict(new LocalRateLimitError({ ...ownLimit, retryAfter: Duration.millis(7) })), {
      type: "limited",
      millis: 7
    })
    assert.deepStrictEqual(verdict(new LocalRateLimitError(ownLimit)), { type: "limited", millis: 0 })
    assert.deepStrictEqual(verdict(busy(5, { requested: 9, allowed: 8 })), { type: "skipped" })
    assert.deepStrictEqual(verdict(busy(5, { requested: 8, allowed: 8 })), cools(5))
  })

  it("is none if another key would not help, or another provider failed", () => {
    for (const error of [new ServerError({}), new Error("no"), undefined, null, "RateLimitError"]) {
      assert.isUndefined(verdict(error))
    }
    assert.isUndefined(verdict(new AuthenticationError({ provider: "other" })))
    assert.deepStrictEqual(verdict(new AuthenticationError({ provider: "lab" })), { type: "refused" })
  })
})

describe("a key", () => {
  it("rests for the model that was limited until then, and no shorter after a shorter rest", () => {
    const key = new Key("a")
    key.judge(cools(100), "m", 1000)
    key.judge(cools(10), "m", 1000)
    assert.deepStrictEqual(
      [1000, 1099, 1100, 1200].map((now) => key.waitFor("m", now)),
      [100, 1, 0, 0]
    )
    assert.strictEqual(key.waitFor("n", 1000), 0)
    assert.deepStrictEqual(key.restFor("m", 1000), { millis: 100, isQuota: false })
    assert.deepStrictEqual(key.stateAt(1099).coolingModels, ["m"])
    assert.deepStrictEqual(key.stateAt(1100).coolingModels, [])
    assert.isUndefined(key.stateAt(1000).cooling)
  })

  it("rests for all models without quota, and names the quota if that lasts at least as long", () => {
    const key = new Key("a")
    key.judge(cools(100, { forAll: true, isQuota: true }), "m", 1000)
    key.judge(cools(50, { forAll: true, isQuota: true }), "m", 1000)
    key.judge(cools(100), "same", 1000)
    key.judge(cools(101), "longer", 1000)
    assert.deepStrictEqual(key.restFor("other", 1000), { millis: 100, isQuota: true })
    assert.deepStrictEqual(key.restFor("same", 1000), { millis: 100, isQuota: true })
    assert.deepStrictEqual(key.restFor("longer", 1000), { millis: 101, isQuota: false })
    assert.deepStrictEqual(key.restFor("other", 1100), { millis: 0, isQuota: false })
    assert.deepStrictEqual(key.stateAt(1099).cooling, Duration.millis(1))
    assert.isUndefined(key.stateAt(1100).cooling)
  })

  it("is never used again once it is refused, but is after all other verdicts", () => {
    const key = new Key("a")
    key.judge({ type: "limited", millis: 100 }, "m", 0)
    key.judge({ type: "skipped" }, "m", 0)
    assert.deepStrictEqual(key.stateAt(0), {
      name: "a",
      isRefused: false,
      cooling: undefined,
      coolingModels: [],
      busy: 0
    })
    assert.strictEqual(key.waitFor("m", 0), 0)
    key.judge({ type: "refused" }, "m", 0)
    assert.isTrue(key.stateAt(0).isRefused)
    assert.deepStrictEqual(key.restFor("n", 0), { millis: Infinity, isQuota: false })
  })

  it("remembers the rests of a thousand models: those that are over are forgotten first, then the oldest", () => {
    const key = new Key("a")
    for (let index = 0; index < 1000; index++) key.judge(cools(index < 400 ? 10 : 1000), `m${index}`, 0)
    assert.strictEqual(key.stateAt(0).coolingModels.length, 1000)
    key.judge(cools(1000), "m1000", 10)
    assert.deepStrictEqual([key.waitFor("m399", 0), key.waitFor("m400", 0)], [0, 1000])
    for (let index = 1001; index < 1400; index++) key.judge(cools(1000), `m${index}`, 10)
    assert.strictEqual(key.stateAt(10).coolingModels.length, 1000)
    assert.strictEqual(key.waitFor("m400", 10), 990)
    key.judge(cools(1000), "one more", 10)
    assert.deepStrictEqual([key.waitFor("m400", 10), key.waitFor("m401", 10)], [0, 990])
    assert.strictEqual(key.stateAt(10).coolingModels.length, 1000)
  })

  it.effect("counts the calls in progress", () =>
    Effect.gen(function* () {
      const key = new Key("a")
      const [one, other] = [yield* Scope.make(), yield* Scope.make()]
      yield* Scope.provide(key.use, one)
      yield* Scope.provide(key.use, other)
      assert.strictEqual(key.stateAt(0).busy, 2)
      yield* Scope.close(one, Exit.void)
      assert.strictEqual(key.busy, 1)
      yield* Scope.close(other, Exit.void)
      assert.strictEqual(key.busy, 0)
    })
  )
})
