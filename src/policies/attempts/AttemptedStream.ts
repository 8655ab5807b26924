import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Capability, Streaming } from "../../domain/Capability.ts"
import { withAttempts } from "../../domain/ProviderError.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import { type Model, streamOf } from "../../model/Model.ts"
import { openPullIn } from "../../model/Opening.ts"
import { type EventPull, type Leave, leaveOf } from "../../model/PullStream.ts"
import { AttemptLog, CurrentAttemptLog } from "../AttemptLog.ts"
import { type CallBound, CurrentBound } from "../CallBound.ts"
import { pullOf, type Stage } from "../watch/Stage.ts"
import { type Events, watched } from "../watch/WatchedStream.ts"
import { addedTo, type After, type Failure, following, type Next, pause, type Plan } from "./Plan.ts"

/** The call that is being read: already open, so all that it still may do is go on, end or break off. */
interface Current<M> {
  readonly next: Next<M>
  readonly scope: Scope.Closeable
  readonly log: AttemptLog
  readonly startedAtMillis: number
}

/** The events of the first model whose stream opens. */
export const attemptedStream = <C extends Capability, E, R, E1, R1, E2>(
  plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
  { isContent }: Streaming<C>,
  request: C["Request"],
  fiber: Fiber.Fiber<unknown, unknown>,
  scope: Scope.Scope
): Effect.Effect<EventPull<C["Event"], E1 | E2, R | R1>, E1, R1> =>
  Effect.flatMapEager(plan.start(fiber), (after) =>
    Effect.mapEager(after(undefined), (first) =>
      pullOf(new AttemptedStream(plan, after, first, isContent, request, fiber, scope))
    )
  )

/** A stream that comes from one model after another, until one has opened. */
class AttemptedStream<C extends Capability, E, R, E1, R1, E2> implements Stage<
  Events<C["Event"]>,
  E1 | E2 | Cause.Done,
  R | R1,
  E | Cause.Done
