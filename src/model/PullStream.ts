import type * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** How the events of a stream are pulled. */
export type EventPull<Event, E, R> = Pull.Pull<Arr.NonEmptyReadonlyArray<Event>, E, void, R>

/** Opens a stream in the scope of its reader. */
type Open<Event, E, R> = (scope: Scope.Scope) => Effect.Effect<EventPull<Event, E, R>, E | Cause.Done, R>

const ChannelProto: object = Object.getPrototypeOf(Channel.empty)

/**
 * A stream whose pull `open` makes in the scope of its reader: the basis of every stream of a call.
 *
 * The channel is the one of `Channel.fromTransform`, but as an object literal. With that function, V8 keeps each `transform`,
 * and with it the whole call, alive until the next full garbage collection.
 */
export const pulledIn = <Event, E, R>(open: Open<Event, E, R>): Stream.Stream<Event, E, R> => {
  type Opened = Effect.Effect<EventPull<Event, E, R>, never, R>
  const channel = {
    __proto__: ChannelProto,
    transform: (_: unknown, scope: Scope.Scope): Opened =>
      Effect.catchCause(open(scope), (cause) => Effect.succeed(Effect.failCause(cause)))
  }
  return Stream.fromChannel(
    channel as object as Channel.Channel<Arr.NonEmptyReadonlyArray<Event>, E, void, unknown, unknown, unknown, R>
  )
}

/** Begins to read a stream, which lives in the scope. Not `Stream.toPull`, whose lock and context cost each event. */
export const pullIn = <Event, E, R>(
  stream: Stream.Stream<Event, E, R>,
  scope: Scope.Scope
): Effect.Effect<EventPull<Event, E, R>, never, R> => Channel.toPullScoped(Stream.toChannel(stream), scope)

/** `Stream.fromPull` of a pull that needs no opening. */
export const fromPull = <Event, E, R>(pull: EventPull<Event, E, R>): Stream.Stream<Event, E, R> =>
  pulledIn(() => Effect.succeed(pull))

/** Ends a pull that waits, as interrupting its fiber would; true if one waited. */
export type Leave = () => boolean

const LeaveKey = Symbol("effect-llm/model/Leave")

/** A pull that can be left while it waits, without a fiber of its own to interrupt: `leave` says how, once that is known. */
export const leavable = <P extends object>(pull: P, leave: () => Leave | undefined): P =>
  Object.assign(pull, { [LeaveKey]: leave })

/** How the next pull can be left; `undefined` where only interrupting it does. */
export const leaveOf = (pull: object): Leave | undefined =>
  (pull as { readonly [LeaveKey]?: () => Leave | undefined })[LeaveKey]?.()

/** `Stream.unwrap`. */
export const unwrap = <Event, E, R, E1, R1>(
  effect: Effect.Effect<Stream.Stream<Event, E, R>, E1, R1>
): Stream.Stream<Event, E | E1, R | Exclude<R1, Scope.Scope>> =>
  pulledIn<Event, E | E1, R | Exclude<R1, Scope.Scope>>((scope) =>
    Effect.sync(() => {
      type Next = EventPull<Event, E | E1, R | Exclude<R1, Scope.Scope>>
      let next: Next = Effect.flatMap(
        Effect.flatMap(Scope.provide(effect, scope), (stream) => pullIn(stream, scope)),
        (pull) => (next = pull)
      )
      return leavable<Next>(
        Effect.suspend(() => next),
        () => leaveOf(next)
      )
    })
  )
