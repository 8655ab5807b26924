import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Pull from "effect/Pull"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { Capability, Streaming } from "../../domain/Capability.ts"
import { withAttempts } from "../../domain/ProviderError.ts"
import { withFields } from "../../domain/ResponseFields.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import { CurrentObserver, type Model, streamOf } from "../../model/Model.ts"
import { openPull } from "../../model/Opening.ts"
import { unwrap } from "../../model/PullStream.ts"
import { AttemptLog, CurrentAttemptLog } from "../AttemptLog.ts"
import { CurrentBound } from "../CallBound.ts"
import { record } from "../Decision.ts"
import { RacerLog } from "./RacerLog.ts"

/** A second call that is made if the first has not opened in time. */
export interface Late<out M> {
  readonly model: M
  readonly afterMillis: number
  /** Asked when the time has come. */
  readonly mayStart: () => boolean
}

/** One race: `models` start at once, and `late` after a while. */
export interface Plan<out M, in E, out E2> {
  readonly models: ReadonlyArray<M>
  readonly late?: Late<M> | undefined
  /** How long the first model took to open, or had taken when it was stopped. */
  readonly timed?: ((millis: number) => void) | undefined
  /** The error of a call of which every model failed, the last one with `error`; or of one that broke off. */
  readonly giveUp: (error: E, attempts: ReadonlyArray<Attempt>) => E2
}

/** One call of a race. */
interface Racer<out M> {
  readonly model: M
  readonly log: RacerLog
  readonly scope: Scope.Closeable
  readonly startedAtMillis: number
}

interface Finish<M, A, E> {
  readonly racer: Racer<M>
  /** Absent where the call has only shown content so far, which wins the race too. */
  readonly exit: Exit.Exit<A, E> | undefined
}

interface Won<M, A> {
  readonly racer: Racer<M>
  readonly value: A
  /** The attempts of all calls but the winning one. */
  readonly log: AttemptLog
  readonly millis: () => number
}

/** Runs a race until one call has opened, and stops the others. With `claim`, a call wins before it has ended. */
const race = Effect.fnUntraced(function* <M extends { readonly id: string }, A, E, R, E2>(
  { giveUp, late, models, timed }: Plan<M, E, E2>,
  open: (racer: Racer<M>, claim: () => boolean) => Effect.Effect<A, E, R | Scope.Scope>
): Effect.fn.Return<Won<M, A>, E2, R | Scope.Scope> {
  const clock = yield* Clock.Clock
  const scope = yield* Effect.scope
  const log = new AttemptLog(yield* CurrentAttemptLog)
  const bound = yield* CurrentBound
  /** The calls that came to an end or claimed to win, and `undefined` when the late one is due. */
  const finishes = yield* Queue.unbounded<Finish<M, A, E> | undefined>()
  /** The first of these is the one that the policies around see. */
  const running: Array<Racer<M>> = []
  let first: Racer<M> | undefined
  let claimed: Racer<M> | undefined
  let winner: Racer<M> | undefined

  const millisOf = ({ startedAtMillis }: Racer<M>) => steadyMillis(clock) - startedAtMillis

  /** Whether what bounds the chain permits another call. */
  const isPermitted = () => first === undefined || bound?.take(undefined, 0, steadyMillis(clock)) !== false

  const start = Effect.fnUntraced(function* (model: M): Effect.fn.Return<void, never, R> {
    const startedAtMillis = steadyMillis(clock)
    const racer: Racer<M> = { model, log: new RacerLog(log), scope: yield* Scope.fork(scope), startedAtMillis }
    first ??= racer
    running.push(racer)
    racer.log.start(model.id)
    if (running.length === 1) racer.log.show()
    const claim = (): boolean => {
      if (claimed === undefined && winner === undefined) {
        claimed = racer
        Queue.offerUnsafe(finishes, { racer, exit: undefined })
      }
      return claimed === racer
    }
    yield* open(racer, claim).pipe(
      Scope.provide(racer.scope),
      Effect.provideService(CurrentAttemptLog, racer.log),
      Effect.onExit((exit) => Effect.sync(() => Queue.offerUnsafe(finishes, { racer, exit }))),
      Effect.forkIn(racer.scope, { startImmediately: true })
    )
  })

  /** Takes a call out of the race, and shows the policies around what is left of it. */
  const leave = (racer: Racer<M>, tell: () => void) => {
    running.splice(running.indexOf(racer), 1)
    tell()
    running[0]?.log.show()
    // Closing a connection may take time, and nobody is to wait for that.
    return Effect.forkDetach(Scope.close(racer.scope, Exit.void), { startImmediately: true })
  }

  /** Stops all calls but one. */
  const stopOthers = (kept: Racer<M> | undefined, faster: string | undefined) =>
    Effect.forEach(
      running.filter((racer) => racer !== kept),
      (racer) => leave(racer, () => racer.log.stopped(racer.model.id, faster, millisOf(racer))),
      { discard: true }
    )

  const win = Effect.fnUntraced(function* (racer: Racer<M>) {
    winner = racer
    // A first call that lost would have taken this long at least.
    if (first !== undefined) timed?.(millisOf(first))
    if (late !== undefined && racer !== first) yield* record({ type: "hedge-won", model: racer.model.id })
    yield* stopOthers(racer, racer.model.id)
  })

  const run = Effect.gen(function* () {
    for (const model of models) if (isPermitted()) yield* start(model)
    const due = Effect.sync(() => Queue.offerUnsafe(finishes, undefined))
    const timer = late && (yield* Effect.forkIn(Effect.delay(due, late.afterMillis), scope, { startImmediately: true }))
    while (true) {
      const finish = yield* Queue.take(finishes)
      if (finish === undefined) {
        if (late === undefined || winner !== undefined || !late.mayStart() || !isPermitted()) continue
        yield* record({ type: "hedge-started", model: late.model.id })
        yield* start(late.model)
        continue
      }
      const { exit, racer } = finish
      // Calls that were stopped end too, and one that claims to win is waited for.
      if ((winner !== undefined && winner !== racer) || (claimed !== undefined && claimed !== racer)) continue
      if (exit === undefined || Exit.isSuccess(exit)) {
        timer?.interruptUnsafe()
        if (winner === undefined) yield* win(racer)
        if (exit !== undefined) return { racer, value: exit.value, log, millis: () => millisOf(racer) }
        continue
      }
      const error = Cause.findError(exit.cause)
      if (Result.isSuccess(error)) racer.log.failed(racer.model.id, error.success, millisOf(racer))
      yield* leave(racer, () => racer.log.out())
      if (running.length > 0) continue
      timer?.interruptUnsafe()
      if (Result.isFailure(error)) return yield* Effect.failCause(error.failure)
      return yield* Effect.fail(withAttempts(giveUp(error.success, log.attempts), log.attempts))
    }
  })
  // What the calls have cost is reported even if nobody waits for them any longer.
  return yield* Effect.onInterrupt(run, () => stopOthers(running[0], undefined))
})

