import type * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Canonical, Capability } from "../../domain/Capability.ts"
import { type Plan, streamed, whole } from "./attempts.ts"
import type { Splitting } from "./inParts.ts"
import { type Any, type CallModel, make, streamOf } from "./make.ts"

/**
 * A model that asks one model after another until one answers. With `splitting`, each part of a request that is sent in
 * parts is asked so by itself; else the whole is.
 */
export const attempts = <C extends Capability, E, R, E1, R1, E2>(
  self: { readonly capability: Canonical<C>; readonly stream?: unknown } & Pick<Any, "id" | "contextWindow">,
  plan: Plan<CallModel<C, E, R>, E, E1, R1, E2>,
  splitting?: Effect.Effect<Splitting<C, E1 | E2>, never, R | R1>
): CallModel<C, E1 | E2, R | R1> => {
  const { isContent = () => true } = self.capability
  return make<C, E1 | E2, R | R1>(self, {
    splitting,
    ask: (request) =>
      whole(
        plan,
        (model) => model.ask(request),
        (answer: C["Answer"], attempts) => ({ ...answer, attempts })
      ),
    stream:
      self.stream === undefined
        ? undefined
        : (request) => streamed(plan, (model: CallModel<C, E, R>) => asked(model)(request), isContent)
  })
}

/** Of a chain of models that stream, every one does. */
const asked = <C extends Capability, E, R>(
  model: CallModel<C, E, R>
): ((request: C["Request"]) => Stream.Stream<C["Event"], E, R>) => streamOf(model) ?? (() => Stream.empty)
