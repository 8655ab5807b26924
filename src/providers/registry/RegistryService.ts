import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as HttpClient from "effect/http/HttpClient"
import * as Fingerprint from "../../client/Fingerprint.ts"
import { messageOf } from "../../client/Settings.ts"
import * as ModelId from "../../domain/ModelId.ts"
import * as Nearest from "../../domain/Nearest.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { UnknownModelError, UnknownProviderError } from "../../domain/ModelId.ts"
import type { ChatModel } from "../../model/ChatModel.ts"
import { withVariant, wrap } from "../../model/Model.ts"
import * as Discovery from "../Discovery.ts"
import { knownProviders, knownServices } from "../KnownProviders.ts"
import type * as Provider from "../Provider.ts"
import * as ProviderSettings from "../ProviderSettings.ts"
import type {
  AnyProvider,
  AnyService,
  ProviderStatus,
  RegistryOptions,
  RegistryProvider,
  RegistryShape
} from "./RegistryShape.ts"

interface Configured<Class> {
  readonly providerClass: Class
  readonly provider: Provider.Provider
}

/** A registry of the known providers and the given ones. */
export const make = Effect.fnUntraced(function* <R>(
  extraProviders: ReadonlyArray<RegistryProvider<R>>,
  { modelsTtl = "15 minutes" }: RegistryOptions
): Effect.fn.Return<RegistryShape, Config.ConfigError, HttpClient.HttpClient | R> {
  const classes = new Map<string, AnyService | RegistryProvider<R>>(
    [...knownProviders, ...knownServices, ...extraProviders].map((provider) => [provider.definition.id, provider])
  )
  const configured = new Map<string, Configured<AnyService | RegistryProvider<R>>>()
  /** Local servers without settings: their services are made on first use, at the default address. */
  const defaultServers = new Map<string, AnyService | RegistryProvider<R>>()
  const statuses: Array<ProviderStatus> = []
  const rows = (yield* tableRows).filter(({ definition }) => !classes.has(definition.id))
  for (const providerClass of [...classes.values(), ...rows]) {
    const { capabilities: otherCapabilities = {}, id } = providerClass.definition
    const capabilities = ["model" in providerClass ? ["chat"] : [], Object.keys(otherCapabilities)].flat()
    const missing = yield* ProviderSettings.missing(providerClass)
    const status = { id, capabilities, missing }
    if (missing.length > 0) {
      if (ProviderSettings.requiresNoSettings(providerClass.definition)) defaultServers.set(id, providerClass)
      statuses.push({ ...status, configured: false })
      continue
    }
    const service = yield* Effect.result(serviceOf(providerClass))
    if (Result.isSuccess(service)) configured.set(id, { providerClass, provider: service.success })
    const problem = Result.isFailure(service) ? { problem: messageOf(service.failure) } : {}
    statuses.push({ ...status, configured: Result.isSuccess(service), ...problem })
  }
  const discovery = yield* Discovery.make({ ttl: modelsTtl })
  const context = yield* Effect.context<HttpClient.HttpClient | R>()
  const find = Effect.fnUntraced(function* (id: string) {
    const providerClass = defaultServers.get(id)
    if (configured.has(id) || providerClass === undefined) return configured.get(id)
    const service = yield* Effect.result(Effect.provideContext(serviceOf(providerClass), context))
    return Result.isSuccess(service) ? { providerClass, provider: service.success } : undefined
  })
  const withProvider = Effect.fnUntraced(function* <A>(
    requestedId: string,
    use: (provider: Provider.Provider) => Effect.Effect<A>
  ): Effect.fn.Return<A, UnknownProviderError> {
    const found = yield* find(requestedId)
    if (found !== undefined) return yield* use(found.provider)
    const status = statuses.find(({ id }) => id === requestedId)
    const suggestions =
      status === undefined ? Nearest.find(requestedId, [...configured.keys(), ...defaultServers.keys()]) : []
    const detail = status === undefined ? suggestUnconfigured(requestedId, statuses) : unconfigured(status)
    return yield* Effect.fail(
      new UnknownProviderError({
        requested: requestedId,
        suggestions,
        detail: suggestions.length === 0 ? detail : undefined
      })
    )
  })
  return {
    models: (provider, { refresh = false } = {}) =>
      withProvider(provider, (service) => discovery.models(service, { refresh })),
    health: (provider, options = {}) => withProvider(provider, (service) => discovery.health(service, options)),
    healthAll: (options = {}) =>
      Effect.forEach(configured.values(), ({ provider }) => discovery.health(provider, options), {
        concurrency: options.concurrency ?? 8
      }),
    providers: statuses.filter(({ configured, id }) => configured || classes.has(id)),
    model: Effect.fnUntraced(function* (requestedModel, options) {
      const id = ModelId.parse(requestedModel)
      const found = id === undefined ? undefined : yield* find(id.provider)
      if (id !== undefined && found !== undefined) {
        const { provider, providerClass } = found
        if ("model" in providerClass) return bound({ provider, providerClass }, id.model, options)
        return yield* Effect.fail(
          new UnknownModelError({
            requested: requestedModel,
            suggestions: [],
            detail: `${id.provider} does not support chat`
          })
        )
      }
      const status = statuses.find((status) => status.id === id?.provider)
      const suggestions =
        status?.problem === undefined ? suggest(requestedModel, [...configured.keys()], [...defaultServers.keys()]) : []
      const detail =
        status === undefined
          ? suggestions.length === 0 && id !== undefined
            ? suggestUnconfigured(id.provider, statuses)
            : undefined
          : unconfigured(status)
      return yield* Effect.fail(new UnknownModelError({ requested: requestedModel, suggestions, detail }))
    })
  }
})

