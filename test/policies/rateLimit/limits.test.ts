/** What a call takes of which limits, and whose turn it is among those who wait. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { Line, type Waiter } from "../../../src/policies/rateLimit/Line.ts"
import { type Amounts, amountOf, kindOf, type Limit, Limits, millisOf } from "../../../src/policies/rateLimit/Limits.ts"
import type { CallInfo } from "../../../src/policies/Policy.ts"
import { ask, model } from "./calls.ts"

const call: CallInfo = { model: model(), request: ask(0, 1, "ann") }
const known: Amounts = { input: 30, output: 20, isGuess: false }
const lease = 5000
const claims = (limits: ReadonlyArray<Limit>, amounts: Amounts = known) =>
  new Limits(limits, lease).claims(call, amounts)

describe("the claims of a call", () => {
  it("are an amount of each meter in a window, or a slot for the time of a lease", () => {
    const rate = { type: "rate", millis: 10_000, name: "lab/chat" } as const
    assert.deepStrictEqual(
      claims([{ requests: 1, tokens: 100, inputTokens: 101, outputTokens: 102, concurrency: 2, per: "10 seconds" }]),
      [
        { ...rate, meter: "requests", key: "requests/10000/lab/chat", limit: 1, amount: 1, needed: 1 },
        { ...rate, meter: "tokens", key: "tokens/10000/lab/chat", limit: 100, amount: 50, needed: 50 },
        { ...rate, meter: "inputTokens", key: "inputTokens/10000/lab/chat", limit: 101, amount: 30, needed: 30 },
        { ...rate, meter: "outputTokens", key: "outputTokens/10000/lab/chat", limit: 102, amount: 20, needed: 20 },
        {
          type: "concurrency",
          millis: lease,
          name: "lab/chat",
          meter: "concurrency",
          key: "concurrency/lab/chat",
          limit: 2,
          amount: 1,
          needed: 1
        }
      ]
    )
    assert.strictEqual(claims([{ requests: 1 }])[0]?.millis, 60_000)
  })

  it("are counted under a fixed key, or under one of the call; a call without a key has none", () => {
    const user = (info: CallInfo) => (info.request as { readonly user?: string }).user
    assert.deepStrictEqual(
      claims([
        { key: "all", requests: 1 },
        { key: user, requests: 1 },
        { key: () => undefined, requests: 1 }
      ]).map(({ name }) => name),
      ["all", "ann"]
    )
    // Names may differ from call to call.
    let name = "a"
    const limits = new Limits([{ key: () => name, requests: 1 }], lease)
    const keys = ["a", "b", "b", "a"].map((next) => {
      name = next
      return limits.claims(call, known)[0]?.key
    })
    assert.deepStrictEqual(
      keys,
      ["a", "b", "b", "a"].map((name) => `requests/60000/${name}`)
    )
  })

  it("have the lower limit if two count the same, in the place of the first", () => {
    const of = (first: number, second: number) =>
      claims([
        { key: "k", requests: first },
        { key: "k", tokens: 100 },
        { key: "k", requests: second }
      ]).map(({ limit, meter }) => [meter, limit])
    assert.deepStrictEqual(of(3, 2), [
      ["requests", 2],
      ["tokens", 100]
    ])
    assert.deepStrictEqual(of(2, 3), [
      ["requests", 2],
      ["tokens", 100]
    ])
    const windows = claims([
      { key: "k", requests: 3, per: 1000 },
      { key: "k", requests: 2, per: 2000 }
    ])
    assert.deepStrictEqual(
      windows.map(({ limit }) => limit),
      [3, 2]
    )
  })

  it("take at most the limit for a guess, and the full amount for known tokens", () => {
    const limits: ReadonlyArray<Limit> = [{ tokens: 40, outputTokens: 10, inputTokens: 20 }]
    const amounts = (of: Amounts) => claims(limits, of).map(({ amount, needed }) => [amount, needed])
    assert.deepStrictEqual(amounts({ ...known, isGuess: true }), [
      [40, 30],
      [30, 30],
      [10, 1]
    ])
    assert.deepStrictEqual(amounts(known), [
      [50, 50],
      [30, 30],
      [20, 20]
    ])
  })

  it("take at least one", () => {
    for (const meter of ["requests", "tokens", "inputTokens", "outputTokens", "concurrency"] as const) {
      assert.strictEqual(amountOf(meter, { input: 0, output: 0 }), 1)
    }
  })

  it("need the tokens of a request only where a limit counts them", () => {
    const needs = (limit: Limit) => new Limits([limit], lease).needsTokens
    assert.deepStrictEqual([{ requests: 1 }, { concurrency: 1 }].map(needs), [false, false])
    assert.deepStrictEqual([{ tokens: 1 }, { inputTokens: 1 }, { outputTokens: 1 }].map(needs), [true, true, true])
  })

  it("are named by what they count", () => {
    const kinds = (["requests", "tokens", "inputTokens", "outputTokens", "concurrency"] as const).map(kindOf)
    assert.deepStrictEqual(kinds, ["requests", "tokens", "tokens", "tokens", "concurrency"])
  })

  it("have windows of any duration that Effect reads, but zero and infinity", () => {
    assert.strictEqual(millisOf("wait", "2 seconds"), 2000)
    assert.strictEqual(millisOf("wait", Duration.infinity), Infinity)
    for (const wrong of ["soon", Number.NaN]) {
      assert.throws(() => millisOf("wait", wrong as Duration.Input), /`wait` must be a duration .* not (soon|NaN)/)
    }
    for (const per of [0, Duration.infinity]) {
      assert.throws(() => claims([{ requests: 1, per }]), /`per` must be a positive duration, not (0|Infinity)/)
    }
  })
})

describe("a line of those who wait", () => {
  const isAtTurn = ({ state }: Waiter): boolean => state === "at turn"

  it("admits one at a time, and serves a tenant's calls in order of arrival", () => {
    const line = new Line()
    assert.isTrue(line.isEmpty)
    const waiters = ["1", "2", "3"].map(() => line.join("a", 1))
    for (const [index, waiter] of waiters.entries()) {
      assert.deepStrictEqual(waiters.filter(isAtTurn), [waiter])
      assert.isFalse(line.isEmpty)
      line.leave(waiter, index % 2 === 0)
      assert.strictEqual(waiter.state, "gone")
    }
    assert.isTrue(line.isEmpty)
  })

  it("continues with the tenant that was served least, by what its calls cost", () => {
    const line = new Line()
    const large = [line.join("large", 5), line.join("large", 5)]
    const small = Array.from({ length: 7 }, () => line.join("small", 1))
    const order: Array<string> = []
    for (let waiter = large[0]; waiter !== undefined; waiter = [...large, ...small].find(isAtTurn)) {
      order.push(waiter.tenant)
      line.leave(waiter, true)
    }
    const five = Array.from({ length: 5 }, () => "small")
    assert.deepStrictEqual(order, ["large", ...five, "large", "small", "small"])
  })

  it("counts as served only what a call got", () => {
    const line = new Line()
    const first = line.join("a", 5)
    const second = line.join("a", 5)
    const other = line.join("b", 1)
    line.leave(first, false)
    assert.deepStrictEqual([second, other].map(isAtTurn), [true, false])
    line.leave(second, true)
    assert.isTrue(isAtTurn(other))
  })

  it("gives a tenant that was away no turns in return", () => {
    const line = new Line()
    line.leave(line.join("idle", 1), true)
    const busy = Array.from({ length: 6 }, () => line.join("busy", 1))
    for (const waiter of busy.slice(0, 3)) line.leave(waiter, true)
    const back = Array.from({ length: 3 }, () => line.join("idle", 1))
    const order: Array<string> = []
    for (let waiter = busy[3]; waiter !== undefined; waiter = [...busy, ...back].find(isAtTurn)) {
      order.push(waiter.tenant)
      line.leave(waiter, true)
    }
    assert.deepStrictEqual(order.slice(0, 4).toSorted(), ["busy", "busy", "idle", "idle"])
  })

  it("remembers what a tenant was served when it leaves and comes back", () => {
    const line = new Line()
    const large = line.join("large", 3)
    const small = Array.from({ length: 5 }, () => line.join("small", 1))
    line.leave(large, true)
    const back = line.join("large", 3)
    const order: Array<string> = []
    for (let waiter = small[0]; waiter !== undefined; waiter = [back, ...small].find(isAtTurn)) {
      order.push(waiter.tenant)
      line.leave(waiter, true)
    }
    assert.deepStrictEqual(order, ["small", "small", "small", "large", "small", "small"])
  })

  it("lets calls leave while they wait", () => {
    const line = new Line()
    const [first, second, third] = [line.join("a", 1), line.join("a", 1), line.join("a", 1)]
    line.leave(second, false)
    assert.isTrue(isAtTurn(first))
    line.leave(first, true)
    assert.isTrue(isAtTurn(third))
    assert.strictEqual(second.state, "gone")
  })

  it.effect("wakes each call when it is its turn, even if that has come already", () =>
    Effect.gen(function* () {
      const line = new Line()
      const [first, second] = [line.join("a", 1), line.join("b", 1)]
      yield* line.turn(first)
      const waiting = yield* Effect.forkChild(line.turn(second))
      yield* Effect.yieldNow
      assert.isUndefined(waiting.pollUnsafe())
      line.leave(first, true)
      yield* Fiber.join(waiting)
    })
  )
})
