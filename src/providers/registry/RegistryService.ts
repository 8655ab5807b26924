import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { wordsOf } from "../../client/Settings.ts"
import { UnknownModelError } from "../../domain/errors/UnknownModelError.ts"
import { UnknownProviderError } from "../../domain/errors/UnknownProviderError.ts"
import * as ModelId from "../../domain/ModelId.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { ChatModel } from "../../model/ChatModel.ts"
import { wrap } from "../../model/Model.ts"
import { knownProviders, knownServices } from "../KnownProviders.ts"
import type * as Provider from "../Provider.ts"
import * as Discovery from "./Discovery.ts"
import * as ProviderSettings from "../ProviderSettings.ts"
import type {
  AnyProvider,
  AnyService,
  ProviderStatus,
  RegistryOptions,
  RegistryProvider,
  RegistryShape
} from "./RegistryShape.ts"

/** A registry of the known providers and the given ones. */
export const make = Effect.fnUntraced(function* <R>(
  further: ReadonlyArray<RegistryProvider<R>>,
  { modelsTtl = "15 minutes" }: RegistryOptions
): Effect.fn.Return<RegistryShape, Config.ConfigError, HttpClient.HttpClient | R> {
  const all = new Map<string, AnyService | RegistryProvider<R>>(
    [...knownProviders, ...knownServices, ...further].map((provider) => [provider.definition.id, provider])
  )
  const configured = new Map<
    string,
    { readonly maker: AnyService | RegistryProvider<R>; readonly provider: Provider.Provider }
  >()
  /** Servers that are made when they are first asked for, at their usual address. */
  const usual = new Map<string, AnyService | RegistryProvider<R>>()
  const statuses: Array<ProviderStatus> = []
  const rows = (yield* tableRows).filter(({ definition }) => !all.has(definition.id))
  for (const maker of [...all.values(), ...rows]) {
    const { capabilities: others = {}, id } = maker.definition
    const capabilities = ["model" in maker ? ["chat"] : [], Object.keys(others)].flat()
    const missing = yield* ProviderSettings.missing(maker)
    const made = missing.length === 0 ? yield* Effect.result(serviceOf(maker)) : undefined
    if (made !== undefined && Result.isSuccess(made)) configured.set(id, { maker, provider: made.success })
    else if (made === undefined && ProviderSettings.requiresNoSettings(maker.definition)) usual.set(id, maker)
    const problem = made !== undefined && Result.isFailure(made) ? { problem: wordsOf(made.failure) } : {}
    statuses.push({ id, capabilities, configured: configured.has(id), missing, ...problem })
  }
  const discovery = yield* Discovery.make(Duration.fromInputUnsafe(modelsTtl))
  const context = yield* Effect.context<HttpClient.HttpClient | R>()
  const find = Effect.fnUntraced(function* (id: string) {
    const maker = usual.get(id)
    if (configured.has(id) || maker === undefined) return configured.get(id)
    const made = yield* Effect.result(Effect.provideContext(serviceOf(maker), context))
    return Result.isSuccess(made) ? { maker, provider: made.success } : undefined
  })
  const named = Effect.fnUntraced(function* <A>(
    asked: string,
    use: (provider: Provider.Provider) => Effect.Effect<A>
  ): Effect.fn.Return<A, UnknownProviderError> {
    const found = yield* find(asked)
    if (found !== undefined) return yield* use(found.provider)
    const status = statuses.find(({ id }) => id === asked)
    const suggestions = status === undefined ? nearest(asked, [...configured.keys(), ...usual.keys()]) : []
    const detail = status === undefined ? nearUnconfigured(asked, statuses) : unset(status)
    return yield* Effect.fail(
      new UnknownProviderError({ asked, suggestions, detail: suggestions.length === 0 ? detail : undefined })
    )
  })
  return {
    models: (provider, { refresh = false } = {}) => named(provider, (known) => discovery.models(known, { refresh })),
    health: (provider, options = {}) => named(provider, (known) => discovery.health(known, options)),
    healthAll: (options = {}) =>
      Effect.forEach(configured.values(), ({ provider }) => discovery.health(provider, options), {
        concurrency: options.concurrency ?? 8
      }),
    providers: statuses.filter(({ configured, id }) => configured || all.has(id)),
    model: Effect.fnUntraced(function* (asked, options) {
      const id = ModelId.parse(asked)
      const found = id === undefined ? undefined : yield* find(id.provider)
      if (id !== undefined && found !== undefined) {
        const { maker, provider } = found
        if ("model" in maker) return bound({ maker, provider }, id.model, options)
        return yield* Effect.fail(
          new UnknownModelError({ asked, suggestions: [], detail: `${id.provider} does not chat` })
        )
      }
      const status = statuses.find((status) => status.id === id?.provider)
      const suggestions = status?.problem === undefined ? suggest(asked, [...configured.keys()], [...usual.keys()]) : []
      const detail =
        status === undefined
          ? suggestions.length === 0 && id !== undefined
            ? nearUnconfigured(id.provider, statuses)
            : undefined
          : unset(status)
      return yield* Effect.fail(new UnknownModelError({ asked, suggestions, detail }))
    })
  }
})

const serviceOf = <R>(
  maker: AnyService | RegistryProvider<R>
): Effect.Effect<Provider.Provider, Config.ConfigError, HttpClient.HttpClient | R> => maker.make

/** The providers that are rows of the table. */
const tableRows = Effect.map(
  Effect.promise(() => import("../ProviderTable.ts")),
  ({ ids, Service }): ReadonlyArray<AnyProvider> => ids.map((id) => Service<unknown>()(id))
)

const bound = (
  { maker, provider }: { readonly maker: Pick<AnyProvider, "model">; readonly provider: Provider.Provider },
  name: string,
  options?: Provider.ModelOptions
): ChatModel<ProviderError> => {
  const model = maker.model(name, options)
  const context = Context.make(
    Context.Service<unknown, Provider.Provider>()(`effect-llm/providers/${provider.id}`),
    provider
  )
  return wrap(model, {
    generate: (request) => Effect.provideContext(model.generate(request), context),
    stream: (request) => Stream.provideContext(model.stream(request), context)
  })
}

const unset = ({ id, missing, problem }: ProviderStatus): string =>
  problem === undefined ? `${id} is not configured: set ${missing.join(" or ")}` : `${id} cannot be used: ${problem}`

/** A misspelt provider that is known may also lack its key: both are told at once. */
const nearUnconfigured = (word: string, statuses: ReadonlyArray<ProviderStatus>): string | undefined => {
  const [near] = nearest(
    word,
    statuses.map(({ id }) => id)
  )
  const status = statuses.find(({ id }) => id === near)
  return status === undefined ? undefined : `did you mean ${status.id}? ${unset(status)}`
}

const suggest = (
  asked: string,
  configured: ReadonlyArray<string>,
  usual: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const id = ModelId.parse(asked)
  if (id === undefined && asked.includes("/")) return []
  if (id === undefined) return configured.map((provider) => ModelId.format({ provider, model: asked }))
  return nearest(id.provider, [...configured, ...usual]).map((provider) =>
    ModelId.format({ provider, model: id.model })
  )
}

/**
 * The candidates that are spelt most like a word, best first: at most `most` of them, none that differs in more than a
 * third of its letters (and always those that differ in up to two).
 */
export const nearest = (word: string, candidates: Iterable<string>, most = 3): ReadonlyArray<string> =>
  [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate)

/** How many letters have to be put in, taken out or replaced (Levenshtein). */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
