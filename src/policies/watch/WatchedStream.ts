import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type EventPull, type Leave, leaveOf, pulledIn, pullIn } from "../../model/PullStream.ts"
import { CurrentAttemptLog } from "../AttemptLog.ts"
import { type Added, type Begin, beginningWith, beginOf, Entering, type Entry, isDone } from "./Entry.ts"
import { pullOf, type Stage } from "./Stage.ts"

/** Events that arrive together. */
export type Events<Event> = Arr.NonEmptyReadonlyArray<Event>

/** What a policy does with one stream. Every part but the stream may be left out. */
export interface Watched<Event, E, R, R1 = never> extends Added {
  readonly stream: () => Stream.Stream<Event, E, R>
  /** Sees events that arrived together; an effect that it returns gives what goes on in their place. */
  readonly pass?: ((events: Events<Event>) => Effect.Effect<Events<Event>, E, R1> | undefined) | undefined
  /** Sees why the stream failed or was interrupted, and gives what it fails with. */
  readonly failed?: ((cause: Cause.Cause<E>) => Cause.Cause<E>) | undefined
  /** Runs once: when the stream has ended, failed or been interrupted, or else when it is left. */
  readonly end?: (() => Effect.Effect<void, never, R1>) | undefined
}

type Beginning<Event, E, R> = Begin<Watched<Event, E, R, R>, E, R>

/**
 * A stream that a policy watches; `begin` runs with the first pull, in the scope of the stream.
 *
 * Policies that watch the same stream share one pass over each chunk, whatever their number: streams around streams (`unwrap`,
 * `provideContext`, `transformPull`, `onExit`) would add a dozen steps each.
 */
export const watched = <Event, E, R, R1, E2, R2>(
  begin: Begin<Watched<Event, E, R, R1>, E2, R2>
): Stream.Stream<Event, E | E2, R | R1 | R2> => {
  type All = R | R1 | R2
  const beginning = begin as Beginning<Event, E | E2, All>
  const stream = pulledIn<Event, E | E2, All>((scope) =>
    Effect.sync(() => pullOf(new Reading<Event, E | E2, All>(beginning, scope)))
  )
  return beginningWith(stream, beginning)
}

/** A stream with services, which are added to those of its reader once: `Stream.provideContext` does so at each pull. */
export const streamWith = <Event, E, R, I = never>(
  stream: Stream.Stream<Event, E, R>,
  services: NonNullable<Added["services"]>
): Stream.Stream<Event, E, Exclude<R, I>> =>
  watched(() => Effect.succeed({ stream: () => stream as Stream.Stream<Event, E, Exclude<R, I>>, services }))

/** A policy that watches this reading, and what surrounds it: all that is kept of it while the stream is open. */
interface Watcher<Event, E, R> extends Pick<Watched<Event, E, R, R>, "pass" | "failed" | "end"> {
  readonly context: Context.Context<never>
  isOver: boolean
}

/** A stream on its way through the policies that watch it, until it is open. */
class Opening<Event, E, R> extends Entering<Watched<Event, E, R, R>, EventPull<Event, E, R>, E, R> {
  readonly #streamScope: Scope.Scope
  readonly #watchers: Array<Watcher<Event, E, R>>
  readonly #services: Array<NonNullable<Added["services"]>> = []
  #stream: Stream.Stream<Event, E, R> = Stream.empty

  constructor(
    fiber: Fiber.Fiber<unknown, unknown>,
    restore: Entry["restore"],
    scope: Scope.Scope,
    watchers: Array<Watcher<Event, E, R>>
  ) {
    super(fiber, restore)
    this.#streamScope = scope
    this.#watchers = watchers
  }

