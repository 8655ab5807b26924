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
export const within = (limit: Duration.Duration): Within => {
  const millis = Duration.toMillis(limit)
  return (access) =>
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
                return Effect.fail(
                  new BudgetStoreError({ cause: new Cause.TimeoutError("the store did not respond in time") })
                )
              })
            )
          )
        )
    ).pipe(
      Effect.catchCause((cause) => Effect.fail(new PolicyStoreError({ policy: "Budget", cause: Cause.squash(cause) })))
    )
}
