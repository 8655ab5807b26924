/**
 * What a provider is: a class that is an Effect service, and what it takes to write one.
 *
 * ```ts
 * class Acme extends Provider.Service<Acme>()({ id: "acme", protocol: OpenAiChat, baseUrl: "https://acme.example/v1" }) {}
 *
 * const model = Acme.model("acme-large") // ChatModel<ProviderError, Acme>
 * ```
 *
 * The id must be unique: two classes of one id cannot have their layers built together. For another account of a
 * provider use `Instance`.
 *
 * @since 0.1.0
 */
import { type Capabilities, callModel, type SameStatics, type StaticsOf } from "../client/CapabilityStatics.ts"
import { type Base as BaseDefinition, type ProviderDefinition, instanceOf } from "../client/ProviderDefinition.ts"
import { withChat, make, type ProviderClass, type ServiceClass, serviceOf } from "../client/ServiceClass.ts"
import { noChat } from "./Protocols.ts"

/**
 * Makes a provider class from a definition. The class is an Effect service; its statics make layers and models.
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
    withChat(serviceOf<Self, Id, Quirks, Setting, R>(definition)) as ProviderClass<Self, Id, Quirks, Setting, R> &
      StaticsOf<Self, Has>

/**
 * Makes a provider class for capabilities other than chat.
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
 * What distinguishes an instance from its provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface InstanceOptions<Id extends string> {
  /** The `provider` of `provider/model`. */
  readonly id: Id
  /**
   * `TEAM_B` reads `TEAM_B_API_KEY` and `TEAM_B_BASE_URL`. Default: the provider's prefix, so both read the same
   * settings.
   */
  readonly settingPrefix?: string | undefined
  readonly baseUrl?: string | undefined
}

/**
 * Makes another class of a provider, for another account: its own key and base URL, the same models, prices and error
 * rows.
 *
 * ```ts fragment
 * class TeamB extends Provider.Instance<TeamB>()(OpenAi, { id: "openai-team-b", settingPrefix: "TEAM_B" }) {}
 * ```
 *
 * It has the provider's capabilities, but not the statics that the provider's class adds itself.
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
    return ("model" in base ? withChat(service) : service) as InstanceOf<Self, Id, Base>
  }

interface AnyServiceClass {
  readonly definition: BaseDefinition
}

/**
 * The class of an instance: its provider's, under another id.
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

export { callModel, make }
export type { Credentials, Target as CredentialsTarget } from "../client/Credentials.ts"
export type { BatchStore } from "../client/stores/BatchStore.ts"
export type { FileStore } from "../client/stores/FileStore.ts"
export type { ModelOptions, Provider } from "../client/Provider.ts"
export type {
  Authorize,
  AuthorizeOptions,
  EndpointOptions,
  LayerOptions,
  ProviderDefinition,
  Setting,
  Settings
} from "../client/ProviderDefinition.ts"
export type { ProviderClass, ServiceClass } from "../client/ServiceClass.ts"
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
