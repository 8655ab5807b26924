import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { pulledIn, pullIn } from "./PullStream.ts"

/**
 * A stream that is open: the events that arrived so far, and where the others come from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Opening<E, R, Event> {
  readonly seen: ReadonlyArray<Event>
  readonly pull: Pull.Pull<Arr.NonEmptyReadonlyArray<Event>, E, void, R>
}

/**
 * Opens a stream: waits for the first event for which `isContent` holds, such as `ChatEvent.isContent`. The stream that it
 * returns begins with what arrived so far and goes on from there; it lives in the given scope.
 *
 * A failure before that point is a failure of this effect, so retries, timeouts, breakers and fallbacks are ordinary
 * combinators on it; the connection of a failed opening is closed at once, not with the scope.
 *
 * @since 0.1.0
 * @category combinators
 */
export const open = <Event, E, R>(
  stream: Stream.Stream<Event, E, R>,
  isContent: (event: Event) => boolean
): Effect.Effect<Stream.Stream<Event, E, R>, E, R | Scope.Scope> => Effect.map(openPull(stream, isContent), toStream)

/**
 * The events that arrived so far, and those that are still to come.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toStream = <E, R, Event>({ pull, seen }: Opening<E, R, Event>): Stream.Stream<Event, E, R> =>
  pulledIn<Event, E, R>(() =>
    Effect.sync(() => {
      if (!Arr.isReadonlyArrayNonEmpty(seen)) return pull
      let isShown = false
      return Effect.suspend(() => {
        if (isShown) return pull
        isShown = true
        return Effect.succeed(seen)
      })
    })
  ) as Stream.Stream<Event, E, R>

/**
 * Like `open`, for those who read on by hand. After the end of the stream, `pull` is done. `see` is shown the events of the
 * opening as they arrive.
 *
 * @since 0.1.0
 * @category combinators
 */
export const openPull = <Event, E, R>(
  stream: Stream.Stream<Event, E, R>,
  isContent: (event: Event) => boolean,
  see?: (event: Event) => void
): Effect.Effect<Opening<E, R, Event>, E, R | Scope.Scope> =>
  Effect.flatMap(Effect.scope, (parent) => openPullIn(Scope.forkUnsafe(parent), stream, isContent, see))

/**
 * Like `openPull`, in a scope that is closed where the opening fails.
 *
 * @since 0.1.0
 * @category combinators
 */
export const openPullIn = <Event, E, R>(
  scope: Scope.Closeable,
  stream: Stream.Stream<Event, E, R>,
  isContent: (event: Event) => boolean,
  see?: (event: Event) => void
): Effect.Effect<Opening<E, R, Event>, E, R> =>
  Effect.onExit(firstContent(stream, isContent, scope, see), (exit) =>
    exit._tag === "Success" ? Effect.void : Scope.close(scope, exit)
  )

const firstContent = <Event, E, R>(
  stream: Stream.Stream<Event, E, R>,
  isContent: (event: Event) => boolean,
  scope: Scope.Scope,
  see: ((event: Event) => void) | undefined
): Effect.Effect<Opening<E, R, Event>, E, R> =>
  Effect.flatMap(pullIn(stream, scope), (pull) => {
    const seen: Array<Event> = []
    const next: Effect.Effect<Opening<E, R, Event>, E, R> = Effect.flatMap(
      Pull.catchDone(pull, () => Effect.succeed(undefined)),
      (events) => {
        if (events === undefined) return Effect.succeed({ seen, pull: Cause.done() })
        for (const event of events) {
          seen.push(event)
          see?.(event)
        }
        return events.some(isContent) ? Effect.succeed({ seen, pull }) : next
      }
    )
    return next
  })
