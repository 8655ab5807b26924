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
 * What a provider class is made of: its identity, protocol, address and authentication.
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
  /** The `provider` of `provider/model`, and the key of its rows in the data tables. */
  readonly id: Id
  /** The protocol of chat, or an effect that loads it when the layer is built. */
  readonly protocol: ChatProtocol<Quirks> | Effect.Effect<ChatProtocol<Quirks>>
  /**
   * The URL to which the protocol's paths are appended; leave it out if every user has another. `{name}` is replaced by
   * the setting of that name; a function computes the URL from all settings.
   */
  readonly baseUrl?: string | ((settings: Settings<SettingName>) => string | undefined) | undefined
  /** Corrects the base URL, whether preset or given by the user, before it is checked. */
  readonly normalizeBaseUrl?: ((baseUrl: string, settings: Settings<SettingName>) => string) | undefined
  /** The path of a model's chat, if it is not the protocol's. */
  readonly path?: ((model: string, stream: boolean, settings: Settings<SettingName>) => string) | undefined
  /** Rewrites the path of a request for any other capability; may return a whole URL. */
  readonly capabilityPath?:
    | ((path: string, model: string, settings: Settings<SettingName> & { readonly baseUrl: string }) => string)
    | undefined
  /** What it offers besides chat; each capability adds a static to the class. */
  readonly capabilities?: Capabilities | undefined
  /** Where the key goes: `authorization: Bearer`, another header (after `prefix`), or nowhere. Default `bearer`. */
  readonly auth?: "bearer" | "none" | { readonly header: string; readonly prefix?: string | undefined } | undefined
  /** Whether it also works without a key, as local servers do. */
  readonly keyOptional?: boolean | undefined
  /** The names under which the key is configured, if not `<PREFIX>_API_KEY`; the first that is set counts. */
  readonly keyNames?: readonly [string, ...ReadonlyArray<string>] | undefined
  /**
   * Returns what signs requests, where a key in a header is not enough. It runs once when the layer is built, and again
   * for every other key; if it returns nothing, the key is sent as `auth` says. Its services become the layer's.
   */
  readonly authorize?:
    | ((
        options: AuthorizeOptions<SettingName>
      ) => Effect.Effect<Authorize<R> | undefined, Config.ConfigError, HttpClient.HttpClient | R>)
    | undefined
  /** Completes the settings from elsewhere, such as a file. */
  readonly resolveSettings?: ((settings: Settings<SettingName>) => Effect.Effect<Settings<SettingName>>) | undefined
  /** The settings that configure it: all of one of these lists. Default: its key. */
  readonly requiredSettings?: ReadonlyArray<ReadonlyArray<string>> | undefined
  /** `ACME` reads `ACME_API_KEY` and `ACME_BASE_URL`. Default: the id in capitals. */
  readonly settingPrefix?: string | undefined
  /** Further settings, by their names in the layer's options. */
  readonly settings?: { readonly [name in SettingName]: Setting } | undefined
  /** Headers of every request. */
  readonly headers?: { readonly [name: string]: string } | undefined
  /** Fields of every request body; what the request sets overrides them. */
  readonly body?: { readonly [key: string]: unknown } | undefined
  /** How this server differs from the protocol's default. */
  readonly quirks?: Partial<Quirks> | undefined
  /** How its models produce JSON for a schema, if they do not accept the schema itself. */
  readonly structuredOutput?: StructuredOutput | undefined
  /** Whether `generate` asks for a stream too, for servers that would otherwise keep working after the caller left. */
  readonly generateByStream?: boolean | undefined
  /** Where it lists its models; a function of the base URL in use. Default: where the protocol does. */
  readonly models?: ModelListEndpoint | "none" | ((baseUrl: string) => ModelListEndpoint) | undefined
  /** A cheap path that needs a valid key, for providers whose model list is open to all. */
  readonly checkPath?: string | undefined
  /** The provider whose rows in `data/errors.json` and `data/restrictions.json` apply. Default: its own id. */
  readonly rows?: string | undefined
  /** The provider whose models, prices and context windows in the catalog are also its own. Default: as `rows`. */
  readonly catalog?: string | undefined
  /** The provider whose `providerOptions` it accepts besides those of its protocol. Default: its own id. */
  readonly optionsOf?: string | undefined
  /** Tells classes with the same id apart; every class has its own. */
  readonly identity?: symbol | undefined
}

/**
 * A setting besides key and base URL. Its value goes into a header, a query parameter, a field of every request body, or
 * `{name}` in the base URL; without any of these only functions of the definition read it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Setting {
  /** The name that `layerConfig` reads; of several the first that is set counts. */
  readonly config: string | readonly [string, ...ReadonlyArray<string>]
  readonly header?: string | undefined
  readonly query?: string | undefined
  readonly body?: string | undefined
  readonly default?: string | undefined
  /** Whether errors must never contain it. */
  readonly secret?: boolean | undefined
}

/**
 * The values of a provider's settings.
 *
 * @since 0.1.0
 * @category models
 */
export type Settings<SettingName extends string> = { readonly [name in SettingName]?: string | undefined }

