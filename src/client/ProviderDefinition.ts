import type * as Config from "effect/Config"
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as Redacted from "effect/Redacted"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { LimitsInput } from "../domain/Limits.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { StructuredOutput } from "../model/StructuredOutput.ts"
import type { ChatProtocol } from "../protocols/ChatProtocol.ts"
import type { ModelListEndpoint } from "../protocols/ModelList.ts"
import type { Capabilities } from "./CapabilityStatics.ts"

/**
 * What makes a provider: who it is, which protocol it speaks, where, and how it is told who asks.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderDefinition<
  Id extends string,
  Quirks extends object,
  SettingName extends string = never,
  R = never
> {
  /** As in `provider/model`; also the key of its rows in the data tables. */
  readonly id: Id
  /** The protocol, or an effect that loads it when the provider's layer is built: one that is not used costs nothing. */
  readonly protocol: ChatProtocol<Quirks> | Effect.Effect<ChatProtocol<Quirks>>
  /**
   * The address below which the protocol's paths lie; absent when every user has another. `{name}` stands for the
   * setting of that name; a function makes it from all of them.
   */
  readonly baseUrl?: string | ((settings: Settings<SettingName>) => string | undefined) | undefined
  /** Puts the base URL in order, whoever gave it, before it is checked. */
  readonly address?: ((baseUrl: string, settings: Settings<SettingName>) => string) | undefined
  /** The path of a model below the base URL, where it is not the protocol's. */
  readonly path?: ((model: string, stream: boolean, settings: Settings<SettingName>) => string) | undefined
  /** The path, or the whole address, of what its capabilities ask for at a path below the base URL. */
  readonly callPath?:
    | ((path: string, model: string, settings: Settings<SettingName> & { readonly baseUrl: string }) => string)
    | undefined
  /** What it offers besides chat; each capability has its own static on the class. */
  readonly capabilities?: Capabilities | undefined
  /** Where the key goes: `authorization: Bearer`, another header (after `prefix`), or nowhere. Default `bearer`. */
  readonly auth?: "bearer" | "none" | { readonly header: string; readonly prefix?: string | undefined } | undefined
  /** Whether it also answers without a key, as local servers do. */
  readonly keyOptional?: boolean | undefined
  /** What the key is read from, where it is not `<PREFIX>_API_KEY`; the first that is set counts. */
  readonly keyNames?: readonly [string, ...ReadonlyArray<string>] | undefined
  /**
   * How a request is signed where a key in a header does not do: run once when the layer is built, and anew for every
   * other key. None returned: the key is used as `auth` says. The services that it needs become the layer's.
   */
  readonly authorize?:
    | ((
        options: AuthorizeOptions<SettingName>
      ) => Effect.Effect<Authorize<R> | undefined, Config.ConfigError, HttpClient.HttpClient | R>)
    | undefined
  /** Adds to the settings what is said elsewhere, such as in a file. */
  readonly prepare?: ((settings: Settings<SettingName>) => Effect.Effect<Settings<SettingName>>) | undefined
  /** The settings that make it count as configured: all of one of these lists. Default: its key. */
  readonly needs?: ReadonlyArray<ReadonlyArray<string>> | undefined
  /** The prefix of its settings: `ACME` reads `ACME_API_KEY` and `ACME_BASE_URL`. Default: the id in capitals. */
  readonly settingPrefix?: string | undefined
  /** Further settings, by the name that they have in the layer's options. */
  readonly settings?: { readonly [name in SettingName]: Setting } | undefined
  /** Headers of every request. */
  readonly headers?: { readonly [name: string]: string } | undefined
  /** Fields of every request body, below what the request says. */
  readonly body?: { readonly [key: string]: unknown } | undefined
  /** How this server differs from its protocol's default. */
  readonly quirks?: Partial<Quirks> | undefined
  /** How its models are made to answer in a JSON Schema, where they cannot take the schema itself. */
  readonly structuredOutput?: StructuredOutput | undefined
  /** Whether a whole answer is asked for as a stream, of a server that works on for a caller who has left otherwise. */
  readonly generateByStream?: boolean | undefined
  /** Where it lists its models, by the base URL in use; default: as its protocol does. */
  readonly models?: ModelListEndpoint | "none" | ((baseUrl: string) => ModelListEndpoint) | undefined
  /** The path of a cheap answer that only a valid key is given, where the list of models is open to all. */
  readonly check?: string | undefined
  /** Whose rows in `data/errors.json` and `data/restrictions.json` hold for it. Default: its own id. */
  readonly rows?: string | undefined
  /** Whose models in the catalog its models are, with their prices and context windows. Default: as `rows`. */
  readonly catalog?: string | undefined
  /** Whose `providerOptions` it takes besides those of its protocol. Default: its own. */
  readonly optionsOf?: string | undefined
  /** Tells classes of one id apart; each class makes its own. */
  readonly identity?: symbol | undefined
}

