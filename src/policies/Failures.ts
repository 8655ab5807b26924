import * as Effect from "effect/Effect"
import { AllFailedError } from "../domain/AllFailedError.ts"
import type { AttemptError } from "../domain/ChatResponse.ts"
import { providerOf } from "../domain/ProviderError.ts"
import type * as Model from "../model/Model.ts"
import type { Failure } from "./Attempts.ts"

/** Whether two models of the same provider have refused the request already; a chain has the ids of its models. */
export const hasRefused = ({ id }: Model.Any, refusers: ReadonlyMap<string, number>): boolean =>
  refusers.size > 0 && id.split(",").every((model) => (refusers.get(providerOf(model)) ?? 0) > 1)

/** What went wrong with a model: of a chain within the chain, with each of its models in order. */
export const causes = (error: unknown): ReadonlyArray<AttemptError | undefined> =>
  error instanceof AllFailedError ? error.attempts.map(({ error }) => error) : [error as AttemptError]

export const isTooLong = (error: AttemptError | undefined): boolean => error?._tag === "ContextWindowExceededError"

export type WindowOf = (model: Model.Any) => number | undefined

export const knownWindows: Effect.Effect<WindowOf> = Effect.promise(() => import("./KnownWindows.ts")).pipe(
  Effect.flatMap(({ windows }) => windows),
  Effect.map(
    (known) =>
      ({ contextWindow, id }) =>
        contextWindow ?? known(id)
  )
)

export const isContentPolicy = (error: unknown): boolean => causes(error).at(-1)?._tag === "ContentPolicyError"

/** The size that a context window must exceed after this failure: 0 if it was not about length, infinite if unknown. */
export const exceededBy = ({ error, model }: Failure<Model.Any, unknown>, windowOf: WindowOf): number =>
  causes(error).reduce((largest, cause) => {
    if (cause?._tag !== "ContextWindowExceededError") return largest
    const limit = cause.limit ?? (cause === error ? windowOf(model) : undefined)
    const known = limit !== undefined || cause.requested !== undefined
    return Math.max(largest, known ? Math.max(limit ?? 0, cause.requested ?? 0) : Infinity)
  }, 0)
