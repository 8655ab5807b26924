import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Attempt, AttemptError } from "../domain/ChatResponse.ts"
import { attemptsOf, partialOf, tagOf, withAttempts } from "../domain/ProviderError.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { Capability, Kind, Streaming } from "../domain/Capability.ts"
import type { Cost } from "../domain/Cost.ts"
import { withFields } from "../domain/ResponseFields.ts"
import type { Usage } from "../domain/Usage.ts"
import { type Any, CurrentObserver, type Model, type Splitting, streamOf, wrap } from "../model/Model.ts"
import { openPull } from "../model/Opening.ts"
import { record } from "./Decision.ts"

/** The provider and model that a response names. */
export interface ReportedModel {
  readonly provider?: string | undefined
  readonly model?: string | undefined
}

/** What a usage costs with the requested model, `provider/model`, or the reported one. */
export type Pricer = (requestedModel: string, usage: Usage, reported: ReportedModel) => Cost

/**
 * The failed attempts of one call, as they happen. Each is passed on to the policies further out at once, so that they know
 * of it even when they interrupt the call.
 */
export class AttemptLog {
  readonly attempts: Array<Attempt> = []
  /** The model that is being called, as near as the policies within the call have reported. */
  currentModel: string | undefined
  readonly #parent: AttemptLog | undefined
  readonly #wait: Duration.Duration | undefined
  #pricer: Pricer | undefined

  /** `wait` is the delay before the first of these attempts. */
  constructor(parent: AttemptLog | undefined, wait?: Duration.Duration) {
    this.#parent = parent
    this.#wait = wait === undefined || Duration.isZero(wait) ? undefined : wait
  }

  /** Reports an event that the policies further out cannot see yet. */
  see(event: CallEvent): void {
    this.#parent?.see(event)
  }

  /** How costs are computed at this point of the call, also for policies further out. */
  priceBy(pricer: Pricer): void {
    this.#pricer = pricer
    this.#parent?.priceBy(pricer)
  }

  /** What the usage costs; `undefined` where no policy, within or around, computes costs. */
  price(requestedModel: string, usage: Usage, reported: ReportedModel): Cost | undefined {
    return this.#pricer === undefined
      ? this.#parent?.price(requestedModel, usage, reported)
      : this.#pricer(requestedModel, usage, reported)
  }

  /** The cost of the attempt that failed with this error, as a policy further out has computed it. */
  costOf(error: AttemptError): Cost | undefined {
    return this.#parent?.costOf(error)
  }

  start(model: string): void {
    this.currentModel = model
    this.#parent?.start(model)
  }

  push(attempt: Attempt): void {
    this.currentModel = undefined
    const waited = this.attempts.length === 0 ? this.#waited(attempt) : attempt
    this.attempts.push(waited)
    this.#parent?.push(waited)
  }

