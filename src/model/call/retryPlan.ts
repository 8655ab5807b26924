import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import { isRetryable } from "../../domain/ProviderError.ts"
import type { Plan } from "./attempts.ts"

/**
 * `while` says which errors are asked again about, in place of `isRetryable`; the schedule may still end at some of them,
 * as `Retry.standard` does (`Retry.make` takes `while` too). `onInterrupted` is what becomes of a stream
 * that breaks off after its first content: it fails (the default), or a `restarted` event tells the reader to discard
 * what it showed and the model is asked again, by the same schedule.
 */
export interface RetryOptions<in E> {
  readonly while?: ((error: E) => boolean) | undefined
  readonly onInterrupted?: "fail" | "restart" | undefined
}

/** To ask the same model again, as the schedule says. */
export const retryPlan = <M, E, E1, R1>(
  model: M,
  policy: Schedule.Schedule<unknown, E, E1, R1>,
  options: RetryOptions<E>
): Plan<M, E, E1, R1, E> => {
  const again = options.while ?? isRetryable
  return {
    start: Effect.map(Schedule.toStep(policy), (step) => (failure) => {
      if (failure === undefined) return Effect.succeed({ model })
      if (!again(failure.error)) return Effect.succeed(undefined)
      return Clock.currentTimeMillis.pipe(
        Effect.flatMap((now) => step(now, failure.error)),
        Effect.map(([, wait]) => ({ model, wait })),
        Pull.catchDone(() => Effect.succeed(undefined))
      )
    }),
    // A call without a failure always has a model to ask first.
    giveUp: (failure) => failure?.error as E,
    onInterrupted: options.onInterrupted ?? "fail"
  }
}
