/** What a store in memory answers, against a plain list of everything that was taken. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Counter } from "../../../src/policies/rateLimit/Counter.ts"
import { makeMemory } from "../../../src/policies/rateLimit/MemoryStore.ts"
import type { Claim } from "../../../src/policies/RateLimitStore.ts"

const minute = 60_000
const limit = 10

const Steps = Schema.Array(
  Schema.Struct({
    /** Either at the same moment or a whole step of a window later. */
    gapMillis: Schema.Literals([0, 0, 30, 400, 3000, 20_000, 57_000]),
    does: Schema.Literals(["ask", "ask", "wait", "wait", "ask again", "settle", "settle", "hear", "pause"]),
    amount: Schema.Literals([1, 2, 5, 10, 11]),
    which: Schema.Literals([0, 1, 2, 3])
  })
).check(Schema.isMaxLength(50))

describe("the counter of a limit", () => {
  for (const type of ["rate", "concurrency"] as const) {
    it.prop(
      `of ${type} behaves like a list of all amounts taken`,
      { steps: Steps },
      ({ steps }) => {
        const counter = new Counter(type)
        let taken: Array<{ id: string; amount: number; untilMillis: number }> = []
        let waiting: Array<{ id: string; ticket: number; amount: number }> = []
        let others = { amount: 0, untilMillis: 0 }
        let pausedUntilMillis = 0
        let now = 1000

        const usedAt = (millis: number): number =>
          (others.untilMillis > millis ? others.amount : 0) +
          taken.reduce((sum, { amount, untilMillis }) => (untilMillis > millis ? sum + amount : sum), 0)
        const claimOf = (amount: number): Claim => ({ type, key: "k", limit, millis: minute, amount })

        const ask = (id: string, amount: number, ticket: number | undefined, waits: boolean): void => {
          const said = counter.check(claimOf(amount), ticket, now)
          const before = waiting
            .filter((other) => ticket === undefined || other.ticket < ticket)
            .reduce((sum, { amount }) => sum + amount, 0)
          const isPaused = pausedUntilMillis > now
          const isFree = !isPaused && usedAt(now) + before + amount <= limit
          assert.strictEqual(said.isFree, isFree)
          if (isPaused) assert.strictEqual(said.retryAfterMillis, pausedUntilMillis - now)
          else if (isFree || type === "concurrency") assert.isUndefined(said.retryAfterMillis)
          else if (ticket === undefined) {
            const times = [...taken, others].map(({ untilMillis }) => untilMillis).filter((millis) => millis > now)
            const free = times.toSorted((a, b) => a - b).find((millis) => usedAt(millis) + before + amount <= limit)
            assert.strictEqual(said.retryAfterMillis, free === undefined ? undefined : free - now)
          }
          if (isFree) {
            const remaining = counter.take(id, claimOf(amount), now)
            waiting = waiting.filter((waiter) => waiter.id !== id)
            taken.push({ id, amount, untilMillis: now + minute })
            assert.strictEqual(remaining, limit - usedAt(now))
          } else if (waits) {
            counter.join(id, Number(id), claimOf(amount))
            if (!waiting.some((waiter) => waiter.id === id)) waiting.push({ id, ticket: Number(id), amount })
          }
        }

        steps.forEach(({ amount, does, gapMillis, which }, index) => {
          now += gapMillis
          taken = taken.filter(({ untilMillis }) => untilMillis > now)
          const id = `${index}`
          if (does === "ask" || does === "wait") return ask(id, amount, undefined, does === "wait")
          if (does === "ask again") {
            const waiter = waiting[which]
            return waiter && ask(waiter.id, waiter.amount, waiter.ticket, true)
          }
          const call = [...taken, ...waiting][which] ?? { id: "nobody" }
          const used = type === "concurrency" ? 0 : amount
          const told =
            does === "hear"
              ? { remaining: which, resetMillis: 5000 }
              : does === "pause"
                ? { pauseMillis: 1000 * amount }
                : {}
          counter.settle(call.id, { claim: claimOf(1), amount: used, ...told }, now)
          waiting = waiting.filter(({ id }) => id !== call.id)
          taken = taken.flatMap((one) => {
            // What was settled is not corrected again.
            if (one.id !== call.id || one.id === "settled") return [one]
            return type === "concurrency" ? [] : [{ ...one, id: "settled", amount: used }]
          })
          if (does === "pause") pausedUntilMillis = Math.max(pausedUntilMillis, now + 1000 * amount)
          if (does === "hear") {
            const ours = taken.reduce((sum, { amount }) => sum + amount, 0)
            others = { amount: Math.max(0, limit - which - ours), untilMillis: now + 5000 }
          }
        })
        const isIdle = usedAt(now) === 0 && waiting.length === 0 && pausedUntilMillis <= now
        assert.strictEqual(counter.isIdle(now), isIdle)
      },
      { arbitrary: { runs: 300 } }
    )
  }

  it("holds a renewed slot for as long as it was renewed", () => {
    const counter = new Counter("concurrency")
    const place: Claim = { type: "concurrency", key: "k", limit: 1, millis: 100, amount: 1 }
    counter.take("a", place, 0)
    counter.renew("a", 500)
    assert.isFalse(counter.check(place, undefined, 499).isFree)
    assert.isTrue(counter.check(place, undefined, 500).isFree)
    assert.isTrue(counter.isIdle(500))
  })

  it("keeps the place in the queue of a call that asks again", () => {
    const counter = new Counter("concurrency")
    const place: Claim = { type: "concurrency", key: "k", limit: 1, millis: minute, amount: 1 }
    counter.take("a", place, 0)
    counter.join("b", 1, place)
    counter.join("c", 2, place)
    counter.join("b", 3, place)
    counter.settle("a", { claim: place, amount: 0 }, 1)
    assert.isFalse(counter.check(place, 2, 1).isFree)
    assert.isTrue(counter.check(place, 1, 1).isFree)
  })
})

