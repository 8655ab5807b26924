import type * as Schedule from "effect/Schedule"
import { dual } from "effect/Function"
import { retryPlan, type RetryOptions } from "../call/retryPlan.ts"
import { attempts } from "./attempts.ts"
import { type ChatModel, isChatModel } from "./make.ts"

export type { RetryOptions } from "../call/retryPlan.ts"

/**
 * Asks again after an error that asking again may mend, as the schedule says: its input is the error, and its delay is
 * waited for. A stream is asked again until its first content. All tries stand in `attempts` of the answer; the last
 * error holds them too (`Attempt.trailOf`).
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
  ): ChatModel<E | E1, R | R1> => attempts(self, retryPlan(self, policy, options))
)
