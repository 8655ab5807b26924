import type * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** Events that arrive together. */
export type Events<Event> = Arr.NonEmptyReadonlyArray<Event>

/** A stream that was begun, and what a policy does with it. Every part but the stream may be left out. */
export interface Watched<Event, E, R, E1 = never, R1 = never> {
  readonly stream: Stream.Stream<Event, E, R>
  /** What the stream is read with, besides the services of its reader. */
  readonly services?: Context.Context<never> | undefined
  /** Called with events before they go on; gives what goes on in their place. */
  readonly pass?: ((events: Events<Event>) => Effect.Effect<Events<Event>, E1, R1>) | undefined
  /** Sees why the stream failed or was interrupted, and gives what it fails with. */
  readonly failed?: ((cause: Cause.Cause<E>) => Cause.Cause<E>) | undefined
  /** Runs once: when the stream has ended, failed or been interrupted, or else when it is left. */
  readonly end?: (() => Effect.Effect<void, never, R1>) | undefined
}

/**
 * A stream that a policy watches. All that is done to a chunk is one step, which is what lets many policies be stacked: of streams
 * around streams (`unwrap`, `provideContext`, `transformPull`, `onExit`) each would take as long as all of this.
 *
 * `begin` runs with the first pull, in the scope of the stream.
 */
export const watched = <Event, E, R, E1, R1, E2, R2>(
  begin: Effect.Effect<Watched<Event, E, R, E1, R1>, E2, R2>
): Stream.Stream<Event, E | E1 | E2, R | R1 | Exclude<R2, Scope.Scope>> => {
  type All = Pull.Pull<Events<Event>, E | E1 | E2, void, R | R1 | Exclude<R2, Scope.Scope>>
  return Stream.fromChannel(
    Channel.fromTransform((_, scope) =>
      Effect.sync((): All => {
        let reading: All | undefined
        const first = Effect.flatMap(Scope.provide(begin, scope), (call) =>
          Effect.flatMap(read(call, scope), (pull) => (reading = pull))
        )
        return Effect.suspend(() => reading ?? first)
      })
    )
  )
}

const read = <Event, E, R, E1, R1>(
  { end, failed, pass = Effect.succeed, services, stream }: Watched<Event, E, R, E1, R1>,
  scope: Scope.Scope
): Effect.Effect<Pull.Pull<Events<Event>, E | E1, void, R | R1>, never, R | R1> => {
  let isOver = false
  const finish: Effect.Effect<void, never, R1> = Effect.suspend(() => {
    if (isOver || end === undefined) return Effect.void
    isOver = true
    return Effect.uninterruptible(end())
  })
  const broken = (cause: Cause.Cause<E | Cause.Done>): Effect.Effect<never, E | E1 | Cause.Done, R1> => {
    const failure: Cause.Cause<E | Cause.Done> =
      failed === undefined || Pull.isDoneCause(cause) ? cause : failed(cause as Cause.Cause<E>)
    return end === undefined ? Effect.failCause(failure) : Effect.andThen(finish, Effect.failCause(failure))
  }
  const passed = (events: Events<Event>): Effect.Effect<Events<Event>, E1, R1> => pass(events)
  const opened = Channel.toPullScoped(Stream.toChannel(stream), scope)
  const pulled = Effect.map(services === undefined ? opened : Effect.provideContext(opened, services), (pull) =>
    within(pull, services, passed, broken)
  )
  return end === undefined
    ? pulled
    : Effect.flatMap(Effect.context<R | R1>(), (context) =>
        Effect.andThen(Scope.addFinalizer(scope, Effect.provideContext(finish, context)), pulled)
      )
}

/**
 * Runs an effect with services, and what follows without. The context of a reader is the same from one pull to the next, so that
 * it is merged once; the effect is run by one fiber at a time.
 */
const within = <A, E, R, B, E1, R1, C, E2, R2>(
  self: Effect.Effect<A, E, R>,
  services: Context.Context<never> | undefined,
  onSuccess: (value: A) => Effect.Effect<B, E1, R1>,
  onFailure: (cause: Cause.Cause<E>) => Effect.Effect<C, E2, R2>
): Effect.Effect<B | C, E1 | E2, R | R1 | R2> => {
  if (services === undefined) return Effect.matchCauseEffect(self, { onSuccess, onFailure })
  let current: Fiber.Fiber<unknown, unknown>
  let outer: Context.Context<never> | undefined
  let merged: Context.Context<never>
  const restore = (): void => {
    if (outer !== undefined) current.setContext(outer)
  }
  const run = Effect.matchCauseEffect(self, {
    onSuccess: (value) => {
      restore()
      return onSuccess(value)
    },
    onFailure: (cause) => {
      restore()
      return onFailure(cause)
    }
  })
  return Effect.withFiber((fiber) => {
    if (fiber.context !== outer) merged = Context.merge((outer = fiber.context), services)
    current = fiber
    fiber.setContext(merged)
    return run
  })
}
