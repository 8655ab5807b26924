import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { alarm } from "../../../src/policies/watch/Alarm.ts"

describe("alarm", () => {
  it.live("rings at once when it is overdue, as after a pause of the process, and warns of nothing", () =>
    Effect.gen(function* () {
      const warnings: Array<Error> = []
      const note = (warning: Error) => void warnings.push(warning)
      process.on("warning", note)
      const clock = yield* Clock.Clock
      let hasReturned = false
      yield* Effect.callback<void>((resume) => {
        alarm(clock, -1000, () => resume(hasReturned ? Effect.void : Effect.die("before it had returned")))
        hasReturned = true
      })
      // Warnings come with the next turn of the event loop.
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      process.off("warning", note)
      assert.deepStrictEqual(warnings, [])
    })
  )

  it.live("rings for nobody once it is cancelled, and then for another at the time of that one", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const rung: Array<string> = []
      const cancel = alarm(clock, 40, () => void rung.push("cancelled"))
      yield* Effect.sleep(20)
      cancel()
      cancel()
      const since = clock.monotonicTimeNanosUnsafe()
      const millis = yield* Effect.callback<number>((resume) => {
        alarm(clock, 40, () => resume(Effect.sync(() => Number(clock.monotonicTimeNanosUnsafe() - since) / 1e6)))
        // What is cancelled again is another's now.
        cancel()
      })
      // Timers begin with the turn of the event loop.
      assert.isAtLeast(millis, 30)
      assert.deepStrictEqual(rung, [])
    })
  )

  it.live("keeps no process alive once it is cancelled", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
      const before = timers()
      for (let round = 0; round < 2; round++) {
        const cancel = [1, 2, 3].map(() => alarm(clock, 60_000, () => {}))
        assert.strictEqual(timers(), before + 3)
        for (const one of cancel) one()
        assert.strictEqual(timers(), before)
      }
    })
  )
})
