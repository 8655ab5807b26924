import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Pricing } from "../catalog/Pricing.ts"
import type { BatchResult } from "../domain/Batch.ts"
import type { CallAnswer } from "../domain/CallAnswer.ts"
import type { WithCostOptions } from "./WithCost.ts"

/**
 * As `WithCostOptions`; `model` is the one that was asked, `provider/model`: it is known where the results are those of
 * `run`, and priced where the one that answered (`gpt-6-luna`) has no price of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchCostOptions extends WithCostOptions {
  readonly model?: string | undefined
}

/**
 * Reckons what each answer of a batch cost, at the batch rate of the model that answered.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withCost = <E, R>(
  results: Stream.Stream<BatchResult, E, R>,
  options: BatchCostOptions = {}
): Stream.Stream<BatchResult, E, R | Pricing> =>
  Stream.mapEffect(results, (item): Effect.Effect<BatchResult, never, Pricing> => {
    const { customId, result } = item
    if (Result.isFailure(result)) return Effect.succeed(item)
    const response = result.success
    const { attempts, model, provider, usage } = response
    const asked = options.model ?? attempts.at(-1)?.model ?? `${provider}/${model}`
    const answer: Effect.Effect<CallAnswer> = Effect.succeed({ model, provider, usage, warnings: [], attempts: [] })
    return Effect.map(
      Effect.flatMap(reckoning, ({ ask }) => ask(asked, answer, { serviceTier: "batch" }, options)),
      ({ cost }) => ({ customId, result: Result.succeed(response.with({ cost })) })
    )
  })

/** Loaded with the first result: who counts no costs has none. */
const reckoning = Effect.promise(() => import("./cost/Reckoning.ts"))
