import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { provide } from "../domain/Provided.ts"
import type { Attempt } from "../domain/ChatResponse.ts"
import type { CallResponse } from "../domain/CallResponse.ts"
import { tagOf, withAttempts } from "../domain/ProviderError.ts"
import type { Capability, Kind, Streaming } from "../domain/Capability.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import { withFields } from "../domain/ResponseFields.ts"
import { type Any, CurrentObserver, type Model, type Splitting, streamOf, wrap } from "../model/Model.ts"
import { openPullIn } from "../model/Opening.ts"
import { leavable, type Leave, leaveOf, pulledIn } from "../model/PullStream.ts"
import { AttemptLog, CurrentAttemptLog } from "./AttemptLog.ts"
import { CallBound, CurrentBound } from "./CallBound.ts"
import { record } from "./Decision.ts"
import type { Added } from "./Entry.ts"
import { watchedCall } from "./WatchedCall.ts"
import { watched } from "./WatchedStream.ts"

export { AttemptLog, costOfError, CurrentAttemptLog, type Pricer, type ReportedModel } from "./AttemptLog.ts"

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

/** The model to call next, and the delay before. */
export interface Next<out M> {
  readonly model: M
  readonly wait?: Duration.Duration | undefined
  /** Whether it is the model that failed, which is sent another request. */
  readonly isRetry?: boolean | undefined
  /** The longest wait that a provider may ask for within this attempt, because another model would be faster. */
  readonly longestWaitMillis?: number | undefined
  /** The name of the deployment, for the attempts. */
  readonly deployment?: string | undefined
}

/** Which model failed, and with what. */
export interface Failure<out M, out E> {
  readonly model: M
  readonly error: E
}

/**
 * What happens after a failure. `start` is called at the beginning of each call; the function that it gives names the first
 * model (called without a failure) and the one after each failure, or `undefined` to give up. `giveUp` makes the error of a
 * call that no model served; the attempts are recorded on it. `onInterrupted` is what a failure after the first content
 * leads to: the end, unless it says to go on with a `restarted` event and the next model.
 */
export interface Plan<M, E, E1, R1, E2> {
  readonly start: (
    fiber: Fiber.Fiber<unknown, unknown>
  ) => Effect.Effect<(failure: Failure<M, E> | undefined) => Effect.Effect<Next<M> | undefined, E1, R1>, never, R1>
  readonly giveUp: (failure: Failure<M, E> | undefined, attempts: ReadonlyArray<Attempt>) => E2
  readonly onInterrupted?: "fail" | "restart" | undefined
  /** What bounds this call, within what bounds the chain around it; read after `start`. */
  readonly bound?: ((outer: CallBound | undefined, nowMillis: number) => CallBound | undefined) | undefined
}

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
              Effect.withFiber((fiber) => streamed(planFor(request, true), streaming, request, fiber, scope))
            )
  })
}

/** The model after a failure, if the bound of the chain permits one; recorded, if there is one. */
const following = <M extends Pick<Any, "id">, E, E1, R1>(
  after: (failure: Failure<M, E>) => Effect.Effect<Next<M> | undefined, E1, R1>,
  failure: Failure<M, E>,
  bound: CallBound | undefined,
  clock: Clock.Clock
): Effect.Effect<Next<M> | undefined, E1, R1> => {
  if (bound?.permits(failure.error) === false) return Effect.succeed(undefined)
  return Effect.flatMap(after(failure), (next) => {
    if (next === undefined) return Effect.succeed(undefined)
    const { isRetry = next.model === failure.model, model, wait = Duration.zero } = next
    const isPermitted = bound?.take(failure.error, Duration.toMillis(wait), steadyMillis(clock)) ?? true
    if (!isPermitted) return Effect.succeed(undefined)
    const error = tagOf(failure.error)
    const recorded = isRetry
      ? record({ type: "retry", model: model.id, error, wait })
      : record({ type: "fallback", from: failure.model.id, model: model.id, error })
    return Effect.as(recorded, next)
  })
}

/** The attempt log and the bound of one attempt, added in the same step as what its policies add. */
const addedTo = (
  { longestWaitMillis }: Pick<Next<unknown>, "longestWaitMillis">,
  log: AttemptLog,
  bound: CallBound | undefined,
  isOwn: boolean
): Added => {
  if (longestWaitMillis === undefined && !isOwn) return { log }
  const current = longestWaitMillis === undefined ? bound : CallBound.patient(bound, longestWaitMillis)
  return { log, services: Context.add(CurrentBound, current) }
}

const pause = (wait: Duration.Duration | undefined): Effect.Effect<void> =>
  wait === undefined || Duration.isZero(wait) ? Effect.void : Effect.sleep(wait)

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

type Events<Event> = Arr.NonEmptyReadonlyArray<Event>

/** The call that is being read: already open, so all that it still may do is go on, end or break off. */
interface Current<M> {
  readonly next: Next<M>
  readonly scope: Scope.Closeable
  readonly log: AttemptLog
  readonly startedAtMillis: number
}

