import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Capability, Streaming } from "../../domain/Capability.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import { type Model, streamOf } from "../../model/Model.ts"
import { openPullIn } from "../../model/Opening.ts"
import { type EventPull, type Leave, leaveOf } from "../../model/PullStream.ts"
import { AttemptLog } from "../AttemptLog.ts"
import { pullOf, type Stage } from "../watch/Stage.ts"
import { type Events, watched } from "../watch/WatchedStream.ts"
import { Attempting } from "./Attempting.ts"
import type { After, Next, Plan } from "./Plan.ts"

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
  Effect.flatMapEager(plan.start(fiber), (after) => {
    const stream = new AttemptedStream(plan, after, fiber, request, isContent, scope)
    return Effect.mapEager(after(undefined), (first) => {
      stream.first = first
      return pullOf(stream)
    })
  })

/** A stream that comes from one model after another, until one has opened. */
class AttemptedStream<C extends Capability, E, R, E1, R1, E2>
  extends Attempting<C, E, R, E1, R1, E2, Events<C["Event"]>, Cause.Done>
  implements Stage<Events<C["Event"]>, E1 | E2 | Cause.Done, R | R1, E | Cause.Done>
{
  first: Next<Model<C, E, R>> | undefined
  within: EventPull<C["Event"], E, R> = Cause.done()
  readonly #request: C["Request"]
  readonly #isContent: (event: C["Event"]) => boolean
  readonly #scope: Scope.Scope
  /** Absent until content has been shown. */
  #current: Current<Model<C, E, R>> | undefined

  constructor(
    plan: Plan<Model<C, E, R>, E, E1, R1, E2>,
    after: After<Model<C, E, R>, E, E1, R1>,
    fiber: Fiber.Fiber<unknown, unknown>,
    request: C["Request"],
    isContent: (event: C["Event"]) => boolean,
    scope: Scope.Scope
  ) {
    super(plan, after, fiber)
    this.#request = request
    this.#isContent = isContent
    this.#scope = scope
  }

  begin(): AttemptedPull<C, E1 | E2, R | R1> | undefined {
    return this.#current === undefined ? this.go(this.first) : undefined
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
    return this.#closed(current, found.success as E, this.plan.onInterrupted === "restart")
  }

  /** A stream that may restart opens another call, whose pull cannot be left this way. */
  leave(): Leave | undefined {
    return this.plan.onInterrupted === "restart" ? undefined : leaveOf(this.within)
  }

  /** Closes the failed call, and opens the next one if that is permitted. */
  #closed(current: Current<Model<C, E, R>>, error: E, mayFollow: boolean): AttemptedPull<C, E1 | E2, R | R1> {
    const { model } = current.next
    current.log.failed(model.id, error, this.#millisOf(current))
    const failure = { model, error }
    return Effect.flatMap(Scope.close(current.scope, Exit.void), () =>
      mayFollow ? this.goOn(failure) : this.go(undefined, failure)
    )
  }

  /**
   * Without generators: V8 makes a map for each function of one, which outlives every scavenge until the next full collection, with
   * all that the function holds.
   */
  protected attempt(next: Next<Model<C, E, R>>): AttemptedPull<C, E1 | E2, R | R1> {
    const log = new AttemptLog(this.log, next.wait, next.deployment)
    const scope = Scope.forkUnsafe(this.#scope)
    const current: Current<Model<C, E, R>> = { next, scope, log, startedAtMillis: steadyMillis(this.clock) }
    log.start(next.model.id)
    const called = streamOf(next.model)?.(this.#request) ?? Stream.empty
    const added = this.addedTo(next, log)
    const stream = watched<C["Event"], E, R, never, never, never>(() =>
      Effect.succeed({ ...added, stream: () => called })
    )
    const opening = openPullIn(scope, stream, this.#isContent, (event) => log.see(event))
    return Effect.matchEffect(this.bounded(opening, next.model.id), {
      onFailure: (error) => this.#closed(current, error, true),
      onSuccess: ({ pull, seen }) => {
        const events: ReadonlyArray<C["Event"]> =
          this.#current === undefined
            ? seen
            : [{ type: "restarted", model: next.model.id, attempts: [...this.log.attempts] }, ...seen]
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
    return Arr.setLastNonEmpty(events, { ...last, attempts: [...this.log.attempts, attempt] })
  }

  #millisOf({ startedAtMillis }: Current<unknown>): number {
    return steadyMillis(this.clock) - startedAtMillis
  }
}

type AttemptedPull<C extends Capability, E, R> = Effect.Effect<Events<C["Event"]>, E | Cause.Done, R>

const isNonEmpty = <Event>(events: ReadonlyArray<Event>): events is Events<Event> => events.length > 0
