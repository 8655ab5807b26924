import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

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
  /** Whether none is left, and none will come. */
  readonly isOver: () => boolean
}

/**
 * Fails the pulls of a stream that are waited for past their deadline, or a call, once they are interrupted. A pull costs a fiber,
 * and no timer: one watchdog sleeps for all of them, and looks when it wakes whether the deadline has moved. `stop` ends it.
 */
export class TimedPull<A, E, R, E1> {
  readonly pull: Effect.Effect<A, E | E1, R>
  readonly #deadlines: Deadlines<E1>
  readonly #clock: Clock.Clock
  #context: Context.Context<R> | undefined
  /** The pull that is waited for, and who waits. */
  #fiber: Fiber.Fiber<A, E> | undefined
  #resume: ((effect: Effect.Effect<A, E | E1>) => void) | undefined
  #watchdog: Fiber.Fiber<void> | undefined
  #wakesAtMillis = -Infinity

  constructor(pull: Effect.Effect<A, E, R>, deadlines: Deadlines<E1>, clock: Clock.Clock) {
    this.#deadlines = deadlines
    this.#clock = clock
    const read = Effect.callback<A, E | E1>((resume) => {
      const fiber = Effect.runForkWith(this.#context as Context.Context<R>)(pull)
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return resume(exit)
      this.#fiber = fiber
      this.#resume = resume
      fiber.addObserver(this.#pulled)
      this.#watch()
      return this.#leave
    })
    this.pull = Effect.withFiber((reader): Effect.Effect<A, E | E1, R> => {
      if (deadlines.isOver()) return pull
      this.#context = reader.context as Context.Context<R>
      const now = clock.currentTimeMillisUnsafe()
      deadlines.wait(now)
      if (now < this.#wakesAtMillis) return read
      const deadline = deadlines.next()
      return deadline !== undefined && deadline.atMillis <= now ? deadline.expired : read
    })
  }

  /** Nothing more is pulled. */
  stop(): void {
    this.#watchdog?.interruptUnsafe()
    this.#asleep()
  }

  #asleep(): void {
    this.#watchdog = undefined
    this.#wakesAtMillis = -Infinity
  }

  readonly #pulled = (exit: Exit.Exit<A, E>): void => {
    this.#fiber = undefined
    this.#resume?.(exit)
  }

  readonly #leave = Effect.suspend(() => (this.#fiber === undefined ? Effect.void : Fiber.interrupt(this.#fiber)))

  #watch(): void {
    if (this.#watchdog !== undefined) return
    const wakesAt = this.#wakeTime(this.#clock.currentTimeMillisUnsafe(), this.#deadlines.next())
    if (wakesAt === Infinity) return
    this.#wakesAtMillis = wakesAt
    this.#watchdog = Effect.runForkWith(this.#context as Context.Context<R>)(this.#watching)
  }

  #wakeTime(now: number, deadline: Deadline<E1> | undefined): number {
    return Math.min(deadline?.atMillis ?? Infinity, now + this.#deadlines.leastMillis)
  }

  readonly #watching: Effect.Effect<void> = Effect.suspend(() =>
    Effect.flatMap(Effect.sleep(this.#wakesAtMillis - this.#clock.currentTimeMillisUnsafe()), () => {
      const now = this.#clock.currentTimeMillisUnsafe()
      const deadline = this.#fiber === undefined ? undefined : this.#deadlines.next()
      if (deadline !== undefined && deadline.atMillis <= now) {
        this.#asleep()
        this.#resume?.(Effect.andThen(this.#leave, deadline.expired))
        return Effect.void
      }
      // Who does not wait now begins to wait with the next pull.
      const wakesAt = this.#fiber === undefined ? Infinity : this.#wakeTime(now, deadline)
      if (wakesAt === Infinity) {
        this.#asleep()
        return Effect.void
      }
      this.#wakesAtMillis = wakesAt
      return this.#watching
    })
  )
}
