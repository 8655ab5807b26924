import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { type ChatModel, make as makeModel } from "../model/ChatModel.ts"
import * as ChatCall from "./ChatCall.ts"
import * as ChatStream from "./ChatStream.ts"
import * as Endpoint from "./Endpoint.ts"
import type { HeaderSetting, ProviderDefinition } from "./ProviderDefinition.ts"
import * as Restrictions from "./Restrictions.ts"
import { checkHeader, namesOf } from "./Settings.ts"

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
export type LayerOptions<Quirks extends object, Setting extends string> = Endpoint.EndpointOptions<Quirks> & {
  readonly [name in Setting]?: string | undefined
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
    return Object.assign(key, {
      definition,
      make: Effect.flatMap(configOf(definition), (options) => make(definition, options)),
      layer,
      layerConfig: Layer.unwrap(Effect.map(configOf(definition), layer)),
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

/**
 * Makes the service from its settings; fails with a `ConfigError` that names a wrong one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* <
  Id extends string,
  Quirks extends object,
  Setting extends string = never
>(
  definition: ProviderDefinition<Id, Quirks, Setting>,
  options: LayerOptions<NoInfer<Quirks>, NoInfer<Setting>>
): Effect.fn.Return<Provider, Config.ConfigError, HttpClient.HttpClient> {
  const headers: Record<string, string> = { ...options.headers }
  for (const [name, { config, header }] of settingsOf(definition)) {
    const value = options[name as keyof typeof options] as string | undefined
    if (value !== undefined && value !== "")
      headers[header] = yield* checkHeader(namesIn(config).join(" or "), header, value)
  }
  const endpoint = yield* Endpoint.make(definition as ProviderDefinition<Id, Quirks>, { ...options, headers })
  const call = (model: string, request: ChatRequest, stream: boolean) =>
    ChatCall.make(endpoint, restrictionsOf(definition, model), request, stream)
  return {
    id: definition.id,
    baseUrl: endpoint.baseUrl,
    generate: (model, request) =>
      Effect.suspend(() => {
        const made = call(model, request, false)
        return Result.isSuccess(made) ? ChatCall.generate(made.success) : Effect.fail(made.failure)
      }),
    stream: (model, request) =>
      Stream.unwrap(
        Effect.suspend(() => {
          const made = call(model, request, true)
          return Result.isSuccess(made) ? ChatStream.open(made.success) : Effect.fail(made.failure)
        })
      )
  }
})

/**
 * What `layerConfig` reads. A key that is not set is left open here, and refused by the layer where it is needed.
 *
 * @since 0.1.0
 * @category configuration
 */
export const configOf = <Id extends string, Quirks extends object, Setting extends string>(
  definition: ProviderDefinition<Id, Quirks, Setting>
): Config.Config<LayerOptions<Quirks, Setting>> => {
  const names = namesOf(definition)
  const optional = <A>(config: Config.Config<A>) => Config.map(Config.option(config), Option.getOrUndefined)
  const firstSet = (names: ReadonlyArray<string>) =>
    Config.map(Config.all(names.map((name) => optional(Config.String(name)))), (values) => values.find(Boolean))
  const settings = Object.fromEntries(
    settingsOf(definition).map(([name, { config }]) => [name, firstSet(namesIn(config))])
  )
  const apiKey: Config.Config<Redacted.Redacted | undefined> =
    definition.auth === "none" ? Config.succeed(undefined) : optional(Config.Redacted(names.apiKey))
  const all = Config.all({ apiKey, baseUrl: optional(Config.String(names.baseUrl)), ...settings })
  return all as unknown as Config.Config<LayerOptions<Quirks, Setting>>
}

type AnyDefinition = Pick<ProviderDefinition<string, object>, "id" | "rows" | "settings" | "structuredOutput"> & {
  readonly protocol: { readonly unsupported: ReadonlyArray<keyof ChatRequest> }
}

const settingsOf = (definition: { readonly settings?: unknown }) =>
  Object.entries((definition.settings ?? {}) as { readonly [name: string]: HeaderSetting })

const namesIn = (config: HeaderSetting["config"]): readonly [string, ...ReadonlyArray<string>] =>
  typeof config === "string" ? [config] : config

const known = new WeakMap<object, Map<string, Restrictions.Restrictions>>()

/** A program asks few models of a provider, but a gateway may be asked for any name. */
const mostModels = 1000

const restrictionsOf = (definition: AnyDefinition, model: string): Restrictions.Restrictions => {
  let models = known.get(definition)
  if (models === undefined || models.size > mostModels) known.set(definition, (models = new Map()))
  let found = models.get(model)
  if (found === undefined) {
    found = Restrictions.make(definition.rows ?? definition.id, model, definition.protocol.unsupported)
    models.set(model, found)
  }
  return found
}

const structuredOutputOf = (definition: AnyDefinition, model: string): ChatModel["structuredOutput"] =>
  Restrictions.rejectsSchemas(restrictionsOf(definition, model)) ? "tool" : definition.structuredOutput
