import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { CallBound } from "../CallBound.ts"

/** The model to call next, and the delay before. */
export interface Next<out M> {
  readonly model: M
  readonly wait?: Duration.Duration | undefined
  /** Whether it is the model that failed, which is sent another request. */
  readonly isRetry?: boolean | undefined
  /** The longest wait that a provider may ask for within this attempt, because another model would be faster. */
  readonly longestWaitMillis?: number | undefined
  /** The name of the deployment, for the attempts. */
  readonly deployment?: string | undefined
}

/** Which model failed, and with what. */
export interface Failure<out M, out E> {
  readonly model: M
  readonly error: E
}

/** Names the model after a failure, or the first one; `undefined` gives up. */
export type After<M, E, E1, R1> = (failure: Failure<M, E> | undefined) => Effect.Effect<Next<M> | undefined, E1, R1>

/**
 * What happens after a failure. `start` is called at the beginning of each call; the function that it gives names the first
 * model (called without a failure) and the one after each failure, or `undefined` to give up. `giveUp` makes the error of a
 * call that no model served; the attempts are recorded on it. `onInterrupted` is what a failure after the first content
 * leads to: the end, unless it says to go on with a `restarted` event and the next model.
 */
export interface Plan<M, E, E1, R1, E2> {
  readonly start: (fiber: Fiber.Fiber<unknown, unknown>) => Effect.Effect<After<M, E, E1, R1>, never, R1>
  readonly giveUp: (failure: Failure<M, E> | undefined, attempts: ReadonlyArray<Attempt>) => E2
  readonly onInterrupted?: "fail" | "restart" | undefined
  /** What bounds this call, within what bounds the chain around it; read after `start`. */
  readonly bound?: ((outer: CallBound | undefined, nowMillis: number) => CallBound | undefined) | undefined
}
