import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Pricing } from "../catalog/Pricing.ts"
import type { BatchResult } from "../domain/Batch.ts"
import type { CallAnswer } from "../domain/CallAnswer.ts"
import type { WithCostOptions } from "./WithCost.ts"

/**
 * Reckons what each answer of a batch cost, at the batch rate of the model that answered.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withCost = <E, R>(
  results: Stream.Stream<BatchResult, E, R>,
  options: WithCostOptions = {}
): Stream.Stream<BatchResult, E, R | Pricing> =>
  Stream.mapEffect(results, ({ customId, result }): Effect.Effect<BatchResult, never, Pricing> => {
    if (Result.isFailure(result)) return Effect.succeed({ customId, result })
    const response = result.success
    const { model, provider, usage } = response
    const answer: Effect.Effect<CallAnswer> = Effect.succeed({ model, provider, usage, warnings: [], attempts: [] })
    return Effect.map(
      Effect.flatMap(reckoning, ({ ask }) => ask(`${provider}/${model}`, answer, { serviceTier: "batch" }, options)),
      ({ cost }) => ({ customId, result: Result.succeed(response.with({ cost })) })
    )
  })

/** Loaded with the first result: who counts no costs has none. */
const reckoning = Effect.promise(() => import("./cost/Reckoning.ts"))