  /**
   * The model has failed after `millis`. Where policies within it have logged this error, or it sums up what they logged,
   * nothing is added; else the attempt took what their attempts leave of the time.
   */
  failed(model: string, error: unknown, millis: number): void {
    const last = this.attempts.at(-1)?.error
    if (last !== undefined && (last === error || last === attemptsOf(error).at(-1)?.error)) return
    const logged = this.attempts.reduce((sum, { duration, wait }) => sum + toMillis(duration) + toMillis(wait), 0)
    const remaining = Math.max(0, millis + toMillis(this.#wait) - logged)
    const cost = partialOf(error)?.cost
    const duration = Duration.millis(this.attempts.length > 0 ? remaining : millis)
    this.push({ model, error: error as AttemptError, duration, ...(cost && { cost }) })
  }

  /** The attempt that succeeded, out of the `attempts` of its response, or else as it is seen from here. */
  succeeded(model: string, { attempts, cost }: Pick<CallEvent, "attempts" | "cost">, millis: number): Attempt {
    const last = attempts?.at(-1)
    const duration = Duration.millis(millis)
    const seen = cost === undefined ? { model, duration } : { model, duration, cost }
    const attempt = last !== undefined && last.error === undefined ? last : seen
    return this.attempts.length === 0 ? this.#waited(attempt) : attempt
  }

  #waited(attempt: Attempt): Attempt {
    if (this.#wait === undefined) return attempt
    return { ...attempt, wait: attempt.wait === undefined ? this.#wait : Duration.sum(this.#wait, attempt.wait) }
  }
}

const toMillis = (duration: Duration.Duration | undefined): number =>
  duration === undefined ? 0 : Duration.toMillis(duration)

/** Where the policies within a call log its failed attempts. */
export const CurrentAttemptLog: Context.Reference<AttemptLog | undefined> = Context.Reference<AttemptLog | undefined>(
  "effect-llm/policies/CurrentAttemptLog",
  { defaultValue: () => undefined }
)

/** Calls that are made on the side are not attempts of the call, nor part of its response. */
export const aside = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  effect.pipe(Effect.provideService(CurrentAttemptLog, undefined), Effect.provideService(CurrentObserver, undefined))

/** The model to call next, and the delay before. */
export interface Next<out M> {
  readonly model: M
  readonly wait?: Duration.Duration | undefined
  /** Whether it is the model that failed, which is sent another request. */
  readonly isRetry?: boolean | undefined
}

/** Which model failed, and with what. */
export interface Failure<out M, out E> {
  readonly model: M
  readonly error: E
}

/**
 * What happens after a failure. `start` is run at the beginning of each call; the function that it gives names the first
 * model (called without a failure) and the one after each failure, or `undefined` to give up. `giveUp` makes the error of a
 * call that no model served; the attempts are recorded on it. `onInterrupted` is what a failure after the first content
 * leads to: the end, or a `restarted` event and the next model.
 */
export interface Plan<M, E, E1, R1, E2> {
  readonly start: Effect.Effect<
    (failure: Failure<M, E> | undefined) => Effect.Effect<Next<M> | undefined, E1, R1>,
    never,
    R1
  >
  readonly giveUp: (failure: Failure<M, E> | undefined, attempts: ReadonlyArray<Attempt>) => E2
  readonly onInterrupted: "fail" | "restart"
}

/**
 * A model that calls one model after another until one succeeds. Of a stream, only the opening is repeated unnoticed. The
 * attempts are in `attempts` of the response or the `finish` event, the successful one last.
 *
 * With `splitting`, that happens to each part of a request that is sent in parts; else to the whole.
 */
export const attempts = <C extends Capability, E, R, E1, R1, E2>(
  self: { readonly kind: Kind<C>; readonly stream?: unknown } & Pick<Any, "id" | "contextWindow">,
  plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
  splitting?: Effect.Effect<Splitting<C, E1 | E2>, never, R | R1>
): Model<C, E1 | E2, R | R1> =>
  wrap<C, E1 | E2, R | R1>(self, {
    splitting,
    generate: (request) => whole(plan, request),
    stream:
      self.stream === undefined ? undefined : (request, streaming) => Stream.unwrap(streamed(plan, streaming, request))
  })

const pause = (wait: Duration.Duration | undefined): Effect.Effect<void> =>
  wait === undefined || Duration.isZero(wait) ? Effect.void : Effect.sleep(wait)

const whole = Effect.fnUntraced(function* <C extends Capability, E, R, E1, R1, E2>(
  plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
  request: C["Request"]
): Effect.fn.Return<C["Response"], E1 | E2, R | R1> {
  const clock = yield* Clock.Clock
  const log = new AttemptLog(yield* CurrentAttemptLog)
  const after = yield* plan.start
  let failure: Failure<Model<C, E, R>, E> | undefined
  let next = yield* after(undefined)
  while (next !== undefined) {
    const { model, wait } = next
    yield* pause(wait)
    const modelLog = new AttemptLog(log, wait)
    modelLog.start(model.id)
    const startedAtMillis = clock.currentTimeMillisUnsafe()
    const result = yield* Effect.result(Effect.provideService(model.generate(request), CurrentAttemptLog, modelLog))
    const millis = clock.currentTimeMillisUnsafe() - startedAtMillis
    if (Result.isSuccess(result)) {
      const response = result.success
      const attempt = modelLog.succeeded(model.id, response, millis)
      return withFields(response, { attempts: [...log.attempts, attempt] })
    }
    modelLog.failed(model.id, result.failure, millis)
    failure = { model, error: result.failure }
    next = yield* decided(failure, after(failure))
  }
  return yield* Effect.fail(withAttempts(plan.giveUp(failure, log.attempts), log.attempts))
})

/** Records what comes after a failure, if anything does. */
const decided = <M extends Pick<Any, "id">, E, E1, R1>(
  failure: Failure<M, E>,
  after: Effect.Effect<Next<M> | undefined, E1, R1>
): Effect.Effect<Next<M> | undefined, E1, R1> =>
  Effect.tap(after, (next) => {
    if (next === undefined) return Effect.void
    const { isRetry = next.model === failure.model, model, wait = Duration.zero } = next
    const error = tagOf(failure.error)
    return isRetry
      ? record({ type: "retry", model: model.id, error, wait })
      : record({ type: "fallback", from: failure.model.id, model: model.id, error })
  })

type Events<Event> = Arr.NonEmptyReadonlyArray<Event>

/** The call that is being read: already open, so all that it still may do is go on, end or break off. */
interface Current<M> {
  readonly next: Next<M>
  readonly scope: Scope.Closeable
  readonly log: AttemptLog
  readonly startedAtMillis: number
}

const streamed = Effect.fnUntraced(function* <C extends Capability, E, R, E1, R1, E2>(
  plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
  { isContent }: Streaming<C>,
  request: C["Request"]
): Effect.fn.Return<Stream.Stream<C["Event"], E1 | E2, R | R1>, E1, R | R1 | Scope.Scope> {
  type M = Model<C, E, R>
  type EventsPull = Pull.Pull<Events<C["Event"]>, E1 | E2, void, R | R1>
  const clock = yield* Clock.Clock
  const scope = yield* Effect.scope
  const log = new AttemptLog(yield* CurrentAttemptLog)
  const after = yield* plan.start
  let failure: Failure<M, E> | undefined
  let next = yield* after(undefined)
  let reading: EventsPull | undefined
  let shown = false

  const millisOf = ({ startedAtMillis }: Current<M>) => clock.currentTimeMillisUnsafe() - startedAtMillis

  /** Closes the call that failed, before the next is made. */
  const close = (current: Current<M>, error: E) => {
    const { model } = current.next
    current.log.failed(model.id, error, millisOf(current))
    failure = { model, error }
    return Effect.as(Scope.close(current.scope, Exit.void), failure)
  }

  /** Calls model after model until a stream is open. */
  const openNext = Effect.fnUntraced(function* (): Effect.fn.Return<Events<C["Event"]>, E1 | E2 | Cause.Done, R | R1> {
    while (next !== undefined) {
      yield* pause(next.wait)
      const current: Current<M> = {
        next,
        scope: yield* Scope.fork(scope),
        log: new AttemptLog(log, next.wait),
        startedAtMillis: clock.currentTimeMillisUnsafe()
      }
      current.log.start(next.model.id)
      const opening = openPull(streamOf(next.model)?.(request) ?? Stream.empty, isContent, (event) =>
        current.log.see(event)
      ).pipe(Scope.provide(current.scope), Effect.provideService(CurrentAttemptLog, current.log))
      const result = yield* Effect.result(opening)
      if (Result.isFailure(result)) {
        const failed = yield* close(current, result.failure)
        next = yield* decided(failed, after(failed))
        continue
      }
      const restarted: ReadonlyArray<C["Event"]> = shown
        ? [{ type: "restarted", model: next.model.id, attempts: [...log.attempts] }]
        : []
      const { pull, seen } = result.success
      const events = [...restarted, ...seen]
      reading = read(current, pull)
      shown = true
      return isNonEmpty(events) ? stamped(current, events) : yield* Cause.done()
    }
    return yield* Effect.fail(withAttempts(plan.giveUp(failure, log.attempts), log.attempts))
  })

  const read = (current: Current<M>, pull: Pull.Pull<Events<C["Event"]>, E, void, R>): EventsPull =>
    Effect.catchCause(
      Effect.map(pull, (events) => stamped(current, events)),
      (cause): EventsPull => {
        const done = Pull.filterDone(cause)
        if (Result.isSuccess(done)) return Cause.done()
        const found = Cause.findError(done.failure)
        return Result.isSuccess(found) ? brokeOff(current, found.success as E) : Effect.failCause(found.failure)
      }
    )

  /** The call broke off after something of it was shown. */
  const brokeOff = Effect.fnUntraced(function* (
    current: Current<M>,
    error: E
  ): Effect.fn.Return<Events<C["Event"]>, E1 | E2 | Cause.Done, R | R1> {
    const failed = yield* close(current, error)
    next = plan.onInterrupted === "restart" ? yield* decided(failed, after(failed)) : undefined
    return yield* openNext()
  })

  const stamped = (current: Current<M>, events: Events<C["Event"]>): Events<C["Event"]> => {
    const last = events.at(-1)
    if (last?.type !== "finish") return events
    const attempt = current.log.succeeded(current.next.model.id, last, millisOf(current))
    return Arr.setLastNonEmpty(events, { ...last, attempts: [...log.attempts, attempt] })
  }

  return Stream.fromPull<C["Event"], E1 | E2 | Cause.Done, R | R1, never, never>(
    Effect.succeed(Effect.suspend((): EventsPull => reading ?? openNext()))
  )
})

const isNonEmpty = <Event>(events: ReadonlyArray<Event>): events is Events<Event> => events.length > 0
