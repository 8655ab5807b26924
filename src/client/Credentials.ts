import * as Context from "effect/Context"
import type * as Redacted from "effect/Redacted"
import type { Capability } from "../domain/Capability.ts"
import * as Model from "../model/Model.ts"
import { provideReference, type Target } from "../model/Target.ts"

export type { Target } from "../model/Target.ts"

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

/** The keys of the services of providers, and of their credentials, in a context. */
const prefix = "effect-llm/providers/"
const suffix = "/Credentials"

/**
 * The credentials with which this fiber calls a provider.
 *
 * @since 0.1.0
 * @category references
 */
export const current = (provider: string): Context.Reference<ScopedCredentials | undefined> =>
  Context.Reference<ScopedCredentials | undefined>(`${prefix}${provider}${suffix}`, {
    defaultValue: () => undefined
  })

/**
 * Makes every call to a provider within the effect, stream or model use these credentials. Fibers that are forked within
 * inherit them; no other provider reads them.
 *
 * @since 0.1.0
 * @category combinators
 */
export const provide =
  (provider: string, scoped: ScopedCredentials) =>
  <T extends Target>(self: T): T => {
    const provided = provideReference(self, current(provider), scoped)
    return Model.isModel(provided) ? withVariant(provided, { [provider]: scoped.credentials }) : provided
  }

const withVariant = <M extends Model.Any>(model: M, variant: unknown): M =>
  Model.withVariant(model as unknown as Model.Model<Capability, unknown, unknown>, variant) as unknown as M

/** What a fiber calls providers with: the services of providers, and the credentials that take their place. */
export const inContext = (
  context: Context.Context<never>
): {
  readonly services: ReadonlyArray<object>
  readonly credentials: { readonly [provider: string]: Credentials<string> }
} => {
  const services: Array<object> = []
  const credentials: Record<string, Credentials<string>> = {}
  for (const [key, value] of context.mapUnsafe) {
    if (!key.startsWith(prefix) || value === undefined) continue
    if (key.endsWith(suffix)) credentials[key.slice(prefix.length, -suffix.length)] = value.credentials
    else services.push(value)
  }
  return { services, credentials }
}
