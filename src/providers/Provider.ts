import * as Effect from "effect/Effect"
import { type Capabilities, callModel, type SameStatics, type StaticsOf } from "../client/CapabilityStatics.ts"
import { type Base as BaseDefinition, type ProviderDefinition, instanceOf } from "../client/ProviderDefinition.ts"
import { chatting, make, type ProviderClass, type ServiceClass, serviceOf } from "../client/ServiceClass.ts"

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