> {
  within: EventPull<C["Event"], E, R> = Cause.done()
  readonly #plan: Plan<Model<C, E, R>, E, E1, R1, E2>
  readonly #after: After<Model<C, E, R>, E, E1, R1>
  readonly #first: Next<Model<C, E, R>> | undefined
  readonly #isContent: (event: C["Event"]) => boolean
  readonly #request: C["Request"]
  readonly #clock: Clock.Clock
  readonly #scope: Scope.Scope
  readonly #log: AttemptLog
  readonly #own: CallBound | undefined
  readonly #bound: CallBound | undefined
  /** Absent until content has been shown. */
  #current: Current<Model<C, E, R>> | undefined

  constructor(
    plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
    after: After<Model<C, E, R>, E, E1, R1>,
    first: Next<Model<C, E, R>> | undefined,
    isContent: (event: C["Event"]) => boolean,
    request: C["Request"],
    fiber: Fiber.Fiber<unknown, unknown>,
    scope: Scope.Scope
  ) {
    this.#plan = plan
    this.#after = after
    this.#first = first
    this.#isContent = isContent
    this.#request = request
    this.#clock = fiber.getRef(Clock.Clock)
    this.#scope = scope
    this.#log = new AttemptLog(fiber.getRef(CurrentAttemptLog))
    const outer = fiber.getRef(CurrentBound)
    this.#own = plan.bound?.(outer, steadyMillis(this.#clock))
    this.#bound = this.#own ?? outer
  }

  begin(): AttemptedPull<C, E1 | E2, R | R1> | undefined {
    return this.#current === undefined ? this.#open(this.#first, undefined) : undefined
  }

  passed(events: Events<C["Event"]>): Effect.Effect<Events<C["Event"]>> | undefined {
    const current = this.#current
    return current === undefined || events.at(-1)?.type !== "finish"
      ? undefined
      : Effect.succeed(this.#stamped(current, events))
  }

  failed(cause: Cause.Cause<E | Cause.Done>): AttemptedPull<C, E1 | E2, R | R1> {
    const done = Pull.filterDone(cause)
    if (Result.isSuccess(done)) return Cause.done()
    const found = Cause.findError(done.failure)
    if (Result.isFailure(found)) return Effect.failCause(found.failure)
    const current = this.#current as Current<Model<C, E, R>>
    // The stream broke off after its first content.
    return this.#goOn(current, found.success as E, this.#plan.onInterrupted === "restart")
  }

  /** A stream that may restart opens another call, whose pull cannot be left this way. */
  leave(): Leave | undefined {
    return this.#plan.onInterrupted === "restart" ? undefined : leaveOf(this.within)
  }

  /** Closes the failed call, and opens the next one if that is permitted. */
  #goOn(current: Current<Model<C, E, R>>, error: E, mayFollow: boolean): AttemptedPull<C, E1 | E2, R | R1> {
    const { model } = current.next
    current.log.failed(model.id, error, this.#millisOf(current))
    const failure = { model, error }
    const next = Effect.flatMap(Scope.close(current.scope, Exit.void), () =>
      mayFollow ? following(this.#after, failure, this.#bound, this.#clock) : Effect.succeed(undefined)
    )
    return Effect.flatMap(next, (next) => this.#open(next, failure))
  }

  /**
   * Calls model after model until a stream is open. Without generators: V8 makes a map for each function of one, which outlives
   * every scavenge until the next full collection, with all that the function holds.
   */
  #open(
    next: Next<Model<C, E, R>> | undefined,
    failure: Failure<Model<C, E, R>, E> | undefined
  ): AttemptedPull<C, E1 | E2, R | R1> {
    const { attempts } = this.#log
    if (next === undefined) return Effect.fail(withAttempts(this.#plan.giveUp(failure, attempts), attempts))
    return next.wait === undefined ? this.#attempt(next) : Effect.flatMap(pause(next.wait), () => this.#attempt(next))
  }

  #attempt(next: Next<Model<C, E, R>>): AttemptedPull<C, E1 | E2, R | R1> {
    const own = this.#own
    const log = new AttemptLog(this.#log, next.wait, next.deployment)
    const scope = Scope.forkUnsafe(this.#scope)
    const current: Current<Model<C, E, R>> = { next, scope, log, startedAtMillis: steadyMillis(this.#clock) }
    log.start(next.model.id)
    const called = streamOf(next.model)?.(this.#request) ?? Stream.empty
    const added = addedTo(next, log, this.#bound, own !== undefined)
    const stream = watched<C["Event"], E, R, never, never, never>(() =>
      Effect.succeed({ ...added, stream: () => called })
    )
    const opening = openPullIn(scope, stream, this.#isContent, (event) => log.see(event))
    return Effect.matchEffect(own === undefined ? opening : own.interrupting(opening, next.model.id), {
      onFailure: (error) => this.#goOn(current, error, true),
      onSuccess: ({ pull, seen }) => {
        const events: ReadonlyArray<C["Event"]> =
          this.#current === undefined
            ? seen
            : [{ type: "restarted", model: next.model.id, attempts: [...this.#log.attempts] }, ...seen]
        this.within = pull
        this.#current = current
        return isNonEmpty(events) ? Effect.succeed(this.#stamped(current, events)) : Cause.done()
      }
    })
  }

  /** The events, with all attempts in a last one that is the end. */
  #stamped(current: Current<Model<C, E, R>>, events: Events<C["Event"]>): Events<C["Event"]> {
    const last = events.at(-1)
    if (last?.type !== "finish") return events
    const attempt = current.log.succeeded(current.next.model.id, last, this.#millisOf(current))
    return Arr.setLastNonEmpty(events, { ...last, attempts: [...this.#log.attempts, attempt] })
  }

  #millisOf({ startedAtMillis }: Current<unknown>): number {
    return steadyMillis(this.#clock) - startedAtMillis
  }
}

type AttemptedPull<C extends Capability, E, R> = Effect.Effect<Events<C["Event"]>, E | Cause.Done, R>

const isNonEmpty = <Event>(events: ReadonlyArray<Event>): events is Events<Event> => events.length > 0
