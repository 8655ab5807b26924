import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type { RegistryOptions, RegistryProvider, RegistryShape } from "./registry/RegistryShape.ts"

/**
 * Resolves `provider/model` strings at run time, from every provider whose key is configured.
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const { model } = yield* Registry
 *   return yield* Effect.flatMap(model("groq/openai/gpt-oss-120b"), (model) => model.generate("Hi"))
 * }).pipe(Effect.provide(Registry.layerConfig))
 * ```
 *
 * It loads every provider class: an application that knows its providers gives their layers instead.
 *
 * @since 0.1.0
 * @category services
 */
export class Registry extends Context.Service<Registry, RegistryShape>()("effect-llm/providers/Registry") {
  /** A registry of the known providers and the given ones; a given provider replaces a known one of the same id. */
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

  /** A registry of the known providers. If a key is set but unusable, the status and the error say so. */
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
