import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type { RegistryOptions, RegistryProvider, RegistryShape } from "./registry/RegistryShape.ts"

/**
 * Resolves `provider/model` strings at run time, from every provider whose key is configured.
 *
 * @since 0.1.0
 * @category services
 */
export class Registry extends Context.Service<Registry, RegistryShape>()("effect-llm/providers/Registry") {
  /** Of the known providers and the given ones; one of the same id replaces a known one. */
  static readonly layerOf = <P extends RegistryProvider>(
    providers: ReadonlyArray<P>,
    options: RegistryOptions = {}
  ): Layer.Layer<Registry, Config.ConfigError, HttpClient.HttpClient | Effect.Services<P["make"]>> =>
    Layer.effect(
      Registry,
      Effect.flatMap(
        Effect.promise(() => import("./registry/RegistryService.ts")),
        ({ make }) => make(providers as ReadonlyArray<RegistryProvider<Effect.Services<P["make"]>>>, options)
      )
    )

  /** Of the known providers. One whose key is set but cannot be used says so when it is asked, and in its status. */
  static readonly layerConfig: Layer.Layer<Registry, Config.ConfigError, HttpClient.HttpClient> = Layer.suspend(() =>
    Registry.layerOf<never>([])
  )
}

export type {
  AnyProvider,
  AnyService,
  HealthOptions,
  ProviderHealth,
  ProviderModels,
  ProviderStatus,
  RegistryOptions,
  RegistryProvider,
  RegistryShape
} from "./registry/RegistryShape.ts"
