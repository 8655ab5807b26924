import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import { AuthenticationError } from "../domain/CallErrors.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { Given } from "./Credentials.ts"
import * as Endpoint from "./Endpoint.ts"
import { type LayerOptions, type ProviderDefinition, entriesOf } from "./ProviderDefinition.ts"
import { messageOf } from "./Settings.ts"

const names = { apiKey: "apiKey of withCredentials", baseUrl: "baseUrl of withCredentials" }

/**
 * Makes endpoints for calls with their own credentials. An endpoint and its tokens are cached for as long as the
 * credentials object lives.
 */
export const make = Effect.fnUntraced(function* <Quirks extends object, SettingName extends string, R, R2>(
  definition: ProviderDefinition<string, Quirks, SettingName, R>,
  options: LayerOptions<Quirks, SettingName, R2>,
  common: Endpoint.Endpoint<Quirks>,
  secrets: Set<string>
): Effect.fn.Return<
  (given: Given) => Effect.Effect<Endpoint.Endpoint<Quirks>, ProviderError>,
  never,
  HttpClient.HttpClient | R | R2
> {
  const context = yield* Effect.context<HttpClient.HttpClient | R | R2>()
  const endpoints = new WeakMap<Given, Endpoint.Endpoint<Quirks>>()
  const unusable = (detail: string) => new AuthenticationError({ provider: definition.id, detail })

  return (given) =>
    Effect.suspend(() => {
      const cached = endpoints.get(given)
      if (cached !== undefined) return Effect.succeed(cached)
      const { credentials } = given
      const isOtherHost =
        credentials.baseUrl !== undefined && originOf(credentials.baseUrl) !== originOf(common.baseUrl)
      const identifies = credentials.apiKey !== undefined || secretsOf(definition).some((name) => credentials[name])
      const needsKey = definition.auth !== "none" && definition.keyOptional !== true
      if (isOtherHost && !identifies && needsKey) return Effect.fail(unusable(keyStays))
      const layerOptions = isOtherHost || identifies ? withoutIdentity(definition, options) : options
      const headers = { ...(isOtherHost ? {} : options.headers), ...credentials.headers }
      const merged = { ...layerOptions, ...credentials, headers } as LayerOptions<Quirks, SettingName, R2>
      return Endpoint.make(definition, merged, { names, secrets }).pipe(
        Effect.provideContext(context),
        Effect.mapError((error) => unusable(messageOf(error))),
        Effect.tap((endpoint) => Effect.sync(() => endpoints.set(given, endpoint)))
      )
    })
})

const keyStays =
  "withCredentials has a baseUrl at another host and no apiKey: what the layer was given is not sent there, so give both"

const originOf = (url: string): string | undefined => URL.parse(url)?.origin

const secretsOf = (definition: { readonly settings?: unknown }): ReadonlyArray<string> =>
  entriesOf(definition).flatMap(([name, { secret }]) => (secret === true ? [name] : []))

/** Drops the options by which the layer identifies itself. */
const withoutIdentity = <Options extends object>(
  definition: { readonly settings?: unknown },
  options: Options
): Partial<Options> => {
  const identity = new Set(["apiKey", "keyPerCall", ...secretsOf(definition)])
  return Object.fromEntries(Object.entries(options).filter(([name]) => !identity.has(name))) as Partial<Options>
}
