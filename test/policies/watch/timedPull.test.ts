import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { leavable } from "../../../src/model/PullStream.ts"
import { TimedPull } from "../../../src/policies/watch/TimedPull.ts"

describe("TimedPull", () => {
  it.effect("interrupts a pull between two waits at its deadline", () =>
    Effect.gen(function* () {
      let waiter: ((exit: Effect.Effect<never>) => void) | undefined
      const waiting = Effect.callback<never>((resume) => void (waiter = resume))
      const pull = leavable(Effect.andThen(Effect.sleep(100), waiting), () => () => {
        waiter?.(Effect.interrupt)
        return waiter !== undefined
      })
      const deadline = { atMillis: 50, expired: Effect.fail("late") }
      const deadlines = { leastMillis: Infinity, wait: () => {}, isOver: () => false, next: () => deadline }
      const timed = new TimedPull(pull, deadlines, yield* Clock.Clock)
      const fiber = yield* Effect.forkChild(timed.pull)
      yield* TestClock.adjust(99)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(fiber.pollUnsafe(), Exit.fail("late"))
      yield* Fiber.interrupt(fiber)
    })
  )

  it.live("fails a pull in time on a clock whose sleeps end at once", () =>
    Effect.gen(function* () {
      const live = yield* Clock.Clock
      let millis = 0
      const instant: Clock.Clock = {
        ...live,
        currentTimeMillisUnsafe: () => millis,
        currentTimeMillis: Effect.sync(() => millis),
        currentTimeNanosUnsafe: () => BigInt(millis) * 1_000_000n,
        currentTimeNanos: Effect.sync(() => BigInt(millis) * 1_000_000n),
        monotonicTimeNanosUnsafe: () => BigInt(millis) * 1_000_000n,
        monotonicTimeNanos: Effect.sync(() => BigInt(millis) * 1_000_000n),
        sleep: () => Effect.void
      }
      const deadline = { atMillis: 1000, expired: Effect.fail("late") }
      const deadlines = { leastMillis: Infinity, wait: () => {}, isOver: () => false, next: () => deadline }
      const timed = new TimedPull(Effect.never, deadlines, instant)
      const fiber = yield* Effect.forkChild(timed.pull, { startImmediately: true })
      yield* Effect.yieldNow
      assert.isUndefined(fiber.pollUnsafe())
      millis = 1000
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(() => setImmediate(resolve))))
      assert.deepStrictEqual(fiber.pollUnsafe(), Exit.fail("late"))
    })
  )
})