/**
 * A setting besides key and address. Where it goes: a header, a query parameter, a field of every request body, its
 * place in the base URL, or only to `authorize`, `baseUrl` and `path`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Setting {
  /** What `layerConfig` reads it from; of several names the first that is set counts. */
  readonly config: string | readonly [string, ...ReadonlyArray<string>]
  readonly header?: string | undefined
  readonly query?: string | undefined
  readonly body?: string | undefined
  readonly default?: string | undefined
  /** Whether no error may repeat it. */
  readonly secret?: boolean | undefined
}

/**
 * The settings that are given, each by its name.
 *
 * @since 0.1.0
 * @category models
 */
export type Settings<SettingName extends string> = { readonly [name in SettingName]?: string | undefined }

/**
 * What a request can be signed with.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthorizeOptions<SettingName extends string> {
  readonly apiKey: Redacted.Redacted | undefined
  readonly baseUrl: string
  readonly settings: Settings<SettingName>
}

/**
 * Signs a request that is ready to be sent. The values of its secret headers are kept out of errors. A request that was
 * answered with 401 comes again, with `refused` as it was sent then: signed with another key, it is sent once more.
 *
 * @since 0.1.0
 * @category models
 */
export type Authorize<R = never> = (
  request: HttpClientRequest.HttpClientRequest,
  refused?: HttpClientRequest.HttpClientRequest
) => Effect.Effect<HttpClientRequest.HttpClientRequest, ProviderError, R>

/**
 * What may be given to the layer of any provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndpointOptions<Quirks extends object, R = never> {
  /**
   * The key. One that changes is an effect that gives the current one: it is run for every request, so it keeps the key
   * as long as it likes, and after a 401 once more.
   */
  readonly apiKey?: Redacted.Redacted | Effect.Effect<Redacted.Redacted, ProviderError, R> | undefined
  /** Whether each call brings its own key (see `withCredentials`); without one it fails, and nothing is sent. */
  readonly keyPerCall?: boolean | undefined
  readonly baseUrl?: string | undefined
  /** Further headers of every request; those that are `Redacted` are kept out of errors, whatever their names. */
  readonly headers?: { readonly [name: string]: string | Redacted.Redacted } | undefined
  readonly quirks?: Partial<Quirks> | undefined
  /** Limits on the size and the time of its responses; see `Limits`. */
  readonly limits?: LimitsInput | undefined
}

/**
 * What may be given to a provider's layer: the key, the address, headers, quirks, and the provider's own settings.
 *
 * @since 0.1.0
 * @category models
 */
export type LayerOptions<Quirks extends object, SettingName extends string, R = never> = EndpointOptions<Quirks, R> & {
  readonly [name in SettingName]?: string | Redacted.Redacted | undefined
}

/** Why two provider classes cannot have one id. */
export const clashOf = (id: string, what: string): string =>
  `two provider classes have the id ${JSON.stringify(id)}, and ${what}: give each an id of its own (Provider.Instance makes another account of a provider)`

