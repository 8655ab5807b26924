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
})
