import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** After 5 seconds, then ever less often, up to once a minute. */
const standard = Schedule.min([Schedule.exponential("5 seconds", 1.5), Schedule.spaced("1 minute")])

/** Repeats `get` on the schedule while the result is still running; returns the last result. */
export const poll = <A, E, R>(
  get: Effect.Effect<A, E, R>,
  isRunning: (response: A) => boolean,
  schedule: Schedule.Schedule<unknown, A> = Schedule.setInputType<A>()(standard)
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    let last: A | undefined
    const once = Effect.tap(get, (response) => Effect.sync(() => void (last = response)))
    const polled = Effect.repeat(
      once,
      Schedule.while(schedule, ({ input }) => Effect.succeed(isRunning(input)))
    )
    return Effect.flatMap(polled, () => (last === undefined ? get : Effect.succeed(last)))
  })
