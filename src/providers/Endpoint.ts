import * as Effect from "effect/Effect"
import type * as Config from "effect/Config"
import * as HttpClient from "effect/http/HttpClient"
import * as Headers from "effect/http/Headers"
import type * as Redacted from "effect/Redacted"
import type { ProviderDefinition } from "./ProviderDefinition.ts"
import { checkBaseUrl, checkHeader, checkKey, namesOf } from "./Settings.ts"

/**
 * What may be given to a provider's layer.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndpointOptions<Quirks extends object> {
  readonly apiKey?: Redacted.Redacted | undefined
  readonly baseUrl?: string | undefined
  /** Further headers of every request. */
  readonly headers?: { readonly [name: string]: string } | undefined
  readonly quirks?: Partial<Quirks> | undefined
}

/**
 * A provider that can be called: its settings checked, its headers made, and what of them is secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint<Quirks extends object> {
  readonly definition: ProviderDefinition<string, Quirks, never>
  readonly client: HttpClient.HttpClient
  readonly baseUrl: string
  readonly headers: Headers.Headers
  readonly secrets: ReadonlyArray<string>
  readonly quirks: Partial<Quirks>
}

/**
 * Checks the settings; fails with a `ConfigError` that names the wrong one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* <Quirks extends object>(
  definition: ProviderDefinition<string, Quirks, never>,
  options: EndpointOptions<Quirks>
): Effect.fn.Return<Endpoint<Quirks>, Config.ConfigError, HttpClient.HttpClient> {
  const client = yield* HttpClient.HttpClient
  const names = namesOf(definition)
  const auth = definition.auth ?? "bearer"
  const baseUrl = yield* checkBaseUrl(names.baseUrl, options.baseUrl ?? definition.baseUrl)
  const keyless = auth === "none" || (definition.keyOptional === true && options.apiKey === undefined)
  const key = keyless ? undefined : yield* checkKey(names.apiKey, options.apiKey)
  const given = { ...definition.headers, ...options.headers }
  for (const [name, value] of Object.entries(given)) yield* checkHeader(`the header ${name}`, value)
  const authorization =
    key === undefined ? {} : typeof auth === "object" ? { [auth.header]: key } : { authorization: `Bearer ${key}` }
  return {
    definition,
    client: withoutTracing(client),
    baseUrl,
    headers: Headers.fromInput({ accept: "application/json", ...given, ...authorization }),
    secrets: key === undefined ? [] : [key],
    quirks: { ...definition.quirks, ...options.quirks } as Partial<Quirks>
  }
})

/** A provider learns nothing of our traces, and no span holds a key. */
const withoutTracing = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transformResponse(
    client,
    Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
  )