const streamed = <C extends Capability, E, R, E1, R1, E2>(
  plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
  { isContent }: Streaming<C>,
  request: C["Request"],
  fiber: Fiber.Fiber<unknown, unknown>,
  scope: Scope.Scope
): Effect.Effect<Pull.Pull<Events<C["Event"]>, E1 | E2, void, R | R1>, E1, R1> => {
  type M = Model<C, E, R>
  type EventsPull = Pull.Pull<Events<C["Event"]>, E1 | E2, void, R | R1>
  const clock = fiber.getRef(Clock.Clock)
  const log = new AttemptLog(fiber.getRef(CurrentAttemptLog))
  const outer = fiber.getRef(CurrentBound)
  return Effect.flatMapEager(plan.start(fiber), (after) => {
    const own = plan.bound?.(outer, steadyMillis(clock))
    const bound = own ?? outer
    let reading: EventsPull | undefined
    let leave: () => Leave | undefined = () => undefined
    let shown = false

    const millisOf = ({ startedAtMillis }: Current<M>) => steadyMillis(clock) - startedAtMillis

    /** Closes the failed call, and opens the next one if that is permitted. */
    const goOn = (current: Current<M>, error: E, mayFollow: boolean): EventsPull => {
      const { model } = current.next
      current.log.failed(model.id, error, millisOf(current))
      const failure = { model, error }
      const next = Effect.flatMap(Scope.close(current.scope, Exit.void), () =>
        mayFollow ? following(after, failure, bound, clock) : Effect.succeed(undefined)
      )
      return Effect.flatMap(next, (next) => open(next, failure))
    }

    /**
     * Calls model after model until a stream is open. Without generators: V8 makes a map for each function of one, which outlives
     * every scavenge until the next full collection, with all that the function holds.
     */
    const open = (next: Next<M> | undefined, failure: Failure<M, E> | undefined): EventsPull => {
      if (next === undefined) return Effect.fail(withAttempts(plan.giveUp(failure, log.attempts), log.attempts))
      return next.wait === undefined ? attempt(next) : Effect.flatMap(pause(next.wait), () => attempt(next))
    }

    const attempt = (next: Next<M>): EventsPull => {
      const current: Current<M> = {
        next,
        scope: Scope.forkUnsafe(scope),
        log: new AttemptLog(log, next.wait, next.deployment),
        startedAtMillis: steadyMillis(clock)
      }
      const { log: modelLog } = current
      modelLog.start(next.model.id)
      const called = streamOf(next.model)?.(request) ?? Stream.empty
      const added = addedTo(next, modelLog, bound, own !== undefined)
      const stream = watched<C["Event"], E, R, never, never, never>(() =>
        Effect.succeed({ ...added, stream: () => called })
      )
      const opening = openPullIn(current.scope, stream, isContent, (event) => modelLog.see(event))
      return Effect.matchEffect(own === undefined ? opening : own.interrupting(opening, next.model.id), {
        onFailure: (error) => goOn(current, error, true),
        onSuccess: ({ pull, seen }) => {
          const events: ReadonlyArray<C["Event"]> = shown
            ? [{ type: "restarted", model: next.model.id, attempts: [...log.attempts] }, ...seen]
            : seen
          reading = read(current, pull)
          // A stream that may restart opens another call, whose pull cannot be left this way.
          if (plan.onInterrupted !== "restart") leave = () => leaveOf(pull)
          shown = true
          return isNonEmpty(events) ? Effect.succeed(stamped(current, events)) : Cause.done()
        }
      })
    }

    const read = (current: Current<M>, pull: Pull.Pull<Events<C["Event"]>, E, void, R>): EventsPull =>
      Effect.matchCauseEffect(pull, {
        onSuccess: (events) => Effect.succeed(stamped(current, events)),
        onFailure: (cause): EventsPull => {
          const done = Pull.filterDone(cause)
          if (Result.isSuccess(done)) return Cause.done()
          const found = Cause.findError(done.failure)
          // The stream broke off after its first content.
          return Result.isSuccess(found)
            ? goOn(current, found.success as E, plan.onInterrupted === "restart")
            : Effect.failCause(found.failure)
        }
      })

    const stamped = (current: Current<M>, events: Events<C["Event"]>): Events<C["Event"]> => {
      const last = events.at(-1)
      if (last?.type !== "finish") return events
      const attempt = current.log.succeeded(current.next.model.id, last, millisOf(current))
      return Arr.setLastNonEmpty(events, { ...last, attempts: [...log.attempts, attempt] })
    }

    return Effect.mapEager(after(undefined), (first) =>
      leavable<EventsPull>(
        Effect.suspend((): EventsPull => reading ?? open(first, undefined)),
        () => leave()
      )
    )
  })
}

const isNonEmpty = <Event>(events: ReadonlyArray<Event>): events is Events<Event> => events.length > 0
