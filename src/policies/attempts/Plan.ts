import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Attempt } from "../../domain/ChatResponse.ts"
import { tagOf } from "../../domain/ProviderError.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import type { Any } from "../../model/Model.ts"
import type { AttemptLog } from "../AttemptLog.ts"
import { CallBound, CurrentBound } from "../CallBound.ts"
import { record } from "../Decision.ts"
import type { Added } from "../watch/Entry.ts"

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

/** The model after a failure, if the bound of the chain permits one; recorded, if there is one. */
export const following = <M extends Pick<Any, "id">, E, E1, R1>(
  after: After<M, E, E1, R1>,
  failure: Failure<M, E>,
  bound: CallBound | undefined,
  clock: Clock.Clock
): Effect.Effect<Next<M> | undefined, E1, R1> => {
  if (bound?.permits(failure.error) === false) return Effect.succeed(undefined)
  return Effect.flatMap(after(failure), (next) => {
    if (next === undefined) return Effect.succeed(undefined)
    const { isRetry = next.model === failure.model, model, wait = Duration.zero } = next
    const isPermitted = bound?.take(failure.error, Duration.toMillis(wait), steadyMillis(clock)) ?? true
    if (!isPermitted) return Effect.succeed(undefined)
    const error = tagOf(failure.error)
    const recorded = isRetry
      ? record({ type: "retry", model: model.id, error, wait })
      : record({ type: "fallback", from: failure.model.id, model: model.id, error })
    return Effect.as(recorded, next)
  })
}

/** The attempt log and the bound of one attempt, added in the same step as what its policies add. */
export const addedTo = (
  { longestWaitMillis }: Pick<Next<unknown>, "longestWaitMillis">,
  log: AttemptLog,
  bound: CallBound | undefined,
  isOwn: boolean
): Added => {
  if (longestWaitMillis === undefined && !isOwn) return { log }
  const current = longestWaitMillis === undefined ? bound : CallBound.patient(bound, longestWaitMillis)
  return { log, services: Context.add(CurrentBound, current) }
}

export const pause = (wait: Duration.Duration | undefined): Effect.Effect<void> =>
  wait === undefined || Duration.isZero(wait) ? Effect.void : Effect.sleep(wait)
