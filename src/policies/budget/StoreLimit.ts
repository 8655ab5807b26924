import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { PolicyStoreError } from "../../domain/PolicyErrors.ts"
import { BudgetStoreError } from "../BudgetStore.ts"
import { patience } from "../Patience.ts"

/** An access to the store within a time limit. */
export interface Within {
  <A>(access: Effect.Effect<A, BudgetStoreError>): Effect.Effect<A, PolicyStoreError>
}

/**
 * Limits the time of an access. It runs in a fiber of its own, because a database may not let itself be interrupted; nobody
 * waits for that.
 */
export const atMost =
  (millis: number) =>
  <A, E>(access: Effect.Effect<A, E>): Effect.Effect<A, E | Cause.TimeoutError> =>
    Effect.flatMap(
      Effect.forkDetach(Effect.interruptible(access), { startImmediately: true }),
      (fiber) =>
        // A store in memory responds at once.
        fiber.pollUnsafe() ??
        Effect.raceFirst(
          Effect.interruptible(Fiber.join(fiber)),
          Effect.interruptible(
            Effect.andThen(
              patience(millis),
              Effect.suspend(() => {
                fiber.interruptUnsafe()
                return Effect.fail(new Cause.TimeoutError("the store did not respond in time"))
              })
            )
          )
        )
    )

/** Limits the time of accesses, and tells the policy of those that fail. */
export const within = (limit: Duration.Duration): Within => {
  const limited = atMost(Duration.toMillis(limit))
  return (access) =>
    Effect.catchCause(limited(access), (cause) => {
      const error = Cause.squash(cause)
      const failure = Cause.isTimeoutError(error) ? new BudgetStoreError({ cause: error }) : error
      return Effect.fail(new PolicyStoreError({ policy: "Budget", cause: failure }))
    })
}
