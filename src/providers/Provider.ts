import type * as Config from "effect/Config"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Stream from "effect/Stream"
import type { CallAnswer } from "../domain/CallAnswer.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { CallEvent } from "../domain/Capability.ts"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ModelInfo } from "../domain/ModelInfo.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { ChatModel } from "../model/ChatModel.ts"
import type { CallProtocol } from "../protocols/CallProtocol.ts"
import { type Capabilities, callModel, type SameStatics, type StaticsOf } from "../client/CapabilityStatics.ts"
import type { Credentials, Target as CredentialsTarget } from "../client/Credentials.ts"
import type { EndpointOptions } from "../client/Endpoint.ts"
import { type Base as BaseDefinition, instanceOf } from "../client/InstanceDefinition.ts"
import { chatting, make, serviceOf } from "../client/ServiceClass.ts"
import type { ProviderDefinition } from "../client/ProviderDefinition.ts"

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
  /** Takes the secrets that it was asked with out of what it said, for what reads its answers in another place. */
  readonly redact?: ((value: unknown) => unknown) | undefined
  /** The class that it belongs to; where it is absent, any of its id. */
  readonly identity?: symbol | undefined
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
export type LayerOptions<Quirks extends object, SettingName extends string, R = never> = EndpointOptions<Quirks, R> & {
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
  Setting extends string,
  R = never
> extends Context.ServiceClass<Self, `effect-llm/providers/${Id}`, Provider> {
  readonly definition: ProviderDefinition<Id, Quirks, Setting, R>
  /** What `layerConfig` builds its service with, for those who hold many providers at once. */
  readonly make: Effect.Effect<Provider, Config.ConfigError, HttpClient.HttpClient | R>
  /** Fails with a `ConfigError` when the key or the address cannot be used. */
  readonly layer: {
    /** With a key that changes; the services of the effect that gives it become the layer's. */
    <R2>(
      options: LayerOptions<Quirks, Setting, R2> & {
        readonly apiKey: Effect.Effect<Redacted.Redacted, ProviderError, R2>
      }
    ): Layer.Layer<Self, Config.ConfigError, HttpClient.HttpClient | R | R2>
    (options: LayerOptions<Quirks, Setting>): Layer.Layer<Self, Config.ConfigError, HttpClient.HttpClient | R>
  }
  /** Reads key, address and settings from `Config`, by the names that the definition gives. */
  readonly layerConfig: Layer.Layer<Self, Config.ConfigError, HttpClient.HttpClient | R>
  /**
   * Has this provider, and no other, asked with another key, address, header or setting, in whatever an effect, a stream
   * or a model asks of it:
   *
   * ```ts fragment
   * model.generate("Hi").pipe(OpenAi.withCredentials({ apiKey }))
   * ```
   *
   * What cannot be used, or is missing, is an `AuthenticationError`. The last of several counts.
   */
  readonly withCredentials: (credentials: Credentials<Setting>) => <T extends CredentialsTarget>(self: T) => T
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
  Setting extends string,
  R = never
> extends ServiceClass<Self, Id, Quirks, Setting, R> {
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
 * Its id is its identity in types: another account of the same provider has a name of its own, see `Instance`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const Service =
  <Self>() =>
  <
    const Id extends string,
    Quirks extends object,
    const Setting extends string = never,
    Has extends Capabilities = {},
    R = never
  >(
    definition: ProviderDefinition<Id, Quirks, Setting, R> & { readonly capabilities?: Has | undefined }
  ): ProviderClass<Self, Id, Quirks, Setting, R> & StaticsOf<Self, Has> =>
    chatting(serviceOf<Self, Id, Quirks, Setting, R>(definition)) as ProviderClass<Self, Id, Quirks, Setting, R> &
      StaticsOf<Self, Has>

/**
 * Makes a provider into a service that has other capabilities, but does not chat.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ServiceWithoutChat =
  <Self>() =>
  <const Id extends string, const Setting extends string = never, Has extends Capabilities = {}, R = never>(
    definition: Omit<ProviderDefinition<Id, object, Setting, R>, "protocol"> & {
      readonly capabilities?: Has | undefined
    }
  ): ServiceClass<Self, Id, object, Setting, R> & StaticsOf<Self, Has> =>
    serviceOf<Self, Id, object, Setting, R>({ ...definition, protocol: noChat }) as ServiceClass<
      Self,
      Id,
      object,
      Setting,
      R
    > &
      StaticsOf<Self, Has>

/**
 * What tells an instance of a provider from the provider: its name, and where its settings have names of their own, their
 * prefix.
 *
 * @since 0.1.0
 * @category models
 */
export interface InstanceOptions<Id extends string> {
  /** As in `provider/model`. */
  readonly id: Id
  /** `TEAM_B` reads `TEAM_B_API_KEY` and `TEAM_B_BASE_URL`. Default: the provider's, so that both read the same settings. */
  readonly settingPrefix?: string | undefined
  readonly baseUrl?: string | undefined
}

/**
 * Makes another service of a provider: another account, with its own key and address, and the same models, prices and
 * error rows:
 *
 * ```ts fragment
 * class TeamB extends Provider.Instance<TeamB>()(OpenAi, { id: "openai-team-b", settingPrefix: "TEAM_B" }) {}
 * ```
 *
 * It has the provider's capabilities; statics that a provider's class adds itself stay with that class.
 *
 * @since 0.1.0
 * @category constructors
 */
export const Instance =
  <Self>() =>
  <const Id extends string, Base extends AnyServiceClass>(
    base: Base,
    options: InstanceOptions<Id>
  ): InstanceOf<Self, Id, Base> => {
    const service = serviceOf<Self, Id, object, string, unknown>(instanceOf(base.definition, options))
    return ("model" in base ? chatting(service) : service) as InstanceOf<Self, Id, Base>
  }

/** The class of any provider, as far as an instance is made of it. */
interface AnyServiceClass {
  readonly definition: BaseDefinition
}

/**
 * The class of an instance: that of its provider, under another name.
 *
 * @since 0.1.0
 * @category utility types
 */
export type InstanceOf<Self, Id extends string, Base> = (Base extends {
  readonly definition: ProviderDefinition<string, infer Quirks, infer Setting, infer R>
}
  ? Base extends { readonly model: unknown }
    ? ProviderClass<Self, Id, Quirks, Setting, R>
    : ServiceClass<Self, Id, Quirks, Setting, R>
  : never) &
  SameStatics<Self, Base>

const noChat = Effect.map(
  Effect.promise(() => import("../protocols/wire/NoChat.ts")),
  ({ NoChat }) => NoChat
)

export { callModel, make }
export type { Credentials, Target as CredentialsTarget } from "../client/Credentials.ts"
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
} from "../client/CapabilityStatics.ts"
