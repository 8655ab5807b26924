import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Capability } from "../domain/Capability.ts"
import * as Model from "../model/Model.ts"

/**
 * What a provider is asked with in place of what its layer was given: a key, an address, further headers, or its own
 * settings.
 *
 * A key, or a setting that is secret, takes the place of whatever the layer identifies itself by. An address at another
 * host is sent nothing of the layer's key, secret settings and headers: it needs a key of its own, unless the provider
 * also answers without one.
 *
 * @since 0.1.0
 * @category models
 */
export type Credentials<SettingName extends string = never> = {
  readonly apiKey?: Redacted.Redacted | undefined
  readonly baseUrl?: string | undefined
  readonly headers?: { readonly [name: string]: string | Redacted.Redacted } | undefined
} & { readonly [name in SettingName]?: string | Redacted.Redacted | undefined }

/**
 * Credentials, and the class that they were given to: a provider of another class does not read them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Given {
  readonly identity: symbol | undefined
  readonly credentials: Credentials<string>
}

/**
 * The credentials that a provider is asked with by this fiber.
 *
 * @since 0.1.0
 * @category references
 */
export const current = (provider: string): Context.Reference<Given | undefined> =>
  Context.Reference<Given | undefined>(`effect-llm/providers/${provider}/Credentials`, {
    defaultValue: () => undefined
  })

/**
 * What can be run with other credentials: an effect, a stream, or a model, which then has them in every call.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown> | Model.Any

/**
 * Has a provider asked with these credentials, in whatever the effect, the stream or the model asks of it. Fibers that are
 * forked within inherit them; no other provider reads them.
 *
 * @since 0.1.0
 * @category combinators
 */
export const provide =
  (provider: string, given: Given) =>
  <T extends Target>(self: T): T =>
    provided(self, current(provider), given) as T

const provided = (self: Target, reference: Context.Reference<Given | undefined>, given: Given): Target => {
  const effect = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provideService(effect, reference, given)
  const stream = <A, E, R>(stream: Stream.Stream<A, E, R>) => Stream.provideService(stream, reference, given)
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