/** A race for a whole response. */
export const whole = <C extends Capability, E, R, E2>(
  plan: Plan<Model<C, E, R>, E, E2>,
  request: C["Request"]
): Effect.Effect<C["Response"], E2, R> =>
  Effect.scoped(
    Effect.flatMap(CurrentObserver, (observer) =>
      Effect.map(
        race<Model<C, E, R>, C["Response"], E, R, E2>(plan, (racer, claim) => {
          const response = racer.model.generate(request)
          if (observer === undefined) return response
          const isContent = racer.model.kind.streaming?.isContent
          return Effect.provideService(response, CurrentObserver, observing(observer, racer.log, claim, isContent))
        }),
        ({ log, millis, racer, value }) =>
          withFields(value, { attempts: [...log.attempts, racer.log.succeeded(racer.model.id, value, millis())] })
      )
    )
  )

/** Shows a whole response being made to those who look on, once it has won the race. */
const observing = (
  observer: (event: CallEvent) => void,
  log: RacerLog,
  claim: () => boolean,
  isContent: ((event: never) => boolean) | undefined
) => {
  const held: Array<CallEvent> = []
  let isShown = false
  return (event: CallEvent): void => {
    if (isShown) return observer(event)
    log.see(event)
    held.push(event)
    if (isContent?.(event as never) !== true || !claim()) return
    isShown = true
    for (const one of held.splice(0)) observer(one)
  }
}

/** A race for a stream, which the first to show content wins. */
export const streamed = <C extends Capability, E, R, E2>(
  plan: Plan<Model<C, E, R>, E, E2>,
  { isContent }: Streaming<C>,
  request: C["Request"]
): Stream.Stream<C["Event"], E2, R> =>
  unwrap(
    Effect.map(
      race(plan, ({ log, model }: Racer<Model<C, E, R>>) =>
        openPull(streamOf(model)?.(request) ?? Stream.empty, isContent, (event) => log.see(event))
      ),
      ({ log, millis, racer, value: { pull, seen } }) => {
        const { id } = racer.model
        type Events = Arr.NonEmptyReadonlyArray<C["Event"]>
        const stamped = (events: Events): Events => {
          const last = Arr.lastNonEmpty(events)
          if (last.type !== "finish") return events
          return Arr.setLastNonEmpty(events, {
            ...last,
            attempts: [...log.attempts, racer.log.succeeded(id, last, millis())]
          })
        }
        const brokeOff = (error: E): E2 => {
          racer.log.failed(id, error, millis())
          return withAttempts(plan.giveUp(error, log.attempts), log.attempts)
        }
        const rest = Effect.catchCause(Effect.map(pull, stamped), (cause): Pull.Pull<Events, E2> => {
          const done = Pull.filterDone(cause)
          if (Result.isSuccess(done)) return Cause.done()
          const error = Cause.findError(done.failure)
          if (Result.isFailure(error)) return Effect.failCause(error.failure)
          return Effect.fail(brokeOff(error.success))
        })
        const opening: Stream.Stream<C["Event"]> = Arr.isReadonlyArrayNonEmpty(seen)
          ? Stream.fromArray(stamped(seen))
          : Stream.empty
        return Stream.concat(
          opening,
          Stream.fromPull<C["Event"], E2 | Cause.Done, R, never, never>(Effect.succeed(rest))
        )
      }
    )
  )
