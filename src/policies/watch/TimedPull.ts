import type * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import { type Leave, leaveOf } from "../../model/PullStream.ts"
import { alarm } from "./Alarm.ts"
import { pullOf, type Stage } from "./Stage.ts"

/** When to retry leaving a pull that was between two waits, in milliseconds. */
const againMillis = 5

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
 * unless it can be left without, and no timer: they share one alarm, which checks whether the deadline has moved. `stop`
 * cancels it.
 */
export class TimedPull<A, E, R, E1> implements Stage<A, E | E1, R, E> {
  readonly within: Effect.Effect<A, E, R>
  readonly #deadlines: Deadlines<E1>
  readonly #clock: Clock.Clock
  /** Leaves the pull that is waited for. */
  #leave: Leave | undefined
  /** What becomes of it then. */
  #expired: Effect.Effect<never, E1> | undefined
  #stopAlarm: (() => void) | undefined
  #wakesAtMillis = -Infinity

  constructor(pull: Effect.Effect<A, E, R>, deadlines: Deadlines<E1>, clock: Clock.Clock) {
    this.within = pull
    this.#deadlines = deadlines
    this.#clock = clock
  }

  get pull(): Effect.Effect<A, E | E1, R> {
    return pullOf(this)
  }

  begin(reader: Fiber.Fiber<unknown, unknown>): Effect.Effect<A, E | E1, R> | undefined {
    if (this.#deadlines.isOver()) return undefined
    const now = steadyMillis(this.#clock)
    this.#deadlines.wait(now)
    const deadline = now < this.#wakesAtMillis ? undefined : this.#deadlines.next()
    if (deadline !== undefined && deadline.atMillis <= now) return deadline.expired
    const leave = leaveOf(this.within)
    if (leave === undefined) return this.#inFiber(reader.context as Context.Context<R>, deadline)
    this.#wait(leave, now, deadline)
    return undefined
  }

  passed(): Effect.Effect<never, E1> | undefined {
    this.#leave = undefined
    return this.#expired
  }

  failed(cause: Cause.Cause<E>): Effect.Effect<A, E | E1> {
    return this.#ended(Exit.failCause(cause))
  }

  /** Only interrupting it leaves this one. */
  leave(): undefined {}

  #inFiber(context: Context.Context<R>, deadline: Deadline<E1> | undefined): Effect.Effect<A, E | E1> {
    return Effect.callback<A, E | E1>((resume) => {
      const fiber = Effect.runForkWith(context)(this.within)
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return resume(exit)
      fiber.addObserver((exit) => resume(this.#ended(exit)))
      const leave = (): boolean => {
        fiber.interruptUnsafe()
        return true
      }
      this.#wait(leave, steadyMillis(this.#clock), deadline)
      return Effect.suspend(() => Fiber.interrupt(fiber))
    })
  }

  /** Nothing more is pulled. */
  stop(): void {
    this.#stopAlarm?.()
    this.#asleep()
  }

  #asleep(): void {
    this.#stopAlarm = undefined
    this.#wakesAtMillis = -Infinity
  }

  /** `deadline` is the next one, unless an alarm is set. */
  #wait(leave: Leave, now: number, deadline: Deadline<E1> | undefined): void {
    this.#leave = leave
    if (this.#stopAlarm === undefined) this.#sleepUntil(this.#wakeTime(now, deadline), now)
  }

  /** What a pull gives that has ended, or been left. */
  #ended(exit: Exit.Exit<A, E>): Effect.Effect<A, E | E1> {
    this.#leave = undefined
    return this.#expired ?? exit
  }

  #wakeTime(now: number, deadline: Deadline<E1> | undefined): number {
    return Math.min(deadline?.atMillis ?? Infinity, now + this.#deadlines.leastMillis)
  }

  #sleepUntil(millis: number, now: number): void {
    if (millis === Infinity) return this.#asleep()
    this.#wakesAtMillis = millis
    this.#stopAlarm = alarm(this.#clock, millis - now, this.#wake)
  }

  readonly #wake = (): void => {
    const now = steadyMillis(this.#clock)
    const deadline = this.#leave && this.#deadlines.next()
    this.#asleep()
    if (deadline !== undefined && deadline.atMillis <= now) {
      this.#expired = deadline.expired
      if (this.#leave?.() !== true) this.#sleepUntil(now + againMillis, now)
      return
    }
    // Who does not wait now begins to wait with the next pull.
    if (this.#leave !== undefined) this.#sleepUntil(this.#wakeTime(now, deadline), now)
  }
}
