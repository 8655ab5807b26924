import type * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { over, provide } from "../domain/Provided.ts"

/** Events that arrive together. */
export type Events<Event> = Arr.NonEmptyReadonlyArray<Event>

/** What a policy does with one stream. Every part but the stream may be left out. */
export interface Watched<Event, E, R, R1 = never> {
  readonly stream: () => Stream.Stream<Event, E, R>
  /** What the stream is read with, besides the services of its reader. */
  readonly services?: Context.Context<never> | undefined
  /** Sees events before they go on; an effect that it returns gives what goes on in their place. */
  readonly pass?: ((events: Events<Event>) => Effect.Effect<Events<Event>, E, R1> | undefined) | undefined
  /** Sees why the stream failed or was interrupted, and gives what it fails with. */
  readonly failed?: ((cause: Cause.Cause<E>) => Cause.Cause<E>) | undefined
  /** Runs once: when the stream has ended, failed or been interrupted, or else when it is left. */
  readonly end?: (() => Effect.Effect<void, never, R1>) | undefined
}

type Begin<Event, E, R> = Effect.Effect<Watched<Event, E, R, R>, E, R | Scope.Scope>

/** How a stream begins that is watched. */
const Begun = Symbol("effect-llm/policies/WatchedStream/Begun")

const beginOf = <Event, E, R>(
  stream: Stream.Stream<Event, E, R> & { readonly [Begun]?: Begin<Event, E, R> }
): Begin<Event, E, R> | undefined => stream[Begun]

/**
 * A stream that a policy watches; `begin` runs with the first pull, in the scope of the stream.
 *
 * Policies that watch the same stream share one pass over each chunk, whatever their number: streams around streams (`unwrap`,
 * `provideContext`, `transformPull`, `onExit`) would add a dozen steps each.
 */
export const watched = <Event, E, R, R1, E2, R2>(
  begin: Effect.Effect<Watched<Event, E, R, R1>, E2, R2>
): Stream.Stream<Event, E | E2, R | R1 | Exclude<R2, Scope.Scope>> => {
  type All = R | R1 | Exclude<R2, Scope.Scope>
  const stream = Stream.fromChannel(
    Channel.fromTransform((_, scope) =>
      Effect.sync(() => new Reading<Event, E | E2, All>(begin as Begin<Event, E | E2, All>, scope).pull)
    )
  )
  return Object.assign(stream, { [Begun]: begin })
}

/** A stream that is read as `begin` says, in the scope of the stream: `Stream.unwrap` would add its steps to each pull. */
export const pulled = <Event, E, R, E2, R2>(
  begin: Effect.Effect<Pull.Pull<Events<Event>, E, void, R>, E2, R2>
): Stream.Stream<Event, Pull.ExcludeDone<E> | E2, R | Exclude<R2, Scope.Scope>> =>
  Stream.fromChannel(Channel.fromTransform((_, scope) => Scope.provide(begin, scope)))

/** A stream with services, which are merged into those of its reader once: `Stream.provideContext` does so at each pull. */
export const streamWith = <Event, E, R, I>(
  stream: Stream.Stream<Event, E, R>,
  services: Context.Context<I>
): Stream.Stream<Event, E, Exclude<R, I>> =>
  watched(Effect.succeed({ stream: () => stream as Stream.Stream<Event, E, Exclude<R, I>>, services }))

/** A policy that watches this reading, and what surrounds it: all that is kept of it while the stream is open. */
interface Watcher<Event, E, R> extends Pick<Watched<Event, E, R, R>, "pass" | "failed" | "end"> {
  readonly context: Context.Context<R>
  isOver: boolean
}

/** One reading of a stream, with all the policies that watch it. */
class Reading<Event, E, R> {
  readonly #scope: Scope.Scope
  /** The outermost first. */
  readonly #watchers: Array<Watcher<Event, E, R>> = []
  #services: Context.Context<never> = Context.empty()

  readonly pull: Pull.Pull<Events<Event>, E, void, R>

