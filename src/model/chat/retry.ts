import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import { isRetryable } from "../../domain/ProviderError.ts"
import { attempts, type Plan } from "./attempts.ts"
import { type ChatModel, isChatModel } from "./make.ts"

/**
 * `while` says which errors are asked again about, in place of `isRetryable`; the schedule may still end at some of them,
 * as `Retry.standard` does (`Retry.make` takes `while` too). `onInterrupted` is what becomes of a stream
 * that breaks off after its first content: it fails (the default), or a `restarted` event tells the reader to discard
 * what it showed and the model is asked again, by the same schedule.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryOptions<in E> {
  readonly while?: ((error: E) => boolean) | undefined
  readonly onInterrupted?: "fail" | "restart" | undefined
}

/**
 * Asks again after an error that asking again may mend, as the schedule says: its input is the error, and its delay is
 * waited for. A stream is asked again until its first content. All tries stand in `attempts` of the answer; the last
 * error holds them too (`Attempt.trailOf`).
 *
 * @since 0.1.0
 * @category combinators
 */
export const retry: {
  <In, E1, R1>(
    policy: Schedule.Schedule<unknown, In, E1, R1>,
    options?: RetryOptions<In>
  ): <E extends In, R>(self: ChatModel<E, R>) => ChatModel<E | E1, R | R1>
  <E, R, E1, R1>(
    self: ChatModel<E, R>,
    policy: Schedule.Schedule<unknown, NoInfer<E>, E1, R1>,
    options?: RetryOptions<NoInfer<E>>
  ): ChatModel<E | E1, R | R1>
} = dual(
  (args) => isChatModel(args[0]),
  <E, R, E1, R1>(
    self: ChatModel<E, R>,
    policy: Schedule.Schedule<unknown, E, E1, R1>,
    options: RetryOptions<E> = {}
  ): ChatModel<E | E1, R | R1> => {
    const again = options.while ?? isRetryable
    const plan: Plan<E, R, E1, R1, E> = {
      start: Effect.map(Schedule.toStep(policy), (step) => (failure) => {
        if (failure === undefined) return Effect.succeed({ model: self })
        if (!again(failure.error)) return Effect.succeed(undefined)
        return Clock.currentTimeMillis.pipe(
          Effect.flatMap((now) => step(now, failure.error)),
          Effect.map(([, wait]) => ({ model: self, wait })),
          Pull.catchDone(() => Effect.succeed(undefined))
        )
      }),
      // A call without a failure always has a model to ask first.
      giveUp: (failure) => failure?.error as E,
      onInterrupted: options.onInterrupted ?? "fail"
    }
    return attempts(self, plan)
  }
)
