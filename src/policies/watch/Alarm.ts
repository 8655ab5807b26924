import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** The system clock, for which a timer without a fiber suffices. */
const systemClock = Context.get(Context.empty(), Clock.Clock)

/** The longest delay of `setTimeout`. */
const maxTimerMillis = 2 ** 31 - 1

/**
 * Calls `run` once after a delay on the given clock, never before `alarm` has returned. Returns a function that cancels it.
 * Delays of more than 24 days may end early.
 */
export const alarm = (clock: Clock.Clock, millis: number, run: () => void): (() => void) => {
  if (clock === systemClock) {
    // Node warns of negative delays, which a process that was stopped for a while has.
    const timer = setTimeout(run, Math.max(0, Math.min(millis, maxTimerMillis)))
    return () => clearTimeout(timer)
  }
  let hasReturned = false
  const runLater = Effect.suspend(() =>
    hasReturned ? Effect.sync(run) : Effect.andThen(Effect.yieldNow, Effect.sync(run))
  )
  const fiber = Effect.runFork(Effect.andThen(clock.sleep(Duration.millis(millis)), runLater))
  hasReturned = true
  return () => fiber.interruptUnsafe()
}
