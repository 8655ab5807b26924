import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Pricing } from "../catalog/Pricing.ts"
import type { Attempt } from "../domain/ChatResponse.ts"
import type { BatchResult } from "../domain/Batch.ts"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { Capability } from "../domain/Capability.ts"
import type { Cost } from "../domain/Cost.ts"
import type { Model } from "../model/Model.ts"
import type { WithCostOptions } from "./CostAccounting.ts"
import { make, type Policy } from "./Policy.ts"
import { watchedCall } from "./watch/WatchedCall.ts"
import { watched } from "./watch/WatchedStream.ts"

export type { WithCostOptions } from "./CostAccounting.ts"

/**
 * Computes what each call costs: what the provider reports, where it does, else by the price of the model that responded, for
 * whatever it meters (tokens, characters, seconds, images, searches).
 *
 * The cost is in `cost` of the response and of the `finish` event, without the failed attempts: each of those has a `cost` of
 * its own in `attempts` if it consumed something, `Unpriced` if nobody reported how much. A cost that a model within has
 * computed stays. Nothing waits for prices to be fetched.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withCost = <C extends Capability, E, R>(
  self: Model<C, E, R>,
  options: WithCostOptions = {}
): Model<C, E, R | Pricing> => policy(options)(self)

const policy = (options: WithCostOptions): Policy<never, Pricing> =>
  make<never, Pricing>({
    generate: ({ model, request, run }) =>
      watchedCall((entry) =>
        Effect.flatMapEager(accounting(), ({ call }) => call(entry, model.id, run, request, options))
      ),
    stream: ({ model, request, run }) =>
      watched((entry) =>
        Effect.flatMapEager(accounting(), ({ stream }) => stream(entry, model.id, run, request, options))
      )
  })

let loaded: typeof import("./CostAccounting.ts") | undefined

/** Loaded with the first call: those who compute no costs do not load it. To import it again would cost as much as the rest. */
const accounting = (): Effect.Effect<typeof import("./CostAccounting.ts")> =>
  loaded === undefined
    ? Effect.map(
        Effect.promise(() => import("./CostAccounting.ts")),
        (module) => (loaded = module)
      )
    : Effect.succeed(loaded)

/**
 * All that is known of what a call cost, failed attempts included, for `Cost.sum`: of a response, or of the end of a call
 * (`onEnd`), whose own cost may be that of its last attempt.
 *
 * @since 0.1.0
 * @category getters
 */
export const costs = (response: {
  readonly cost?: Cost | undefined
  readonly attempts?: ReadonlyArray<Attempt> | undefined
}): ReadonlyArray<Cost> => {
  const all: Array<Cost> = response.cost === undefined ? [] : [response.cost]
  for (const { cost, error } of response.attempts ?? [])
    if (error !== undefined && cost !== undefined && !all.includes(cost)) all.push(cost)
  return all
}

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
export const withBatchCost = <E, R>(
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
    const priced = watchedCall((entry) =>
      Effect.flatMap(accounting(), ({ call }) => call(entry, requestedModel, billed, { serviceTier: "batch" }, options))
    )
    return Effect.map(priced, ({ cost }) => ({ customId, result: Result.succeed(response.with({ cost })) }))
  })
