import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { provide } from "../domain/Provided.ts"
import type { Attempt } from "../domain/ChatResponse.ts"
import type { CallResponse } from "../domain/CallResponse.ts"
import { withAttempts } from "../domain/ProviderError.ts"
import type { Capability, Kind } from "../domain/Capability.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import { withFields } from "../domain/ResponseFields.ts"
import { type Any, CurrentObserver, type Model, type Splitting, wrap } from "../model/Model.ts"
import { pulledIn } from "../model/PullStream.ts"
import { AttemptLog, CurrentAttemptLog } from "./AttemptLog.ts"
import { attemptedStream } from "./attempts/AttemptedStream.ts"
import { addedTo, type Failure, following, type Next, pause, type Plan } from "./attempts/Plan.ts"
import { CurrentBound } from "./CallBound.ts"
import { watchedCall } from "./watch/WatchedCall.ts"

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
    generate: (request) => Effect.withFiber((fiber) => whole(planFor(request, false), request, fiber)),
    stream:
      self.stream === undefined
        ? undefined
        : (request, streaming) =>
            pulledIn((scope) =>
              Effect.withFiber((fiber) => attemptedStream(planFor(request, true), streaming, request, fiber, scope))
            )
  })
}

const whole = <C extends Capability, E, R, E1, R1, E2>(
  plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
  request: C["Request"],
  fiber: Fiber.Fiber<unknown, unknown>
): Effect.Effect<C["Response"], E1 | E2, R | R1> => {
  type M = Model<C, E, R>
  const clock = fiber.getRef(Clock.Clock)
  const log = new AttemptLog(fiber.getRef(CurrentAttemptLog))
  const outer = fiber.getRef(CurrentBound)
  return Effect.flatMapEager(plan.start(fiber), (after) => {
    const own = plan.bound?.(outer, steadyMillis(clock))
    const bound = own ?? outer

    const attempt = (next: Next<M>): Effect.Effect<C["Response"], E1 | E2, R | R1> => {
      const { deployment, model, wait } = next
      const modelLog = new AttemptLog(log, wait, deployment)
      modelLog.start(model.id)
      const startedAtMillis = steadyMillis(clock)
      const millis = () => steadyMillis(clock) - startedAtMillis
      const added = addedTo(next, modelLog, bound, own !== undefined)
      const call = watchedCall<C["Response"], E, R, never, never, never>(() =>
        Effect.succeed({ ...added, run: model.generate(request) })
      )
      return Effect.matchEffect(own === undefined ? call : own.interrupting(call, model.id), {
        onSuccess: (response) => {
          const succeeded = modelLog.succeeded(model.id, response, millis())
          return Effect.succeed(withAttempt(response, log.attempts, succeeded))
        },
        onFailure: (error) => {
          modelLog.failed(model.id, error, millis())
          const failure = { model, error }
          return Effect.flatMap(following(after, failure, bound, clock), (next) => goOn(next, failure))
        }
      })
    }

    const goOn = (
      next: Next<M> | undefined,
      failure: Failure<M, E> | undefined
    ): Effect.Effect<C["Response"], E1 | E2, R | R1> => {
      if (next === undefined) return Effect.fail(withAttempts(plan.giveUp(failure, log.attempts), log.attempts))
      return next.wait === undefined ? attempt(next) : Effect.flatMap(pause(next.wait), () => attempt(next))
    }

    return Effect.flatMapEager(after(undefined), (first) => goOn(first, undefined))
  })
}

/** The response after these failures and the attempt that succeeded, which may be all that it has already. */
const withAttempt = <A extends CallResponse>(response: A, failed: ReadonlyArray<Attempt>, succeeded: Attempt): A =>
  failed.length === 0 && response.attempts.length === 1 && response.attempts[0] === succeeded
    ? response
    : withFields(response, { attempts: [...failed, succeeded] })
