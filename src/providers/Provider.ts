import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ModelInfo } from "../domain/ModelInfo.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { type ChatModel, make as makeModel } from "../model/ChatModel.ts"
import type { EndpointOptions } from "./Endpoint.ts"
import type { ProviderDefinition } from "./ProviderDefinition.ts"
import * as Restrictions from "./Restrictions.ts"

/**
 * Who answers: what a provider's layer gives.
 *
 * @since 0.1.0
 * @category models
 */
export interface Provider {
  readonly id: string
  readonly baseUrl: string
  readonly generate: (model: string, request: ChatRequest) => Effect.Effect<ChatResponse, ProviderError>
  readonly stream: (model: string, request: ChatRequest) => Stream.Stream<ChatEvent, ProviderError>
  /** Its models as it lists them itself; absent where it has no list. */
  readonly models?: Effect.Effect<ReadonlyArray<ModelInfo>, ProviderError> | undefined
  /** A cheap real call: succeeds where the provider is reached and takes the key. Absent where there is no such call. */
  readonly check?: Effect.Effect<void, ProviderError> | undefined
}

/**
 * What is known of a model beyond its name.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelOptions {
  /** The longest conversation it reads, answer included, in tokens. */
  readonly contextWindow?: number | undefined
  /** How it is made to answer in a JSON Schema, where it cannot take the schema itself. */
  readonly structuredOutput?: ChatModel["structuredOutput"]
}

/**
 * What may be given to a provider's layer: the key, the address, headers, quirks, and the provider's own settings.
 *
 * @since 0.1.0
 * @category models
 */
export type LayerOptions<Quirks extends object, SettingName extends string> = EndpointOptions<Quirks> & {
  readonly [name in SettingName]?: string | Redacted.Redacted | undefined
}

/**
 * The class of a provider. It is a service; its statics make layers and models.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderClass<
  Self,
  Id extends string,
  Quirks extends object,
  Setting extends string
> extends Context.ServiceClass<Self, `effect-llm/providers/${Id}`, Provider> {
  readonly definition: ProviderDefinition<Id, Quirks, Setting>
  /** What `layerConfig` builds its service with, for those who hold many providers at once. */
  readonly make: Effect.Effect<Provider, Config.ConfigError, HttpClient.HttpClient>
  /** Fails with a `ConfigError` when the key or the address cannot be used. */
  readonly layer: (
    options: LayerOptions<Quirks, Setting>
  ) => Layer.Layer<Self, Config.ConfigError, HttpClient.HttpClient>
  /** Reads key, address and settings from `Config`, by the names that the definition gives. */
  readonly layerConfig: Layer.Layer<Self, Config.ConfigError, HttpClient.HttpClient>
  /** A model of this provider; any name is taken, and an unknown one fails when it is asked. */
  readonly model: (name: string, options?: ModelOptions) => ChatModel<ProviderError, Self>
}

/**
 * Makes a provider into a service:
 *
 * ```ts
 * class Acme extends Provider.Service<Acme>()({ id: "acme", protocol: OpenAiChat, baseUrl: "https://acme.example/v1" }) {}
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const Service =
  <Self>() =>
  <const Id extends string, Quirks extends object, const Setting extends string = never>(
    definition: ProviderDefinition<Id, Quirks, Setting>
  ): ProviderClass<Self, Id, Quirks, Setting> => {
    const key = Context.Service<Self, Provider>()(`effect-llm/providers/${definition.id}` as const)
    const layer = (options: LayerOptions<Quirks, Setting>) => Layer.effect(key, make(definition, options))
    const fromConfig = Effect.flatMap(service, ({ fromConfig }) => fromConfig(definition))
    return Object.assign(key, {
      definition,
      make: fromConfig,
      layer,
      layerConfig: Layer.effect(key, fromConfig),
      model: (name: string, options: ModelOptions = {}) =>
        makeModel<ProviderError, Self>({
          id: `${definition.id}/${name}`,
          contextWindow: options.contextWindow,
          structuredOutput: options.structuredOutput ?? structuredOutputOf(definition, name),
          generate: (request) => Effect.flatMap(key, (provider) => provider.generate(name, request)),
          stream: (request) => Stream.unwrap(Effect.map(key, (provider) => provider.stream(name, request)))
        })
    })
  }

/** What sends and reads is loaded with the first layer: to name a provider costs nothing. */
const service = Effect.promise(() => import("./ProviderService.ts"))

/**
 * Makes the service from its settings; fails with a `ConfigError` that names a wrong one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Id extends string, Quirks extends object, Setting extends string = never>(
  definition: ProviderDefinition<Id, Quirks, Setting>,
  options: LayerOptions<NoInfer<Quirks>, NoInfer<Setting>>
): Effect.Effect<Provider, Config.ConfigError, HttpClient.HttpClient> =>
  Effect.flatMap(service, ({ make }) => make(definition, options))

const structuredOutputOf = (
  definition: Pick<ProviderDefinition<string, object>, "id" | "rows" | "structuredOutput">,
  model: string
): ChatModel["structuredOutput"] =>
  Restrictions.rejectsSchemas(definition.rows ?? definition.id, model) ? "tool" : definition.structuredOutput
