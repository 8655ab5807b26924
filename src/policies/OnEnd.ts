import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type { Capability } from "../domain/Capability.ts"
import { type Model, streamOf, wrap } from "../model/Model.ts"
import type { EndOf } from "./watch/CallEnd.ts"
import { observing, observingStream } from "./watch/Observation.ts"
import { watchedCall } from "./watch/WatchedCall.ts"
import { watched } from "./watch/WatchedStream.ts"

export type { CallEnd, EndOf } from "./watch/CallEnd.ts"

/**
 * Runs an effect at the end of every call, exactly once: when it succeeded, failed or was interrupted, unary or streamed,
 * also when the reader leaves the stream early. It receives the exit, usage, cost, attempts and timings so far. The end of
 * the call waits for it; it cannot change the outcome.
 *
 * On a model with retries or a fallback, the whole is one call; within them, each attempt is one.
 *
 * @since 0.1.0
 * @category combinators
 */
export const onEnd: {
  <C extends Capability, E, X, R1>(
    observer: (end: EndOf<C, E>) => Effect.Effect<X, never, R1>
  ): <R>(self: Model<C, E, R>) => Model<C, E, R | R1>
  <C extends Capability, E, R, X, R1>(
    self: Model<C, E, R>,
    observer: (end: EndOf<NoInfer<C>, NoInfer<E>>) => Effect.Effect<X, never, R1>
  ): Model<C, E, R | R1>
} = dual(
  2,
  <C extends Capability, E, R, X, R1>(
    self: Model<C, E, R>,
    observer: (end: EndOf<C, E>) => Effect.Effect<X, never, R1>
  ): Model<C, E, R | R1> => {
    const stream = streamOf(self)
    return wrap<C, E, R | R1>(self, {
      generate: (request) =>
        watchedCall((entry) => Effect.succeed(observing(entry, self.id, request, self.generate(request), observer))),
      stream:
        stream &&
        ((request, streaming) =>
          watched((entry) =>
            Effect.succeed(observingStream(entry, self.id, request, stream(request), streaming, observer))
          ))
    })
  }
)
