import noSchemas from "../../data/no-schemas.json" with { type: "json" }
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as ModelRow from "../catalog/ModelRow.ts"
import { register } from "../catalog/ProviderName.ts"
import type { Chat } from "../domain/Capability.ts"
import { InvalidRequestError } from "../domain/CallErrors.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { make as makeModel, type Model } from "../model/Model.ts"
import { unwrap } from "../model/PullStream.ts"
import { type StructuredOutput, structured } from "../model/StructuredOutput.ts"
import type { ModelOptions, Provider } from "./Provider.ts"
import { clashOf, type LayerOptions, type ProviderDefinition } from "./ProviderDefinition.ts"
import { staticsOf } from "./CapabilityStatics.ts"
import { chat } from "./Lazy.ts"
import { type Credentials, provide, type Target as CredentialsTarget } from "./Credentials.ts"

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
  /** Fails with a `ConfigError` if the key or the base URL is unusable. */
  readonly layer: {
    /** With a key that changes; the services of the effect that returns it become the layer's. */
    <R2>(
      options: LayerOptions<Quirks, Setting, R2> & {
        readonly apiKey: Effect.Effect<Redacted.Redacted, ProviderError, R2>
      }
    ): Layer.Layer<Self, Config.ConfigError, HttpClient.HttpClient | R | R2>
    (options: LayerOptions<Quirks, Setting>): Layer.Layer<Self, Config.ConfigError, HttpClient.HttpClient | R>
  }
  /** Reads key, base URL and settings from `Config`, by the names that the definition gives. */
  readonly layerConfig: Layer.Layer<Self, Config.ConfigError, HttpClient.HttpClient | R>
  /**
   * Makes every call to this provider, and to no other, within an effect, a stream or a model use another key, base URL,
   * header or setting:
   *
   * ```ts fragment
   * model.generate("Hi").pipe(OpenAi.withCredentials({ apiKey }))
   * ```
   *
   * Missing or unusable credentials are an `AuthenticationError`. The innermost of several wins.
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
  /** A model of this provider; any name is accepted, and an unknown one fails with its first call. */
  readonly model: (name: string, options?: ModelOptions) => Model<Chat, ProviderError, Self>
}

/** The class of a provider's service, with its statics but for those of chat. */
export const serviceOf = <Self, Id extends string, Quirks extends object, Setting extends string, R>(
  base: ProviderDefinition<Id, Quirks, Setting, R>
): ServiceClass<Self, Id, Quirks, Setting, R> => {
  const identity = Symbol(base.id)
  const definition = { ...base, identity }
  const { capabilities, catalog, id, rows } = definition
  register(id, catalog ?? rows ?? id)
  const key = Object.assign(Context.Service<Self, Provider>()(`effect-llm/providers/${id}` as const), { definition })
  const fromConfig = Effect.flatMap(loaded, ({ fromConfig }) => fromConfig(definition))
  const layerOf = <R2>(service: Effect.Effect<Provider, Config.ConfigError, R2>) =>
    Layer.effect(
      key,
      Effect.flatMap(loaded, ({ claim }) => Effect.andThen(claim(definition), service))
    )
  return Object.assign(key, capabilities && staticsOf(ownService(key), capabilities), {
    make: fromConfig,
    layer: <R2 = never>(options: LayerOptions<Quirks, Setting, R2> = {}) => layerOf(make(definition, options)),
    layerConfig: layerOf(fromConfig),
    withCredentials: (credentials: Credentials<Setting>) => provide(id, { identity, credentials })
  })
}

/** The service, if it was made by this class: two classes of one id share a key of the context. */
const ownService = <Self>(
  key: Context.Key<Self, Provider> & {
    readonly definition: Pick<ProviderDefinition<string, never>, "id" | "rows" | "identity">
  }
) => {
  const { definition } = key
  const found = Effect.contextWith((context: Context.Context<Self>) => {
    const provider = Context.get(context, key)
    return provider.identity === undefined || provider.identity === definition.identity
      ? Effect.succeed(provider)
      : Effect.fail(
          new InvalidRequestError({
            provider: definition.id,
            detail: clashOf(definition.id, "the layer of the other one was provided")
          })
        )
  })
  return Object.assign(found, { definition })
}

/** Adds chat models to the class of a provider. */
export const withChat = <Self, Id extends string, Quirks extends object, Setting extends string, R>(
  service: ServiceClass<Self, Id, Quirks, Setting, R>
): ProviderClass<Self, Id, Quirks, Setting, R> => {
  const { definition } = service
  const provider = ownService<Self>(service)
  return Object.assign(service, {
    model: (name: string, options: ModelOptions = {}) =>
      makeModel<Chat, ProviderError, Self>({
        id: `${definition.id}/${name}`,
        kind: chat,
        contextWindow: options.contextWindow,
        ...structured(options.structuredOutput ?? structuredOutputOf(definition, name), {
          generate: (request) => Effect.flatMap(provider, (provider) => provider.generate(name, request)),
          stream: (request) => unwrap(Effect.map(provider, (provider) => provider.stream(name, request)))
        })
      })
  })
}

/** Sending and reading are loaded with the first layer, with all that a call needs: naming a provider costs nothing. */
const loaded = Effect.tap(
  Effect.promise(() => import("./ProviderService.ts")),
  () => chat.load ?? Effect.void
)

/** Makes the service from its settings; fails with a `ConfigError` that names a wrong one. */
export const make = <Id extends string, Quirks extends object, Setting extends string = never, R = never, R2 = never>(
  definition: ProviderDefinition<Id, Quirks, Setting, R>,
  options: LayerOptions<NoInfer<Quirks>, NoInfer<Setting>, R2>
): Effect.Effect<Provider, Config.ConfigError, HttpClient.HttpClient | R | R2> =>
  Effect.flatMap(loaded, ({ make }) => make(definition, options))

const structuredOutputOf = (
  definition: Pick<ProviderDefinition<string, never>, "id" | "rows" | "structuredOutput">,
  model: string
): StructuredOutput | undefined =>
  ModelRow.about(noSchemas.models, { provider: definition.rows ?? definition.id, id: model }).length > 0
    ? "tool"
    : definition.structuredOutput
