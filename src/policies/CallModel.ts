import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Pricing } from "../catalog/Pricing.ts"
import type { Capability } from "../domain/Capability.ts"
import { type CallModel, make } from "../model/CallModel.ts"
import { streamOf } from "../model/call/make.ts"
import type { WithCostOptions } from "./WithCost.ts"

/**
 * A model that can be asked for something other than a chat, and what can be made of it.
 *
 * @since 0.1.0
 */
export * from "../model/CallModel.ts"
export { costs, type WithCostOptions } from "./WithCost.ts"

/**
 * Reckons what each call costs, as `ChatModel.withCost` does: by the provider's word where it gives one, else by the price
 * of the model that answered, for whatever it counts (tokens, characters, seconds, images, searches).
 *
 * @since 0.1.0
 * @category combinators
 */
export const withCost = <C extends Capability, E, R>(
  self: CallModel<C, E, R>,
  options: WithCostOptions = {}
): CallModel<C, E, R | Pricing> => {
  const stream = streamOf(self)
  return make<C, E, R | Pricing>(self, {
    ask: (request) => Effect.flatMap(reckoning, ({ ask }) => ask(self.id, self.ask(request), request, options)),
    stream:
      stream &&
      ((request) =>
        Stream.unwrap(Effect.flatMap(reckoning, (made) => made.stream(self.id, stream(request), request, options))))
  })
}

/** Loaded with the first call: who counts no costs has none. */
const reckoning = Effect.promise(() => import("./cost/Reckoning.ts"))
