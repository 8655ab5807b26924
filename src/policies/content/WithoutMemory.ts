import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { CurrentMemory } from "../../domain/Wire.ts"
import { streamWith } from "../watch/WatchedStream.ts"

// A policy that checks content sees only events, so nothing else of the wire may be shown.

/** A call without memory of its wire body. */
export const withoutMemory = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(call, CurrentMemory, false)

/** A stream without memory of its wire frames. */
export const streamWithoutMemory = <A, E, R>(stream: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
  streamWith(stream, Context.add(CurrentMemory, false))