describe("a store in memory", () => {
  const rate = (key: string, amount: number, millis = minute): Claim => ({ type: "rate", key, limit, millis, amount })
  const place: Claim = { type: "concurrency", key: "places", limit: 1, millis: minute, amount: 1 }
  const storeOf = () => {
    const { atOnce } = makeMemory()
    if (atOnce === undefined) return assert.fail("it answers at once")
    const ask = (id: string, claims: ReadonlyArray<Claim>, now: number) =>
      atOnce.acquire({ id, claims, waits: false, ticket: undefined }, now)
    return { ...atOnce, ask }
  }

  it("names the limit that a call has to wait for longest, and for how long", () => {
    const { ask } = storeOf()
    ask("a", [rate("short", 10, 1000), rate("long", 10), rate("free", 1)], 0)
    for (const claims of [
      [rate("short", 1, 1000), rate("long", 1), rate("free", 1)],
      [rate("free", 1), rate("long", 1), rate("short", 1, 1000)]
    ]) {
      assert.deepInclude(ask("b", claims, 100), {
        granted: false,
        claim: 1,
        retryAfterMillis: minute - 100,
        checkAfterMillis: Infinity
      })
    }
  })

  it("names the first limit with an unknown wait, unless another has a known one", () => {
    const { ask } = storeOf()
    ask("a", [place, { ...place, key: "others" }, rate("r", 10)], 0)
    const refused = ask("b", [place, { ...place, key: "others" }], 1)
    assert.deepInclude(refused, { granted: false, claim: 0, retryAfterMillis: undefined })
    assert.isTrue(!refused.granted && Number.isFinite(refused.checkAfterMillis))
    assert.deepInclude(ask("c", [place, rate("r", 1)], 1), { granted: false, claim: 1, retryAfterMillis: minute - 1 })
  })

  it("takes nothing of any limit if one refuses", () => {
    const { ask } = storeOf()
    ask("a", [rate("full", 10)], 0)
    assert.isFalse(ask("b", [rate("open", 4), rate("full", 1)], 0).granted)
    assert.deepStrictEqual(ask("c", [rate("open", 10)], 0), { granted: true, remaining: [0] })
  })
})
