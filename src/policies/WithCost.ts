import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Pricing } from "../catalog/Pricing.ts"
import type { Attempt } from "../domain/Attempt.ts"
import type { Cost } from "../domain/Cost.ts"
import { type ChatModel, wrap } from "../model/ChatModel.ts"

/**
 * `fuzzy`: whether the price of a model that only looks like the one that answered is taken (it is not: the cost is then
 * `Unpriced`). `region`: where the provider prices regions apart and does not say which it used.
 *
 * @since 0.1.0
 * @category models
 */
export interface WithCostOptions {
  readonly fuzzy?: boolean | undefined
  readonly region?: string | undefined
}

/**
 * Reckons what each call costs, by the provider's word where it gives one, else by the price of the model that answered.
 *
 * The cost stands in `cost` of the response and of the `finish` event, which the failed tries are not part of: each has a
 * `cost` of its own in `attempts` when it consumed something, `Unpriced` when nobody told how much. A cost that a model
 * within has reckoned stays. Nothing waits for prices to be fetched.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withCost = <E, R>(self: ChatModel<E, R>, options: WithCostOptions = {}): ChatModel<E, R | Pricing> =>
  wrap<E, R | Pricing>(self, {
    generate: (request) => Effect.flatMap(reckoning, ({ generate }) => generate(self, request, options)),
    stream: (request) =>
      Stream.unwrap(Effect.flatMap(reckoning, ({ stream }) => stream(self.id, self.stream(request), request, options)))
  })

/** Loaded with the first call: who counts no costs has none. */
const reckoning = Effect.promise(() => import("./cost/Reckoning.ts"))

/**
 * All that is known of what a call cost, failed attempts included, for `Cost.sum`: of an answer, or of the end of a call
 * (`onEnd`), whose own cost may be that of its last attempt.
 *
 * @since 0.1.0
 * @category getters
 */
export const costs = (answer: {
  readonly cost?: Cost | undefined
  readonly attempts?: ReadonlyArray<Attempt> | undefined
}): ReadonlyArray<Cost> => {
  const all = new Set([answer.cost])
  for (const { cost, error } of answer.attempts ?? []) if (error !== undefined) all.add(cost)
  return [...all].filter((cost) => cost !== undefined)
}
