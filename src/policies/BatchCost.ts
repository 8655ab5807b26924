import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Pricing } from "../catalog/Pricing.ts"
import type { BatchResult } from "../domain/Batch.ts"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { WithCostOptions } from "./WithCost.ts"

/**
 * As `WithCostOptions`; `model` is the requested one, `provider/model`: it is known where the results are those of
 * `run`, and its price is taken where the one that responded (`gpt-6-luna`) has none of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchCostOptions extends WithCostOptions {
  readonly model?: string | undefined
}

/**
 * Computes what each response of a batch cost, at the batch rate of the model that responded.
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
    const requestedModel = options.model ?? attempts.at(-1)?.model ?? `${provider}/${model}`
    const billed: Effect.Effect<CallResponse> = Effect.succeed({ model, provider, usage, warnings: [], attempts: [] })
    return Effect.map(
      Effect.flatMap(accounting, ({ generate }) => generate(requestedModel, billed, { serviceTier: "batch" }, options)),
      ({ cost }) => ({ customId, result: Result.succeed(response.with({ cost })) })
    )
  })

/** Loaded with the first result: those who compute no costs do not load it. */
const accounting = Effect.promise(() => import("./CostAccounting.ts"))