/**
 * The names under which a provider's key and address are configured.
 *
 * @since 0.1.0
 * @category accessors
 */
export const namesOf = (definition: Pick<ProviderDefinition<string, never>, "id" | "settingPrefix" | "keyNames">) => {
  const prefix = definition.settingPrefix ?? definition.id.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")
  const keyNames = definition.keyNames ?? [`${prefix}_API_KEY` as const]
  return { prefix, apiKey: keyNames.join(" or "), keyNames, baseUrl: `${prefix}_BASE_URL` }
}

/**
 * The names under which a further setting is configured.
 *
 * @since 0.1.0
 * @category accessors
 */
export const namesIn = ({ config }: Setting): readonly [string, ...ReadonlyArray<string>] =>
  typeof config === "string" ? [config] : config

/**
 * The settings that a definition names.
 *
 * @since 0.1.0
 * @category accessors
 */
export const entriesOf = (definition: { readonly settings?: unknown }): ReadonlyArray<readonly [string, Setting]> =>
  Object.entries((definition.settings ?? {}) as { readonly [name: string]: Setting })

/**
 * A request whose `providerOptions` under the name of an instance are options of its provider, which they come before.
 */
export const withOwnOptions = <Request extends Pick<CallRequest, "providerOptions">>(
  request: Request,
  { id, optionsOf }: Pick<Base, "id" | "optionsOf">
): Request => {
  const own = request.providerOptions?.[id]
  if (own === undefined || optionsOf === undefined || optionsOf === id) return request
  const options = { ...request.providerOptions?.[optionsOf], ...own }
  return { ...request, providerOptions: { ...request.providerOptions, [optionsOf]: options } }
}

/** What is read of the definition that another is made of. */
export type Base = Pick<
  ProviderDefinition<string, object>,
  "id" | "rows" | "catalog" | "optionsOf" | "keyNames" | "settingPrefix" | "needs"
> & { readonly settings?: unknown }

/**
 * The definition of another account of a provider: what is known of the provider holds for it, and with a prefix of its
 * own its settings are named after that.
 */
export const instanceOf = <Id extends string>(
  base: Base,
  options: { readonly id: Id; readonly settingPrefix?: string | undefined; readonly baseUrl?: string | undefined }
): ProviderDefinition<Id, object, string, unknown> => {
  const { baseUrl, id, settingPrefix } = options
  const { catalog, optionsOf, rows } = base
  const named = settingPrefix === undefined ? namesLike(base) : namedBy(base, settingPrefix)
  return {
    ...base,
    ...named,
    id,
    rows: rows ?? base.id,
    catalog: catalog ?? rows ?? base.id,
    optionsOf: optionsOf ?? base.id,
    ...(baseUrl === undefined ? {} : { baseUrl })
  } as ProviderDefinition<Id, object, string, unknown>
}

/** The names of the provider's own settings. */
const namesLike = (base: Base) => ({ settingPrefix: namesOf(base).prefix })

/** The names of the provider's settings, each with another prefix. */
const namedBy = (base: Base, settingPrefix: string) => {
  const { keyNames, prefix } = namesOf(base)
  const renamed = (name: string) => (name.startsWith(`${prefix}_`) ? settingPrefix + name.slice(prefix.length) : name)
  const prefixed = (name: string) => {
    const own = renamed(name)
    return own === name ? `${settingPrefix}_${name}` : own
  }
  const settings = entriesOf(base).map(([name, setting]): readonly [string, Setting] => {
    const config = namesIn(setting).map(prefixed) as [string, ...Array<string>]
    return [name, { ...setting, config }]
  })
  return {
    settingPrefix,
    keyNames: keyNames.map(prefixed) as [string, ...Array<string>],
    settings: Object.fromEntries(settings),
    needs: base.needs?.map((names) => names.map(prefixed))
  }
}
