import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { steadyMillis } from "../domain/SteadyClock.ts"

/** Limits how long each step of a call takes, with one timer for all of them. */
export class StepTimer<E> {
  readonly #clock: Clock.Clock
  #startedAtMillis = 0
  #millis = Infinity
  #expired: (() => E) | undefined

  constructor(clock: Clock.Clock) {
    this.#clock = clock
  }

  /** Starts a step, which ends the one before: it may take so many milliseconds. */
  start(millis: number, expired: () => E): void {
    this.#startedAtMillis = steadyMillis(this.#clock)
    this.#millis = millis
    this.#expired = expired
  }

  /** Ends the last step. */
  stop(): void {
    this.#millis = Infinity
  }

  /** Fails when a step exceeds its limit. `shortest` is a lower bound of all limits, in milliseconds. */
  expiry(shortest: number): Effect.Effect<never, E> {
    const next: Effect.Effect<never, E> = Effect.suspend(() => {
      const left = this.#startedAtMillis + this.#millis - steadyMillis(this.#clock)
      return left <= 0 && this.#expired !== undefined
        ? Effect.fail(this.#expired())
        : Effect.flatMap(Effect.sleep(Math.min(left, shortest)), () => next)
    })
    return next
  }
}