/**
 * What `authorize` can sign with.
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
 * Signs a request just before it is sent. The values of its secret headers are kept out of errors. After a 401 it runs
 * again, with the request as it was `refused`; if it then signs with another key, the request is sent once more.
 *
 * @since 0.1.0
 * @category models
 */
export type Authorize<R = never> = (
  request: HttpClientRequest.HttpClientRequest,
  refused?: HttpClientRequest.HttpClientRequest
) => Effect.Effect<HttpClientRequest.HttpClientRequest, ProviderError, R>

/**
 * The options that the layer of every provider takes.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndpointOptions<Quirks extends object, R = never> {
  /**
   * The key. For a key that changes, an effect that returns the current one: it runs for every request, so let it cache
   * the key, and once more after a 401.
   */
  readonly apiKey?: Redacted.Redacted | Effect.Effect<Redacted.Redacted, ProviderError, R> | undefined
  /**
   * Whether every call has to bring its own key (`withCredentials`); without one the call fails and nothing is sent.
   */
  readonly keyPerCall?: boolean | undefined
  readonly baseUrl?: string | undefined
  /** Further headers of every request; those that are `Redacted` are kept out of errors, whatever their names. */
  readonly headers?: { readonly [name: string]: string | Redacted.Redacted } | undefined
  readonly quirks?: Partial<Quirks> | undefined
  /** Limits on the size and duration of responses; see `Limits`. */
  readonly limits?: LimitsInput | undefined
}

/**
 * The options of a provider's layer: key, base URL, headers, quirks, limits, and the provider's own settings.
 *
 * @since 0.1.0
 * @category models
 */
export type LayerOptions<Quirks extends object, SettingName extends string, R = never> = EndpointOptions<Quirks, R> & {
  readonly [name in SettingName]?: string | Redacted.Redacted | undefined
}

/** Why two provider classes cannot have one id. */
export const clashOf = (id: string, what: string): string =>
  `two provider classes have the id ${JSON.stringify(id)}, and ${what}: give each its own id (use Provider.Instance for another account with a provider)`

/**
 * The names under which a provider's key and base URL are configured.
 *
 * @since 0.1.0
 * @category accessors
 */
export const namesOf = (definition: Pick<ProviderDefinition<string, never>, "id" | "settingPrefix" | "keyNames">) => {
  const prefix = definition.settingPrefix ?? definition.id.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")
  const keyNames = definition.keyNames ?? [`${prefix}_API_KEY` as const]
  return { prefix, apiKey: keyNames.join(" or "), keyNames, baseUrl: `${prefix}_BASE_URL` }
}

/** The names under which a further setting is configured. */
export const namesIn = ({ config }: Setting): readonly [string, ...ReadonlyArray<string>] =>
  typeof config === "string" ? [config] : config

/** The further settings of a definition. */
export const entriesOf = (definition: { readonly settings?: unknown }): ReadonlyArray<readonly [string, Setting]> =>
  Object.entries((definition.settings ?? {}) as { readonly [name: string]: Setting })

/**
 * Moves the `providerOptions` of an instance under the name of its provider, where they override that provider's. Those of an
 * instance that is named like the protocol are the protocol's.
 */
export const withOwnOptions = <Request extends Pick<CallRequest, "providerOptions">>(
  request: Request,
  { id, optionsOf }: Pick<Base, "id" | "optionsOf">,
  protocol: string
): Request => {
  const own = request.providerOptions?.[id]
  if (own === undefined || optionsOf === undefined || optionsOf === id || id === protocol) return request
  const options = { ...request.providerOptions?.[optionsOf], ...own }
  return { ...request, providerOptions: { ...request.providerOptions, [optionsOf]: options } }
}

/** The part of a definition that another account is derived from. */
export type Base = Pick<
  ProviderDefinition<string, object>,
  "id" | "rows" | "catalog" | "optionsOf" | "keyNames" | "settingPrefix" | "requiredSettings"
> & { readonly settings?: unknown }

/** Derives the definition of another account: the same tables and catalog, and settings named after its own prefix. */
export const instanceOf = <Id extends string>(
  base: Base,
  options: { readonly id: Id; readonly settingPrefix?: string | undefined; readonly baseUrl?: string | undefined }
): ProviderDefinition<Id, object, string, unknown> => {
  const { baseUrl, id, settingPrefix } = options
  const { catalog, optionsOf, rows } = base
  const named = settingPrefix === undefined ? { settingPrefix: namesOf(base).prefix } : renamed(base, settingPrefix)
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

const renamed = (base: Base, settingPrefix: string) => {
  const { keyNames, prefix } = namesOf(base)
  const prefixed = (name: string) =>
    name.startsWith(`${prefix}_`) ? settingPrefix + name.slice(prefix.length) : `${settingPrefix}_${name}`
  const settings = entriesOf(base).map(([name, setting]): readonly [string, Setting] => {
    const config = namesIn(setting).map(prefixed) as [string, ...Array<string>]
    return [name, { ...setting, config }]
  })
  return {
    settingPrefix,
    keyNames: keyNames.map(prefixed) as [string, ...Array<string>],
    settings: Object.fromEntries(settings),
    requiredSettings: base.requiredSettings?.map((names) => names.map(prefixed))
  }
}
