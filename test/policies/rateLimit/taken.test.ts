/** What a store in memory keeps of a limit. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { mostSteps, TakenOfRate, TakenPlaces } from "../../../src/policies/rateLimit/Taken.ts"

const minute = 60_000

const Calls = Schema.Array(
  Schema.Struct({
    gapMillis: Schema.Literals([0, 0, 1, 7, 29, 31, 400, 20_000, 70_000]),
    amount: Schema.Literals([1, 5, 100]),
    /** After how many later calls it is settled, if ever. */
    settledAfter: Schema.Literals(["never", 0, 0, 3, 10]),
    used: Schema.Literals([0, 1, 5, 300])
  })
).check(Schema.isMaxLength(60))

describe("the amounts taken of a rate", () => {
  it("take no more memory for a million calls than for thousands", () => {
    const taken = new TakenOfRate()
    let most = 0
    for (let call = 0; call < 1_000_000; call++) {
      const now = call / 8
      taken.trim(now)
      taken.take(`${call}`, 1, now, minute)
      // Sixteen at once; every tenth is never settled, as by a process that died.
      if (call >= 16 && call % 10 > 0) taken.settle(`${call - 16}`, 2)
      if (call % 10_000 === 0) most = Math.max(most, taken.size)
    }
    const neverSettled = (8 * minute) / 10
    assert.isAtMost(most, mostSteps + neverSettled + 100)
    taken.trim(1_000_000 / 8 + 2 * minute)
    assert.deepStrictEqual([taken.sum, taken.size], [0, 0])
  })

  it.prop(
    "counts for its window, and at most a step longer, whenever it is settled",
    { calls: Calls },
    ({ calls }) => {
      const taken = new TakenOfRate()
      const log: Array<{ readonly atMillis: number; amount: number }> = []
      let now = 0
      const within = (millis: number) =>
        log.reduce((sum, { amount, atMillis }) => (atMillis + millis > now ? sum + amount : sum), 0)
      calls.forEach(({ amount, gapMillis }, index) => {
        now += gapMillis
        taken.trim(now)
        taken.take(`${index}`, amount, now, minute)
        log.push({ atMillis: now, amount })
        calls.forEach(({ settledAfter, used }, earlier) => {
          const entry = log[earlier]
          if (entry === undefined || settledAfter === "never" || earlier + settledAfter !== index) return
          // What has left the window is not corrected.
          if (entry.atMillis + minute + minute / mostSteps <= now) return
          taken.settle(`${earlier}`, used)
          taken.settle(`${earlier}`, used + 1)
          entry.amount = used
        })
        assert.isAtLeast(taken.sum, within(minute))
        assert.isAtMost(taken.sum, within(minute + minute / mostSteps))
        const ends = [...taken.ends()]
        assert.strictEqual(
          ends.reduce((sum, { amount }) => sum + amount, 0),
          taken.sum
        )
        assert.deepStrictEqual(
          ends.map(({ untilMillis }) => untilMillis),
          ends.map(({ untilMillis }) => untilMillis).toSorted((a, b) => a - b)
        )
      })
    },
    { arbitrary: { runs: 300 } }
  )
})

describe("places", () => {
  it("are gone once they are settled or not renewed, in any order", () => {
    const taken = new TakenPlaces()
    for (let place = 0; place < 1000; place++) taken.take(`${place}`, 1, 0, 100 + ((place * 37) % 100))
    for (let place = 0; place < 500; place++) taken.settle(`${place}`, 0)
    assert.strictEqual(taken.sum, 500)
    taken.renew("999", 1000)
    taken.trim(200)
    assert.deepStrictEqual([taken.sum, [...taken.ends()].length], [1, 1])
    taken.trim(1000)
    assert.deepStrictEqual([taken.sum, [...taken.ends()].length], [0, 0])
  })
})
