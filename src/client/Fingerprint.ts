import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import type { Provider } from "./Provider.ts"
import { type LayerOptions, type ProviderDefinition, entriesOf } from "./ProviderDefinition.ts"
import { digest } from "./Sha256.ts"

/** What an endpoint was made of, as far as it decides who responds to whom. */
export interface Account {
  readonly baseUrl: string
  readonly apiKey: string | undefined
  readonly settings: { readonly [name: string]: string | undefined }
  readonly headers: { readonly [name: string]: string }
}

/**
 * A digest of the server and of all that a layer authenticates with: the same in every process, and no key can be read from it.
 * `undefined` where the layer does not know its key: one that changes, or that is found elsewhere when requests are signed.
 */
export const make = <Quirks extends object, SettingName extends string, R, R2>(
  definition: ProviderDefinition<string, Quirks, SettingName, R>,
  options: LayerOptions<Quirks, SettingName, R2>,
  { apiKey, baseUrl, headers, settings }: Account
): string | undefined => {
  if (Effect.isEffect(options.apiKey)) return undefined
  const isKnown = apiKey !== undefined || options.keyPerCall === true || definition.authorize === undefined
  if (!isKnown && !entriesOf(definition).some(([name, { secret }]) => secret === true && settings[name])) {
    return undefined
  }
  const account = [definition.id, baseUrl, apiKey, sorted(settings), sorted(headers)]
  return Hex.encode(digest(new TextEncoder().encode(JSON.stringify(account))))
}

const sorted = (values: object): ReadonlyArray<unknown> => Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))

const unknown = new WeakMap<object, string>()

/** The fingerprint of a provider, or else a name that no other provider has, in any process. */
export const of = (provider: Pick<Provider, "fingerprint">): string => {
  const { fingerprint } = provider
  if (fingerprint !== undefined) return fingerprint
  const name = unknown.get(provider) ?? crypto.randomUUID()
  unknown.set(provider, name)
  return name
}

/** Those of the providers among services, whatever their order. */
export const all = (services: ReadonlyArray<object>): ReadonlyArray<string> =>
  services.filter(isProvider).map(of).sort()

const isProvider = (service: object): service is Provider => "generate" in service
