import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { CurrentMemory } from "../../domain/Wire.ts"
import { streamWith } from "../WatchedStream.ts"

// What a policy looks through for what may be shown is all that may be shown: of the wire, it sees only what events say.

/** A call that remembers nothing of the wire. */
export const withoutMemory = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(call, CurrentMemory, false)

/** A stream that remembers nothing of the wire. */
export const streamWithoutMemory = <A, E, R>(stream: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
  streamWith(stream, Context.add(CurrentMemory, false))
