import noSchemas from "../../data/no-schemas.json" with { type: "json" }
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as ModelRow from "../catalog/ModelRow.ts"
import type { CallAnswer } from "../domain/CallAnswer.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { CallEvent } from "../domain/Capability.ts"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ModelInfo } from "../domain/ModelInfo.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { ChatModel } from "../model/ChatModel.ts"
import { make as makeModel } from "../model/chat/make.ts"
import type { CallProtocol } from "../protocols/CallProtocol.ts"
import { type Capabilities, callModel, type StaticsOf, staticsOf } from "./calling/CapabilityStatics.ts"
import type { EndpointOptions } from "./calling/Endpoint.ts"
import type { ProviderDefinition } from "./ProviderDefinition.ts"

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
  /** Asks for something other than a chat; absent where it answers chats only. */
  readonly ask?:
    | (<Request extends CallRequest, Answer extends CallAnswer>(
        protocol: CallProtocol<Request, Answer, CallEvent>,
        model: string,
        request: Request
      ) => Effect.Effect<Answer, ProviderError>)
    | undefined
  /** Asks for it as it is made. */
  readonly askStream?:
    | (<Request extends CallRequest, Answer extends CallAnswer, Event extends CallEvent>(
        protocol: CallProtocol<Request, Answer, Event>,
        model: string,
        request: Request
      ) => Stream.Stream<Event, ProviderError>)
    | undefined
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
 * The class of a provider, chat or not. It is a service; its statics make layers.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceClass<
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
}

/**
 * The class of a provider that chats. What else it can do has statics of its own: see `CapabilityStatics.Statics`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderClass<
  Self,
  Id extends string,
  Quirks extends object,
  Setting extends string
> extends ServiceClass<Self, Id, Quirks, Setting> {
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
  <const Id extends string, Quirks extends object, const Setting extends string = never, Has extends Capabilities = {}>(
    definition: ProviderDefinition<Id, Quirks, Setting> & { readonly capabilities?: Has | undefined }
  ): ProviderClass<Self, Id, Quirks, Setting> & StaticsOf<Self, Has> => {
    const service = serviceOf<Self, Id, Quirks, Setting>(definition)
    return Object.assign(service, {
      model: (name: string, options: ModelOptions = {}) =>
        makeModel<ProviderError, Self>({
          id: `${definition.id}/${name}`,
          contextWindow: options.contextWindow,
          structuredOutput: options.structuredOutput ?? structuredOutputOf(definition, name),
          generate: (request) => Effect.flatMap(service, (provider) => provider.generate(name, request)),
          stream: (request) => Stream.unwrap(Effect.map(service, (provider) => provider.stream(name, request)))
        })
    }) as ProviderClass<Self, Id, Quirks, Setting> & StaticsOf<Self, Has>
  }

/**
 * Makes a provider into a service that has other capabilities, but does not chat.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ServiceWithoutChat =
  <Self>() =>
  <const Id extends string, const Setting extends string = never, Has extends Capabilities = {}>(
    definition: Omit<ProviderDefinition<Id, object, Setting>, "protocol"> & {
      readonly capabilities?: Has | undefined
    }
  ): ServiceClass<Self, Id, object, Setting> & StaticsOf<Self, Has> =>
    serviceOf<Self, Id, object, Setting>({ ...definition, protocol: noChat }) as ServiceClass<
      Self,
      Id,
      object,
      Setting
    > &
      StaticsOf<Self, Has>

const noChat = Effect.map(
  Effect.promise(() => import("../protocols/wire/NoChat.ts")),
  ({ NoChat }) => NoChat
)

const serviceOf = <Self, Id extends string, Quirks extends object, Setting extends string>(
  definition: ProviderDefinition<Id, Quirks, Setting>
): ServiceClass<Self, Id, Quirks, Setting> => {
  const key = Object.assign(Context.Service<Self, Provider>()(`effect-llm/providers/${definition.id}` as const), {
    definition
  })
  const fromConfig = Effect.flatMap(service, ({ fromConfig }) => fromConfig(definition))
  return Object.assign(key, definition.capabilities && staticsOf(key, definition.capabilities), {
    make: fromConfig,
    layer: (options: LayerOptions<Quirks, Setting>) => Layer.effect(key, make(definition, options)),
    layerConfig: Layer.effect(key, fromConfig)
  })
}

export { callModel }
export type {
  HasBatches,
  HasEmbeddings,
  HasFiles,
  HasImages,
  HasModeration,
  HasRerank,
  HasSpeech,
  HasTokenCount,
  HasTranscription
} from "./calling/CapabilityStatics.ts"

/** What sends and reads is loaded with the first layer: to name a provider costs nothing. */
const service = Effect.promise(() => import("./calling/ProviderService.ts"))

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
  ModelRow.about(noSchemas.models, { provider: definition.rows ?? definition.id, id: model }).length > 0
    ? "tool"
    : definition.structuredOutput
