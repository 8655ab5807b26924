import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Capability } from "../domain/Capability.ts"
import * as Model from "./Model.ts"

/**
 * What a setting of this fiber can be changed for: an effect, a stream, or every call of a model.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown> | Model.Any

/**
 * Changes a reference for everything that happens within the target.
 *
 * @since 0.1.0
 * @category combinators
 */
export const provideReference = <A, T extends Target>(self: T, reference: Context.Reference<A>, value: A): T =>
  provided(self, reference, value) as T

const provided = <A>(self: Target, reference: Context.Reference<A>, value: A): Target => {
  const effect = <B, E, R>(effect: Effect.Effect<B, E, R>) => Effect.provideService(effect, reference, value)
  const stream = <B, E, R>(stream: Stream.Stream<B, E, R>) => Stream.provideService(stream, reference, value)
  if (Model.isModel(self)) {
    const model = self as Model.Model<Capability, unknown, unknown>
    const streamed = Model.streamOf(model)
    return Model.wrap(model, {
      generate: (request) => effect(model.generate(request)),
      stream: streamed && ((request) => stream(streamed(request)))
    })
  }
  return Stream.isStream(self) ? stream(self) : effect(self)
}
