import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type { UnknownModelError } from "../domain/errors/UnknownModelError.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { ChatModel } from "../model/ChatModel.ts"
import type * as Provider from "./Provider.ts"
import type { ProviderDefinition } from "./ProviderDefinition.ts"

/**
 * A provider class of any kind.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyProvider {
  readonly definition: Pick<
    ProviderDefinition<string, object>,
    "id" | "protocol" | "baseUrl" | "keyOptional" | "auth" | "settingPrefix" | "keyNames" | "needs" | "settings" | "headers"
  >
  readonly make: Effect.Effect<Provider.Provider, Config.ConfigError, HttpClient.HttpClient>
  readonly model: (name: string, options?: Provider.ModelOptions) => ChatModel<ProviderError, unknown>
}

/**
 * Whether a provider can be asked, and what has to be set before it can.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderStatus {
  readonly id: string
  readonly configured: boolean
  /** The settings of which one or all are missing. */
  readonly missing: ReadonlyArray<string>
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
}

/**
 * Resolves `provider/model` strings at run time, from every provider whose key is configured.
 *
 * @since 0.1.0
 * @category services
 */
export class Registry extends Context.Service<Registry, RegistryShape>()("effect-llm/providers/Registry") {
  /** Of the known providers and the given ones; one of the same id replaces a known one. */
  static readonly layerOf = (
    providers: ReadonlyArray<AnyProvider>
  ): Layer.Layer<Registry, Config.ConfigError, HttpClient.HttpClient> =>
    Layer.effect(
      Registry,
      Effect.flatMap(
        Effect.promise(() => import("./RegistryService.ts")),
        ({ make }) => make(providers)
      )
    )

  /** Of the known providers. A key that is set but cannot be used fails with a `ConfigError` that names it. */
  static readonly layerConfig: Layer.Layer<Registry, Config.ConfigError, HttpClient.HttpClient> = Layer.suspend(() =>
    Registry.layerOf([])
  )
}
