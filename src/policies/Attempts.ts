import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { provide } from "../domain/Provided.ts"
import type { Capability, Kind } from "../domain/Capability.ts"
import { type Any, CurrentObserver, type Model, type Splitting, wrap } from "../model/Model.ts"
import { pulledIn } from "../model/PullStream.ts"
import { CurrentAttemptLog } from "./AttemptLog.ts"
import { attemptedCall } from "./attempts/AttemptedCall.ts"
import { attemptedStream } from "./attempts/AttemptedStream.ts"
import type { Plan } from "./attempts/Plan.ts"
import { CurrentBound } from "./CallBound.ts"

export { AttemptLog, costOfError, CurrentAttemptLog, type Pricer, type ReportedModel } from "./AttemptLog.ts"
export type { Failure, Next, Plan } from "./attempts/Plan.ts"

/** Calls that are made on the side are not attempts of the call, nor part of its response. */
export const aside = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const isAside =
      fiber.getRef(CurrentAttemptLog) === undefined &&
      fiber.getRef(CurrentBound) === undefined &&
      fiber.getRef(CurrentObserver) === undefined
    return isAside ? effect : provide(effect, noCall)
  })

const noCall = Context.make(CurrentAttemptLog, undefined).pipe(
  Context.add(CurrentBound, undefined),
  Context.add(CurrentObserver, undefined)
)

/** A plan, or how a request leads to one: for a whole response, or for a stream. */
type PlanFor<C extends Capability, M, E, E1, R1, E2> =
  | Plan<M, E, E1, R1, E2>
  | ((request: C["Request"], isStream: boolean) => Plan<M, E, E1, R1, E2>)

/**
 * A model that calls one model after another until one succeeds. Of a stream, only the opening is repeated unnoticed. The
 * attempts are in `attempts` of the response or the `finish` event, the successful one last.
 *
 * With `splitting`, that happens to each part of a request that is sent in parts; else to the whole.
 */
export const attempts = <C extends Capability, E, R, E1, R1, E2>(
  self: { readonly kind: Kind<C>; readonly stream?: unknown } & Pick<Any, "id" | "contextWindow" | "variant">,
  plan: PlanFor<C, Model<C, E, R>, E, E1, R1, E2>,
  splitting?: Effect.Effect<Splitting<C, E1 | E2>, never, R | R1>
): Model<C, E1 | E2, R | R1> => {
  const planFor = typeof plan === "function" ? plan : () => plan
  return wrap<C, E1 | E2, R | R1>(self, {
    splitting,
    generate: (request) => Effect.withFiber((fiber) => attemptedCall(planFor(request, false), request, fiber)),
    stream:
      self.stream === undefined
        ? undefined
        : (request, streaming) =>
            pulledIn((scope) =>
              Effect.withFiber((fiber) => attemptedStream(planFor(request, true), streaming, request, fiber, scope))
            )
  })
}
