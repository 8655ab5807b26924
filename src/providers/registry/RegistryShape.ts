import type * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { UnknownModelError } from "../../domain/errors/UnknownModelError.ts"
import type { UnknownProviderError } from "../../domain/errors/UnknownProviderError.ts"
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
    | "needs"
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
 * What a registry can be given: a provider class, also one that needs something other than an `HttpClient`, such as
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
 * Whether a provider can be asked, and what has to be set, or set right, before it can. A local server that is not
 * configured can be asked all the same, at its usual address.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderStatus {
  readonly id: string
  /** What it can be asked for: `chat`, `embedding`, `image`, `speech`, `files` ..., as the definitions name them. */
  readonly capabilities: ReadonlyArray<string>
  readonly configured: boolean
  /** What is missing, each of which would do: a setting, or some joined by `and`. */
  readonly missing: ReadonlyArray<string>
  /** What is wrong with a setting that is there, without its value; absent where all is well. */
  readonly problem?: string | undefined
}

/**
 * The models of a provider, and who told: an answer of the provider from not long ago, the provider itself, or the
 * catalog that comes with this package.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderModels {
  readonly provider: string
  readonly models: ReadonlyArray<ModelInfo>
  readonly from: "cache" | "provider" | "catalog"
  /** When that was told (RFC 3339), or the day of the catalog (`YYYY-MM-DD`). */
  readonly asOf: string
  /** Why the provider did not answer, where it was asked and the catalog speaks for it. */
  readonly error?: ProviderError | undefined
}

/**
 * Whether a provider answers and takes its key; `unknown` where no cheap call would tell.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderHealth {
  readonly provider: string
  readonly state: "up" | "down" | "unknown"
  /** How long the call took, failed or not. */
  readonly latency?: Duration.Duration | undefined
  readonly error?: ProviderError | undefined
}

/**
 * How long one provider may take (10 seconds), and how many are asked at once (8).
 *
 * @since 0.1.0
 * @category models
 */
export interface HealthOptions {
  readonly timeout?: Duration.Input | undefined
  readonly concurrency?: number | undefined
}

/**
 * How long a provider's list of models is kept: 15 minutes.
 *
 * @since 0.1.0
 * @category models
 */
export interface RegistryOptions {
  readonly keepModels?: Duration.Input | undefined
}

/**
 * What a registry can be asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface RegistryShape {
  /**
   * The model behind a `provider/model` string. Fails when no configured provider has that id; the error names near
   * ones, or the setting that is missing. Whether the provider knows the model shows when it is asked.
   */
  readonly model: (
    id: string,
    options?: Provider.ModelOptions
  ) => Effect.Effect<ChatModel<ProviderError>, UnknownModelError>
  /** The known providers, and of those that are rows of `data/providers.json` the configured ones. */
  readonly providers: ReadonlyArray<ProviderStatus>
  /** The models of a configured provider; `refresh` asks it anew. */
  readonly models: (
    provider: string,
    options?: { readonly refresh?: boolean | undefined }
  ) => Effect.Effect<ProviderModels, UnknownProviderError>
  /** Makes a cheap real call. */
  readonly health: (
    provider: string,
    options?: Pick<HealthOptions, "timeout">
  ) => Effect.Effect<ProviderHealth, UnknownProviderError>
  /** The health of every configured provider, in their order. */
  readonly healthAll: (options?: HealthOptions) => Effect.Effect<ReadonlyArray<ProviderHealth>>
}
