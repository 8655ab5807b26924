import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** The clock of the system, whose timers wake us without a fiber. */
const systemClock = Context.get(Context.empty(), Clock.Clock)

/** As long as a timer can be. */
const mostMillis = 2 ** 31 - 1

/** Runs something once, after so many milliseconds of a clock or (of a very long time) earlier, unless it is stopped before. */
export const alarm = (clock: Clock.Clock, millis: number, run: () => void): (() => void) => {
  if (clock === systemClock) {
    const timer = setTimeout(run, Math.min(millis, mostMillis))
    return () => clearTimeout(timer)
  }
  const fiber = Effect.runFork(Effect.map(clock.sleep(Duration.millis(millis)), run))
  return () => fiber.interruptUnsafe()
}
