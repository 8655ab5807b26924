import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { UnknownModelError } from "../domain/errors/UnknownModelError.ts"
import * as ModelId from "../domain/ModelId.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { type ChatModel, make as makeModel } from "../model/ChatModel.ts"
import { Anthropic } from "./Anthropic.ts"
import { LlamaCpp } from "./LlamaCpp.ts"
import { LmStudio } from "./LmStudio.ts"
import { nearest } from "./NearMatch.ts"
import { Ollama } from "./Ollama.ts"
import { OpenAi } from "./OpenAi.ts"
import { OpenRouter } from "./OpenRouter.ts"
import type * as Provider from "./Provider.ts"
import type { ProviderDefinition } from "./ProviderDefinition.ts"
import { namesOf } from "./Settings.ts"
import { Vllm } from "./Vllm.ts"

/**
 * A provider class of any kind.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyProvider {
  readonly definition: Pick<
    ProviderDefinition<string, object>,
    "id" | "baseUrl" | "keyOptional" | "auth" | "settingPrefix" | "headers"
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
 * The providers that this package knows. A local server counts as configured when its `*_BASE_URL` (or key) is set.
 *
 * @since 0.1.0
 * @category constants
 */
export const knownProviders: ReadonlyArray<AnyProvider> = [
  OpenAi,
  Anthropic,
  OpenRouter,
  Ollama,
  Vllm,
  LmStudio,
  LlamaCpp
]

interface Shape {
  /**
   * The model behind a `provider/model` string. Fails when no configured provider has that id; the error names near
   * ones, or the setting that is missing. Whether the provider knows the model shows when it is asked.
   */
  readonly model: (
    id: string,
    options?: Provider.ModelOptions
  ) => Effect.Effect<ChatModel<ProviderError>, UnknownModelError>
  readonly providers: ReadonlyArray<ProviderStatus>
}

/**
 * Resolves `provider/model` strings at run time, from every provider whose key is configured.
 *
 * @since 0.1.0
 * @category services
 */
export class Registry extends Context.Service<Registry, Shape>()("effect-llm/providers/Registry") {
  /** Of the known providers and the given ones; one of the same id replaces a known one. */
  static readonly layerOf = (
    providers: ReadonlyArray<AnyProvider>
  ): Layer.Layer<Registry, Config.ConfigError, HttpClient.HttpClient> => Layer.effect(Registry, make(providers))

  /** Of the known providers. A key that is set but cannot be used fails with a `ConfigError` that names it. */
  static readonly layerConfig: Layer.Layer<Registry, Config.ConfigError, HttpClient.HttpClient> = Layer.suspend(() =>
    Registry.layerOf([])
  )
}

const make = Effect.fnUntraced(function* (
  further: ReadonlyArray<AnyProvider>
): Effect.fn.Return<Shape, Config.ConfigError, HttpClient.HttpClient> {
  const all = new Map([...knownProviders, ...further].map((provider) => [provider.definition.id, provider]))
  const configured = new Map<string, { readonly maker: AnyProvider; readonly provider: Provider.Provider }>()
  const statuses: Array<ProviderStatus> = []
  for (const [id, maker] of all) {
    const missing = yield* missingOf(maker)
    if (missing.length === 0) configured.set(id, { maker, provider: yield* maker.make })
    statuses.push({ id, configured: missing.length === 0, missing })
  }
  return {
    providers: statuses,
    model: (asked, options) => {
      const id = ModelId.parse(asked)
      const found = id === undefined ? undefined : configured.get(id.provider)
      if (id !== undefined && found !== undefined) return Effect.succeed(bound(found, id.model, options))
      const missing = statuses.find((status) => status.id === id?.provider)?.missing
      const suggestions = suggest(asked, [...configured.keys()])
      const detail =
        missing === undefined
          ? suggestions.length === 0 && id !== undefined
            ? nearUnconfigured(id.provider, statuses)
            : undefined
          : unset(id?.provider, missing)
      return Effect.fail(new UnknownModelError({ asked, suggestions, detail }))
    }
  }
})

const missingOf = Effect.fnUntraced(function* ({ definition }: AnyProvider) {
  const names = namesOf(definition)
  const needed =
    definition.auth === "none"
      ? [names.baseUrl]
      : definition.keyOptional === true
        ? [names.baseUrl, names.apiKey]
        : [names.apiKey]
  for (const name of needed) {
    const found = yield* Config.option(Config.String(name))
    if (Option.getOrElse(found, () => "").trim() !== "") return []
  }
  return needed
})

const bound = (
  { maker, provider }: { readonly maker: AnyProvider; readonly provider: Provider.Provider },
  name: string,
  options?: Provider.ModelOptions
): ChatModel<ProviderError> => {
  const { contextWindow, id, structuredOutput } = maker.model(name, options)
  return makeModel({
    id,
    contextWindow,
    structuredOutput,
    generate: (request) => provider.generate(name, request),
    stream: (request) => provider.stream(name, request)
  })
}

const unset = (provider: string | undefined, missing: ReadonlyArray<string>): string =>
  `${provider} is not configured: set ${missing.join(" or ")}`

/** A misspelt provider that is known may also lack its key: both are told at once. */
const nearUnconfigured = (word: string, statuses: ReadonlyArray<ProviderStatus>): string | undefined => {
  const [near] = nearest(
    word,
    statuses.map(({ id }) => id)
  )
  const status = statuses.find(({ id }) => id === near)
  return status === undefined ? undefined : `did you mean ${status.id}? ${unset(status.id, status.missing)}`
}

const suggest = (asked: string, configured: ReadonlyArray<string>): ReadonlyArray<string> => {
  const id = ModelId.parse(asked)
  if (id === undefined && asked.includes("/")) return []
  if (id === undefined) return configured.map((provider) => ModelId.format({ provider, model: asked }))
  return nearest(id.provider, configured).map((provider) => ModelId.format({ provider, model: id.model }))
}
