import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { leavable, type Leave, leaveOf, pulledIn, pullIn } from "../model/PullStream.ts"
import { CurrentAttemptLog } from "./AttemptLog.ts"
import { type Added, type Begin, beginningWith, beginOf, Entering, type Entry, isDone } from "./Entry.ts"

/** Events that arrive together. */
export type Events<Event> = Arr.NonEmptyReadonlyArray<Event>

/** What a policy does with one stream. Every part but the stream may be left out. */
export interface Watched<Event, E, R, R1 = never> extends Added {
  readonly stream: () => Stream.Stream<Event, E, R>
  /** Sees each event before it goes on. */
  readonly see?: ((event: Event) => void) | undefined
  /** Sees events that arrived together, after `see` did; an effect that it returns gives what goes on in their place. */
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
    Effect.sync(() => new Reading<Event, E | E2, All>(beginning, scope).pull)
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
interface Watcher<Event, E, R> extends Pick<Watched<Event, E, R, R>, "see" | "pass" | "failed" | "end"> {
  readonly context: Context.Context<never>
  isOver: boolean
}

type Source<Event, E, R> = Pull.Pull<Events<Event>, E, void, R>

/** A stream on its way through the policies that watch it, until it is open. */
class Opening<Event, E, R> extends Entering<Watched<Event, E, R, R>, Source<Event, E, R>, E, R> {
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
  open(begin: Beginning<Event, E, R>): Effect.Effect<Source<Event, E, R>, E, R> {
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
    const { end, failed, pass, see, services, stream } = watched
    if (end !== undefined || failed !== undefined || pass !== undefined || see !== undefined)
      this.#watchers.push({ end, failed, pass, see, context: this.context, isOver: false })
    if (services !== undefined) this.#services.push(services)
    this.#stream = stream()
    return beginOf(this.#stream)
  }

  protected make(): Effect.Effect<Source<Event, E, R>, E, R> {
    return pullIn(this.#stream, this.#streamScope)
  }
}

/** One reading of a stream, with all the policies that watch it. */
class Reading<Event, E, R> {
  /** The outermost first. */
  readonly #watchers: Array<Watcher<Event, E, R>> = []

  /** What a policy does with events, while it is waited for. */
  #passing: Fiber.Fiber<unknown, unknown> | undefined

  readonly pull: Pull.Pull<Events<Event>, E, void, R>

  constructor(begin: Beginning<Event, E, R>, scope: Scope.Scope) {
    // The context of a reader is the same from one pull to the next, so that it is made once.
    let fiber: Fiber.Fiber<unknown, unknown>
    let outer: Context.Context<never>
    let inner: Context.Context<never>
    let services: NonNullable<Added["services"]> | undefined
    let leave: () => Leave | undefined = () => undefined
    let next = Effect.uninterruptibleMask((restore) => {
      const opening = new Opening(fiber, restore, scope, this.#watchers)
      const { context } = fiber
      const opened = Effect.flatMap(opening.open(begin), (source) => {
        services = opening.services
        leave = () => {
          const leaveSource = leaveOf(source)
          return leaveSource && (() => this.#leavePassing() || leaveSource())
        }
        // What only the opening needs is not kept.
        next = Effect.matchCauseEffect(source, {
          onSuccess: (events) => {
            fiber.setContext(outer)
            return this.#passed(events)
          },
          onFailure: (cause) => {
            fiber.setContext(outer)
            return this.#failed(cause, this.#watchers.length - 1)
          }
        })
        return restore(source)
      })
      return Effect.matchCauseEffect(opened, {
        onSuccess: (events) => {
          fiber.setContext(context)
          return restore(this.#passed(events))
        },
        onFailure: (cause) => {
          fiber.setContext(context)
          return this.#failed(cause, this.#watchers.length - 1)
        }
      })
    })
    const pull = Effect.withFiber<Events<Event>, E | Cause.Done, R>((reader) => {
      fiber = reader
      if (services === undefined) return next
      if (reader.context !== outer) inner = services((outer = reader.context))
      reader.setContext(inner)
      return next
    })
    this.pull = leavable(pull, () => leave())
  }

  #passed(events: Events<Event>): Effect.Effect<Events<Event>, E | Cause.Done, R> {
    return this.#pass(events, this.#watchers.length - 1)
  }

  /** Of a reader that leaves, what is within is closed first: with the scope. */
  #failed(cause: Cause.Cause<E | Cause.Done>, index: number): Effect.Effect<never, E | Cause.Done> {
    return Cause.hasInterrupts(cause) ? Effect.failCause(cause) : this.#over(cause, index)
  }

  /** Shows events to one policy after another, from `index` outwards. */
  #pass(events: Events<Event>, index: number): Effect.Effect<Events<Event>, E | Cause.Done, R> {
    for (let i = index; i >= 0; i--) {
      const watcher = this.#watchers[i]
      if (watcher === undefined) continue
      const { see } = watcher
      // Here an iterator for each chunk and policy would cost as much as what they do.
      if (see !== undefined) for (let k = 0; k < events.length; k++) see(events[k] as Event)
      const passing = watcher.pass?.(events)
      if (passing === undefined) continue
      return Effect.matchCauseEffect(
        isDone(passing) ? passing : this.#inFiber(passing, watcher.context as Context.Context<R>),
        {
          onSuccess: (events) => this.#pass(events, i - 1),
          onFailure: (cause) => this.#failed(cause, i - 1)
        }
      )
    }
    return Effect.succeed(events)
  }

  /** Runs what a policy does with events so that it can be left, as the pull that they are of. */
  #inFiber<A>(passing: Effect.Effect<A, E, R>, context: Context.Context<R>): Effect.Effect<A, E> {
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
