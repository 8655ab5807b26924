import type * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { UnknownModelError, UnknownProviderError } from "../../domain/ModelId.ts"
import type { ModelInfo } from "../../domain/ModelInfo.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { ChatModel } from "../../model/ChatModel.ts"
import type * as Provider from "../Provider.ts"
import type { ProviderDefinition } from "../../client/ProviderDefinition.ts"

/**
 * A provider class of any kind, chat or not.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyService {
  readonly definition: Pick<
    ProviderDefinition<string, object>,
    | "id"
    | "protocol"
    | "baseUrl"
    | "keyOptional"
    | "auth"
    | "settingPrefix"
    | "keyNames"
    | "requiredSettings"
    | "settings"
    | "headers"
    | "capabilities"
  >
  readonly make: Effect.Effect<Provider.Provider, Config.ConfigError, HttpClient.HttpClient>
}

/**
 * A provider class of any kind that chats.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyProvider extends AnyService {
  readonly model: (name: string, options?: Provider.ModelOptions) => ChatModel<ProviderError, unknown>
}

/**
 * A provider class that a registry accepts, including one that needs services other than `HttpClient`, such as
 * `ClaudeCli`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RegistryProvider<R = unknown> extends Pick<AnyProvider, "model"> {
  readonly definition: Omit<AnyProvider["definition"], "protocol">
  readonly make: Effect.Effect<Provider.Provider, Config.ConfigError, R>
}

/**
 * Whether a provider is configured, and what is missing or wrong if it is not. A local server works without
 * configuration, at its default address.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderStatus {
  readonly id: string
  /** `chat`, `embedding`, `image`, `speech`, `files` ..., as in the definitions. */
  readonly capabilities: ReadonlyArray<string>
  readonly configured: boolean
  /** The settings of which any one would configure it; several that are needed together are joined by `and`. */
  readonly missing: ReadonlyArray<string>
  /** What is wrong with a setting that is set, without its value. */
  readonly problem?: string | undefined
}

/**
 * The models of a provider, and where the list is from: the provider, the cache of its last response, or the catalog of this
 * package.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderModels {
  readonly provider: string
  readonly models: ReadonlyArray<ModelInfo>
  readonly from: "cache" | "provider" | "catalog"
  /** When the provider listed them (RFC 3339), or the date of the catalog (`YYYY-MM-DD`). */
  readonly asOf: string
  /** Why the provider did not respond, if the list is from the catalog instead. */
  readonly error?: ProviderError | undefined
}

/**
 * Whether a provider responds and accepts its key; `unknown` if it has no cheap call that would tell.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderHealth {
  readonly provider: string
  readonly state: "up" | "down" | "unknown"
  /** The duration of the call, whether or not it failed. */
  readonly latency?: Duration.Duration | undefined
  readonly error?: ProviderError | undefined
}

/**
 * Options of a health check.
 *
 * @since 0.1.0
 * @category models
 */
export interface HealthOptions {
  /** The time limit of one provider. Default 10 seconds. */
  readonly timeout?: Duration.Input | undefined
  /** How many providers are checked at once. Default 8. */
  readonly concurrency?: number | undefined
}

/**
 * Options of a registry.
 *
 * @since 0.1.0
 * @category models
 */
export interface RegistryOptions {
  /** How long a provider's list of models is cached. Default 15 minutes. */
  readonly modelsTtl?: Duration.Input | undefined
}

/**
 * The methods of a registry.
 *
 * @since 0.1.0
 * @category models
 */
export interface RegistryShape {
  /**
   * The model behind a `provider/model` string. Fails if no configured provider has that id; the error suggests similar
   * ids or names the missing setting. A model that the provider does not know fails with its first call.
   */
  readonly model: (
    id: string,
    options?: Provider.ModelOptions
  ) => Effect.Effect<ChatModel<ProviderError>, UnknownModelError>
  /**
   * All providers that have a class, and the configured ones among those that are only rows of `data/providers.json`.
   */
  readonly providers: ReadonlyArray<ProviderStatus>
  /** The models of a configured provider; `refresh` bypasses the cache. */
  readonly models: (
    provider: string,
    options?: { readonly refresh?: boolean | undefined }
  ) => Effect.Effect<ProviderModels, UnknownProviderError>
  /** Checks a configured provider with a cheap real call. */
  readonly health: (
    provider: string,
    options?: Pick<HealthOptions, "timeout">
  ) => Effect.Effect<ProviderHealth, UnknownProviderError>
  /** Checks every configured provider. */
  readonly healthAll: (options?: HealthOptions) => Effect.Effect<ReadonlyArray<ProviderHealth>>
}
