import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"

/** When something is too late, and what becomes of it then. */
export interface Deadline<out E> {
  readonly atMillis: number
  readonly expired: Effect.Effect<never, E>
}

/** The deadline of what is waited for now. It may come nearer, but never nearer than `leastMillis` from now. */
export interface Deadlines<out E> {
  readonly next: () => Deadline<E> | undefined
  readonly leastMillis: number
  /** A pull begins. */
  readonly wait: (nowMillis: number) => void
}

/**
 * Fails the pulls of a stream that are waited for past their deadline, once they are interrupted. A pull costs a fiber, and no
 * timer: one watchdog sleeps for all of them, and looks when it wakes whether the deadline has moved.
 */
export const timedPull = <A, E, R, E1>(
  pull: Effect.Effect<A, E, R>,
  { leastMillis, next, wait }: Deadlines<E1>,
  clock: Clock.Clock,
  scope: Scope.Scope
): Effect.Effect<A, E | E1, R> => {
  let context: Context.Context<R>
  /** The pull that is waited for, and who waits. */
  let fiber: Fiber.Fiber<A, E> | undefined
  let resume: (effect: Effect.Effect<A, E | E1>) => void
  let wakesAtMillis = -Infinity

  const leave = Effect.suspend(() => (fiber === undefined ? Effect.void : Fiber.interrupt(fiber)))
  const pulled = (exit: Exit.Exit<A, E>): void => {
    fiber = undefined
    resume(exit)
  }
  const read = Effect.callback<A, E | E1>((reader) => {
    const started = Effect.runForkWith(context)(pull)
    const exit = started.pollUnsafe()
    if (exit !== undefined) return reader(exit)
    fiber = started
    resume = reader
    started.addObserver(pulled)
    return leave
  })

  const watchdog = Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep(wakesAtMillis - clock.currentTimeMillisUnsafe())
      const now = clock.currentTimeMillisUnsafe()
      const deadline = fiber && next()
      if (deadline === undefined) return
      if (deadline.atMillis <= now) return resume(Effect.andThen(leave, deadline.expired))
      wakesAtMillis = Math.min(deadline.atMillis, now + leastMillis)
    }
  })

  return Effect.withFiber<A, E | E1, R>((reader) => {
    context = reader.context as Context.Context<R>
    const now = clock.currentTimeMillisUnsafe()
    wait(now)
    if (now < wakesAtMillis) return read
    const deadline = next()
    if (deadline === undefined) return read
    if (deadline.atMillis <= now) return deadline.expired
    wakesAtMillis = Math.min(deadline.atMillis, now + leastMillis)
    return Effect.andThen(Effect.forkIn(watchdog, scope, { startImmediately: true }), read)
  })
}
