import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { currentSteadyMillis } from "../../src/domain/SteadyClock.ts"

describe("steady milliseconds", () => {
  it.effect("are exact where a clock counts its nanoseconds from the epoch", () =>
    Effect.gen(function* () {
      const startMillis = Date.UTC(2026, 10, 30)
      assert.strictEqual(yield* currentSteadyMillis, 0)
      for (let at = startMillis; at < startMillis + 1000; at++) {
        yield* TestClock.setTime(at)
        assert.strictEqual(yield* currentSteadyMillis, at)
      }
    })
  )
})