const serviceOf = <R>(
  providerClass: AnyService | RegistryProvider<R>
): Effect.Effect<Provider.Provider, Config.ConfigError, HttpClient.HttpClient | R> => providerClass.make

/** The providers that are rows of the table. */
const tableRows = Effect.map(
  Effect.promise(() => import("../ProviderTable.ts")),
  ({ ids, Service }): ReadonlyArray<AnyProvider> => ids.map((id) => Service<unknown>()(id))
)

/** A model that carries its provider. */
const bound = (
  { provider, providerClass }: Configured<Pick<AnyProvider, "model">>,
  name: string,
  options?: Provider.ModelOptions
): ChatModel<ProviderError> => {
  const model = providerClass.model(name, options)
  const context = Context.make(
    Context.Service<unknown, Provider.Provider>()(`effect-llm/providers/${provider.id}`),
    provider
  )
  return wrap(withVariant(model, { provider: Fingerprint.of(provider) }), {
    generate: (request) => Effect.provideContext(model.generate(request), context),
    stream: (request) => Stream.provideContext(model.stream(request), context)
  })
}

const unconfigured = ({ id, missing, problem }: ProviderStatus): string =>
  problem === undefined ? `${id} is not configured: set ${missing.join(" or ")}` : `${id} cannot be used: ${problem}`

/** A misspelt provider may also lack its key: says both at once. */
const suggestUnconfigured = (word: string, statuses: ReadonlyArray<ProviderStatus>): string | undefined => {
  const [near] = Nearest.find(
    word,
    statuses.map(({ id }) => id)
  )
  const status = statuses.find(({ id }) => id === near)
  return status === undefined ? undefined : `did you mean ${status.id}? ${unconfigured(status)}`
}

const suggest = (
  requestedModel: string,
  configured: ReadonlyArray<string>,
  defaultServers: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const id = ModelId.parse(requestedModel)
  if (id === undefined && requestedModel.includes("/")) return []
  if (id === undefined) return configured.map((provider) => ModelId.format({ provider, model: requestedModel }))
  return Nearest.find(id.provider, [...configured, ...defaultServers]).map((provider) =>
    ModelId.format({ provider, model: id.model })
  )
}
