import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Capability } from "../domain/Capability.ts"
import * as Model from "../model/Model.ts"

/**
 * What replaces the configuration of a provider's layer in a call: a key, a base URL, further headers, or the provider's
 * own settings.
 *
 * A key or a secret setting replaces everything that the layer authenticates with. A base URL at another host gets neither
 * the layer's key nor its secret settings and headers: it needs a key of its own, unless the provider also works without
 * one.
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
 * Credentials, and the provider class they are for: a provider of another class does not read them.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScopedCredentials {
  readonly identity: symbol | undefined
  readonly credentials: Credentials<string>
}

/**
 * The credentials with which this fiber calls a provider.
 *
 * @since 0.1.0
 * @category references
 */
export const current = (provider: string): Context.Reference<ScopedCredentials | undefined> =>
  Context.Reference<ScopedCredentials | undefined>(`effect-llm/providers/${provider}/Credentials`, {
    defaultValue: () => undefined
  })

/**
 * What can run with other credentials: an effect, a stream, or a model, which then has them in every call.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown> | Model.Any

/**
 * Makes every call to a provider within the effect, stream or model use these credentials. Fibers that are forked within
 * inherit them; no other provider reads them.
 *
 * @since 0.1.0
 * @category combinators
 */
export const provide =
  (provider: string, scoped: ScopedCredentials) =>
  <T extends Target>(self: T): T =>
    provided(self, current(provider), scoped) as T

const provided = (
  self: Target,
  reference: Context.Reference<ScopedCredentials | undefined>,
  scoped: ScopedCredentials
): Target => {
  const effect = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provideService(effect, reference, scoped)
  const stream = <A, E, R>(stream: Stream.Stream<A, E, R>) => Stream.provideService(stream, reference, scoped)
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
