import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as SecretHeaders from "../transport/SecretHeaders.ts"
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
 * A provider that can be called: its settings checked, its headers made, and what of them is secret. The connection of
 * a stream lives as long as the scope.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint<Quirks extends object> {
  readonly definition: ProviderDefinition<string, Quirks, never>
  readonly client: HttpClient.HttpClient
  readonly streamClient: HttpClient.HttpClient.With<HttpClientError.HttpClientError, Scope.Scope>
  readonly baseUrl: string
  /** A request without a body, its address and headers made; for a path below the base URL. */
  readonly request: (path: string, stream: boolean) => HttpClientRequest.HttpClientRequest
  readonly secrets: ReadonlyArray<string>
  readonly quirks: Partial<Quirks>
}

/** What is given to local servers in place of a key ("x") is no secret, and taking it out would spoil every text. */
const shortestKey = 4

/** Where paths hold the model's name there may be many. */
const mostPaths = 1000

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
  const names = namesOf(definition)
  const auth = definition.auth ?? "bearer"
  const client = guarded(yield* HttpClient.HttpClient, typeof auth === "object" ? [auth.header.toLowerCase()] : [])
  const baseUrl = yield* checkBaseUrl(names.baseUrl, options.baseUrl ?? definition.baseUrl)
  const keyless = auth === "none" || (definition.keyOptional === true && options.apiKey === undefined)
  const key = keyless ? undefined : yield* checkKey(names.apiKey, options.apiKey)
  const given = { ...definition.headers, ...options.headers }
  for (const [name, value] of Object.entries(given)) {
    yield* checkHeader(`the header ${JSON.stringify(name)}`, name, value)
  }
  const authorization =
    key === undefined ? {} : typeof auth === "object" ? { [auth.header]: key } : { authorization: `Bearer ${key}` }
  const headers = Headers.fromInput({ accept: "application/json", ...given, ...authorization })
  const streamHeaders = Headers.set(headers, "accept", "text/event-stream")
  const requests = new Map<string, HttpClientRequest.HttpClientRequest>()
  const request = (path: string, stream: boolean): HttpClientRequest.HttpClientRequest => {
    const name = stream ? `${path} stream` : path
    let made = requests.get(name)
    if (made === undefined) {
      if (requests.size >= mostPaths) requests.clear()
      made = HttpClientRequest.post(baseUrl + path, { headers: stream ? streamHeaders : headers })
      requests.set(name, made)
    }
    return made
  }
  return {
    definition,
    client,
    streamClient: HttpClient.withScope(client),
    baseUrl,
    request,
    secrets: [...(key === undefined || key.length < shortestKey ? [] : [key]), ...SecretHeaders.valuesOf(given)],
    quirks: { ...definition.quirks, ...options.quirks } as Partial<Quirks>
  }
})

/** A provider learns nothing of our traces, no span holds a key, and no log that the client writes shows one. */
const guarded = (client: HttpClient.HttpClient, ownSecrets: ReadonlyArray<string>): HttpClient.HttpClient => {
  const names = [...SecretHeaders.names, ...ownSecrets]
  const known = new WeakMap<Context.Context<never>, Context.Context<never>>()
  const guard = (context: Context.Context<never>): Context.Context<never> => {
    const given = Context.get(context, Headers.CurrentRedactedNames)
    return context.pipe(
      Context.add(HttpClient.TracerDisabledWhen, () => true),
      Context.add(Headers.CurrentRedactedNames, [...given, ...names])
    )
  }
  return HttpClient.transformResponse(
    client,
    Effect.updateContext((context: Context.Context<never>) => {
      let made = known.get(context)
      if (made === undefined) known.set(context, (made = guard(context)))
      return made
    })
  )
}