  constructor(begin: Begin<Event, E, R>, scope: Scope.Scope) {
    this.#scope = scope
    // The context of a reader is the same from one pull to the next, so that it is merged once.
    let fiber: Fiber.Fiber<unknown, unknown>
    let outer: Context.Context<never>
    let merged: Context.Context<never>
    const opened = (source: Pull.Pull<Events<Event>, E, void, R>) => {
      // What only the opening needs is not kept.
      next = Effect.matchCauseEffect(source, {
        onSuccess: (events) => {
          fiber.setContext(outer)
          return this.#passed(events)
        },
        onFailure: (cause) => {
          fiber.setContext(outer)
          return this.#broken(cause)
        }
      })
      isOpen = true
      return Effect.provideContext(source, this.#services)
    }
    let isOpen = false
    let next = this.#first(begin, opened)
    this.pull = Effect.withFiber((reader) => {
      if (!isOpen) return next
      fiber = reader
      if (reader.context !== outer) merged = Context.merge((outer = reader.context), this.#services)
      reader.setContext(merged)
      return next
    })
  }

  #passed(events: Events<Event>): Effect.Effect<Events<Event>, E | Cause.Done, R> {
    return this.#pass(events, this.#watchers.length - 1)
  }

  #broken(cause: Cause.Cause<E | Cause.Done>): Effect.Effect<never, E | Cause.Done> {
    return this.#over(cause, this.#watchers.length - 1)
  }

  /** Opens the stream and reads its first events. */
  #first(
    begin: Begin<Event, E, R>,
    opened: (source: Pull.Pull<Events<Event>, E, void, R>) => Pull.Pull<Events<Event>, E, void, R>
  ): Effect.Effect<Events<Event>, E | Cause.Done, R> {
    return Effect.matchCauseEffect(
      Effect.flatMap(
        Effect.suspend(() => this.#open(begin)),
        opened
      ),
      { onSuccess: (events) => this.#passed(events), onFailure: (cause) => this.#broken(cause) }
    )
  }

  /** Begins one policy after another, as long as they watch, and opens the stream that they watch. */
  #open(begin: Begin<Event, E, R>): Effect.Effect<Pull.Pull<Events<Event>, E, void, R>, E, R> {
    return Effect.flatMap(Effect.context<R>(), (context) =>
      Effect.flatMap(Scope.provide(begin, this.#scope), (call) => {
        const { end, failed, pass, services, stream: streamOf } = call
        const watcher = { end, failed, pass, context, isOver: false }
        if (end !== undefined || failed !== undefined || pass !== undefined) this.#watchers.push(watcher)
        if (services !== undefined) this.#services = over(this.#services, services)
        const opened = Effect.suspend(() => {
          const stream = streamOf()
          const inner = beginOf(stream)
          return inner === undefined ? Channel.toPullScoped(Stream.toChannel(stream), this.#scope) : this.#open(inner)
        })
        const within = services === undefined ? opened : provide(opened, services)
        return end === undefined
          ? within
          : Effect.andThen(
              Scope.addFinalizer(
                this.#scope,
                Effect.suspend(() => finish(watcher))
              ),
              within
            )
      })
    )
  }

  /** Shows events to one policy after another, from `index` outwards. */
  #pass(events: Events<Event>, index: number): Effect.Effect<Events<Event>, E | Cause.Done, R> {
    for (let i = index; i >= 0; i--) {
      const watcher = this.#watchers[i]
      const passing = watcher?.pass?.(events)
      if (watcher === undefined || passing === undefined) continue
      return Effect.matchCauseEffect(provide(passing, watcher.context), {
        onSuccess: (events) => this.#pass(events, i - 1),
        onFailure: (cause) => this.#over(cause, i - 1)
      })
    }
    return Effect.succeed(events)
  }

  /** The stream is over, for one policy after another, from `index` outwards. */
  #over(given: Cause.Cause<E | Cause.Done>, index: number): Effect.Effect<never, E | Cause.Done> {
    const watchers = this.#watchers
    return Effect.uninterruptible(
      Effect.gen(function* () {
        let cause = given
        for (let i = index; i >= 0; i--) {
          const watcher = watchers[i]
          if (watcher === undefined) continue
          if (watcher.failed !== undefined && !Pull.isDoneCause(cause)) cause = watcher.failed(cause as Cause.Cause<E>)
          if (watcher.end !== undefined) yield* finish(watcher)
        }
        return yield* Effect.failCause(cause)
      })
    )
  }
}

const finish = <Event, E, R>(watcher: Watcher<Event, E, R>): Effect.Effect<void> => {
  if (watcher.isOver || watcher.end === undefined) return Effect.void
  watcher.isOver = true
  return Effect.uninterruptible(provide(watcher.end(), watcher.context))
}
