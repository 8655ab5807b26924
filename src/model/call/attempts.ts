import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Attempt, withTrail } from "../../domain/Attempt.ts"
import type { CallEvent } from "../../domain/Capability.ts"
import { openPullWhen } from "../Opening.ts"
import { CurrentTrail, Trail } from "./Trail.ts"

interface Named {
  readonly id: string
}

/** The model to ask next, and how long to wait before. */
export interface Next<out M> {
  readonly model: M
  readonly wait?: Duration.Duration | undefined
}

/** Which model failed, and with what. */
export interface Failure<out M, out E> {
  readonly model: M
  readonly error: E
}

/**
 * What happens after a failure. `start` is run at the beginning of each call; the function that it gives names the first
 * model (asked without a failure) and the one to ask after each failure, or `undefined` to give up. `giveUp` words the
 * error of a call that nobody answered; the tries are noted on it. `onInterrupted` is what a failure after the first
 * content leads to: the end, or a `restarted` event and the next model.
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

const pause = (wait: Duration.Duration | undefined): Effect.Effect<void> =>
  wait === undefined || Duration.isZero(wait) ? Effect.void : Effect.sleep(wait)

/**
 * Asks one model after another until one answers in one piece. The tries are noted on the answer, the answered one last.
 */
export const whole = Effect.fnUntraced(function* <
  M extends Named,
  A extends { readonly attempts: ReadonlyArray<Attempt> },
  E,
  R,
  E1,
  R1,
  E2
>(
  plan: Plan<M, E, E1, R1, E2>,
  ask: (model: M) => Effect.Effect<A, E, R>,
  noted: (answer: A, attempts: ReadonlyArray<Attempt>) => A
): Effect.fn.Return<A, E1 | E2, R | R1> {
  const clock = yield* Clock.Clock
  const trail = new Trail(yield* CurrentTrail)
  const after = yield* plan.start
  let failure: Failure<M, E> | undefined
  let next = yield* after(undefined)
  while (next !== undefined) {
    const { model, wait } = next
    yield* pause(wait)
    const tries = new Trail(trail, wait)
    tries.ask(model.id)
    const startedAtMillis = clock.currentTimeMillisUnsafe()
    const result = yield* Effect.result(Effect.provideService(ask(model), CurrentTrail, tries))
    const millis = clock.currentTimeMillisUnsafe() - startedAtMillis
    if (Result.isSuccess(result)) {
      const answer = result.success
      return noted(answer, [...trail.attempts, tries.answered(model.id, answer.attempts, millis)])
    }
    tries.failed(model.id, result.failure, millis)
    failure = { model, error: result.failure }
    next = yield* after(failure)
  }
  return yield* Effect.fail(withTrail(plan.giveUp(failure, trail.attempts), trail.attempts))
})

type Events<Event> = Arr.NonEmptyReadonlyArray<Event>

/** The call that is being read: already open, so all that it still may do is go on, end or break off. */
interface Current<M> {
  readonly next: Next<M>
  readonly scope: Scope.Closeable
  readonly tries: Trail
  readonly startedAtMillis: number
}

/**
 * Asks one model after another until one opens its stream; only the opening is asked again in silence. The tries are
 * noted on the `finish` event, the answered one last.
 */
export const streamed = <M extends Named, Event extends CallEvent, E, R, E1, R1, E2>(
  plan: Plan<M, E, E1, R1, E2>,
  ask: (model: M) => Stream.Stream<Event, E, R>,
  isContent: (event: Event) => boolean
): Stream.Stream<Event, E1 | E2, R | R1> => Stream.unwrap(stream(plan, ask, isContent))

const stream = Effect.fnUntraced(function* <M extends Named, Event extends CallEvent, E, R, E1, R1, E2>(
  plan: Plan<M, E, E1, R1, E2>,
  ask: (model: M) => Stream.Stream<Event, E, R>,
  isContent: (event: Event) => boolean
): Effect.fn.Return<Stream.Stream<Event, E1 | E2, R | R1>, E1, R | R1 | Scope.Scope> {
  type EventsPull = Pull.Pull<Events<Event>, E1 | E2, void, R | R1>
  const clock = yield* Clock.Clock
  const scope = yield* Effect.scope
  const trail = new Trail(yield* CurrentTrail)
  const after = yield* plan.start
  let failure: Failure<M, E> | undefined
  let next = yield* after(undefined)
  let reading: EventsPull | undefined
  let shown = false

  const millisOf = ({ startedAtMillis }: Current<M>) => clock.currentTimeMillisUnsafe() - startedAtMillis

  /** Closes the call that failed, before another is made. */
  const close = (current: Current<M>, error: E) => {
    const { model } = current.next
    current.tries.failed(model.id, error, millisOf(current))
    failure = { model, error }
    return Effect.as(Scope.close(current.scope, Exit.void), failure)
  }

  /** Asks model after model until a call is open. */
  const open = Effect.fnUntraced(function* (): Effect.fn.Return<Events<Event>, E1 | E2 | Cause.Done, R | R1> {
    while (next !== undefined) {
      yield* pause(next.wait)
      const current: Current<M> = {
        next,
        scope: yield* Scope.fork(scope),
        tries: new Trail(trail, next.wait),
        startedAtMillis: clock.currentTimeMillisUnsafe()
      }
      current.tries.ask(next.model.id)
      const opening = openPullWhen(ask(next.model), isContent, (event) => current.tries.see(event)).pipe(
        Scope.provide(current.scope),
        Effect.provideService(CurrentTrail, current.tries)
      )
      const result = yield* Effect.result(opening)
      if (Result.isFailure(result)) {
        next = yield* after(yield* close(current, result.failure))
        continue
      }
      const restarted = shown
        ? [{ type: "restarted", model: next.model.id, attempts: [...trail.attempts] } as unknown as Event]
        : []
      const { pull, seen } = result.success
      const events = [...restarted, ...seen]
      reading = read(current, pull)
      shown = true
      return isNonEmpty(events) ? stamped(current, events) : yield* Cause.done()
    }
    return yield* Effect.fail(withTrail(plan.giveUp(failure, trail.attempts), trail.attempts))
  })

  const read = (current: Current<M>, pull: Pull.Pull<Events<Event>, E, void, R>): EventsPull =>
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
  ): Effect.fn.Return<Events<Event>, E1 | E2 | Cause.Done, R | R1> {
    const failed = yield* close(current, error)
    next = plan.onInterrupted === "restart" ? yield* after(failed) : undefined
    return yield* open()
  })

  const stamped = (current: Current<M>, events: Events<Event>): Events<Event> => {
    const last = events.at(-1)
    if (last?.type !== "finish") return events
    const answered = current.tries.answered(current.next.model.id, last.attempts, millisOf(current))
    return [...events.slice(0, -1), { ...last, attempts: [...trail.attempts, answered] }] as unknown as Events<Event>
  }

  return Stream.fromPull<Event, E1 | E2 | Cause.Done, R | R1, never, never>(
    Effect.succeed(Effect.suspend((): EventsPull => reading ?? open()))
  )
})

const isNonEmpty = <Event>(events: ReadonlyArray<Event>): events is Events<Event> => events.length > 0