  /** Adds what the policies have added to the context of any reader. */
  readonly services = (outer: Context.Context<never>): Context.Context<never> => {
    let context = outer
    for (const add of this.#services) context = add(context)
    return Context.add(context, CurrentAttemptLog, this.log)
  }

  /** Enters one policy after another, as long as they watch, and opens the stream that they watch. */
  open(begin: Beginning<Event, E, R>): Effect.Effect<EventPull<Event, E, R>, E, R> {
    return Effect.andThen(
      // The inner stream is closed before its policies are left.
      Scope.addFinalizerExit(this.#streamScope, (exit) =>
        Effect.andThen(
          Effect.suspend(() => leave(this.#watchers, this.#watchers.length - 1)),
          Effect.suspend(() => this.close(exit))
        )
      ),
      Effect.suspend(() => this.enter(begin))
    )
  }

  protected add(watched: Watched<Event, E, R, R>): Beginning<Event, E, R> | undefined {
    const { end, failed, pass, services, stream } = watched
    if (end !== undefined || failed !== undefined || pass !== undefined)
      this.#watchers.push({ end, failed, pass, context: this.context, isOver: false })
    if (services !== undefined) this.#services.push(services)
    this.#stream = stream()
    return beginOf(this.#stream)
  }

  protected make(): Effect.Effect<EventPull<Event, E, R>, E, R> {
    return pullIn(this.#stream, this.#streamScope)
  }
}

/** One reading of a stream, with all the policies that watch it. */
class Reading<Event, E, R> implements Stage<Events<Event>, E | Cause.Done, R> {
  within: EventPull<Event, E, R> = Cause.done()
  readonly #begin: Beginning<Event, E, R>
  readonly #scope: Scope.Scope
  /** The outermost first. */
  readonly #watchers: Array<Watcher<Event, E, R>> = []
  /** Absent until the stream is open. */
  #services: NonNullable<Added["services"]> | undefined
  /** The context of the reader, which is the same from one pull to the next, and that of what is within. */
  #outer = Context.empty()
  #inner = this.#outer
  /** What a policy does with events, while it is waited for. */
  #passing: Fiber.Fiber<unknown, unknown> | undefined

  constructor(begin: Beginning<Event, E, R>, scope: Scope.Scope) {
    this.#begin = begin
    this.#scope = scope
  }

  begin(reader: Fiber.Fiber<unknown, unknown>): Effect.Effect<Events<Event>, E | Cause.Done, R> | undefined {
    const outer = reader.context
    if (this.#services === undefined) {
      this.#outer = outer
      return this.#opened(reader)
    }
    if (outer !== this.#outer) this.#inner = this.#services((this.#outer = outer))
    reader.setContext(this.#inner)
    return undefined
  }

  /** Opens the stream, and gives the first events. */
  #opened(reader: Fiber.Fiber<unknown, unknown>): Effect.Effect<Events<Event>, E | Cause.Done, R> {
    return Effect.uninterruptibleMask((restore) => {
      const opening = new Opening(reader, restore, this.#scope, this.#watchers)
      const opened = Effect.flatMap(opening.open(this.#begin), (source) => {
        this.within = source
        this.#services = opening.services
        this.#inner = reader.context
        return restore(source)
      })
      return Effect.matchCauseEffect(opened, {
        onSuccess: (events) => restore(this.passed(events, reader) ?? Effect.succeed(events)),
        onFailure: (cause) => this.failed(cause, reader)
      })
    })
  }

  passed(
    events: Events<Event>,
    reader: Fiber.Fiber<unknown, unknown>
  ): Effect.Effect<Events<Event>, E | Cause.Done, R> | undefined {
    reader.setContext(this.#outer)
    return this.#pass(events, this.#watchers.length - 1)
  }

  failed(
    cause: Cause.Cause<E | Cause.Done>,
    reader: Fiber.Fiber<unknown, unknown>
  ): Effect.Effect<never, E | Cause.Done> {
    reader.setContext(this.#outer)
    return this.#failed(cause, this.#watchers.length - 1)
  }

  leave(): Leave | undefined {
    const leaveSource = leaveOf(this.within)
    return leaveSource && (() => this.#leavePassing() || leaveSource())
  }

  /** Of a reader that leaves, what is within is closed first: with the scope. */
  #failed(cause: Cause.Cause<E | Cause.Done>, index: number): Effect.Effect<never, E | Cause.Done> {
    return Cause.hasInterrupts(cause) ? Effect.failCause(cause) : this.#over(cause, index)
  }

  /** Shows events to one policy after another, from `index` outwards. */
  #pass(given: Events<Event>, index: number): Effect.Effect<Events<Event>, E | Cause.Done, R> | undefined {
    let events = given
    for (let i = index; i >= 0; i--) {
      const watcher = this.#watchers[i]
      if (watcher === undefined) continue
      const passing = watcher.pass?.(events)
      if (passing === undefined) continue
      if (isDone(passing) && Exit.isSuccess(passing)) {
        events = passing.value
        continue
      }
      return Effect.matchCauseEffect(this.#inFiber(passing, watcher.context as Context.Context<R>), {
        onSuccess: (events) => this.#pass(events, i - 1) ?? Effect.succeed(events),
        onFailure: (cause) => this.#failed(cause, i - 1)
      })
    }
    return events === given ? undefined : Effect.succeed(events)
  }

  /** Runs what a policy does with events so that it can be left, as the pull that they are of. */
  #inFiber<A>(passing: Effect.Effect<A, E, R>, context: Context.Context<R>): Effect.Effect<A, E> {
    if (isDone(passing)) return passing
    return Effect.callback((resume) => {
      const fiber = Effect.runForkWith(context)(passing)
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return resume(exit)
      this.#passing = fiber
      fiber.addObserver((exit) => {
        this.#passing = undefined
        resume(exit)
      })
      return Fiber.interrupt(fiber)
    })
  }

  #leavePassing(): boolean {
    const passing = this.#passing
    passing?.interruptUnsafe()
    return passing !== undefined
  }

  /** The stream is over, for one policy after another, from `index` outwards. */
  #over(given: Cause.Cause<E | Cause.Done>, index: number): Effect.Effect<never, E | Cause.Done> {
    const watchers = this.#watchers
    let cause = given
    const over = (from: number): Effect.Effect<never, E | Cause.Done> => {
      for (let i = from; i >= 0; i--) {
        const watcher = watchers[i]
        if (watcher === undefined) continue
        if (watcher.failed !== undefined && !Pull.isDoneCause(cause)) cause = watcher.failed(cause as Cause.Cause<E>)
        const ending = finish(watcher)
        if (!isDone(ending)) return Effect.flatMap(ending, () => over(i - 1))
      }
      return Effect.failCause(cause)
    }
    return Effect.uninterruptible(Effect.suspend(() => over(index)))
  }
}

/** Leaves the policies that have not been left, from `index` outwards. */
const leave = <Event, E, R>(watchers: ReadonlyArray<Watcher<Event, E, R>>, index: number): Effect.Effect<void> => {
  for (let i = index; i >= 0; i--) {
    const watcher = watchers[i]
    const ending = watcher === undefined ? Effect.void : finish(watcher)
    if (!isDone(ending))
      return Effect.andThen(
        ending,
        Effect.suspend(() => leave(watchers, i - 1))
      )
  }
  return Effect.void
}

const finish = <Event, E, R>(watcher: Watcher<Event, E, R>): Effect.Effect<void> => {
  if (watcher.isOver || watcher.end === undefined) return Effect.void
  watcher.isOver = true
  const ending = watcher.end()
  return isDone(ending)
    ? ending
    : Effect.uninterruptible(Effect.updateContext(ending, () => watcher.context as Context.Context<R>))
}
