import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Catalog from "effect-llm/catalog/Catalog"
import { type CatalogModel, isRetired } from "effect-llm/catalog/CatalogModel"
import * as Nearest from "effect-llm/domain/Nearest"
import * as ModelId from "effect-llm/domain/ModelId"
import type { ModelInfo } from "effect-llm/domain/ModelInfo"
import * as Discovery from "effect-llm/providers/Discovery"
import type { Provider } from "effect-llm/providers/Provider"
import type { ProviderModels } from "effect-llm/providers/Registry"
import { kinds as knownProviders } from "../../settings/build/Kinds.ts"
import type { ModelKind } from "../../settings/build/ModelKind.ts"
import type { Caller } from "../access/Caller.ts"
import { Models } from "../calls/Models.ts"
import * as ModelFacts from "./ModelFacts.ts"
import * as NamedModels from "./NamedModels.ts"

/** The models of an account, as their provider lists them or the catalog knows them. */
export interface AccountModels extends ProviderModels {
  readonly facts: ReadonlyArray<ModelFacts.ModelFacts>
}

/** `refresh` asks the providers even if their lists are cached. */
export interface RefreshOptions {
  readonly refresh: boolean
}

/** The models that callers can name, and what is known about them. */
export class ModelDirectory extends Context.Service<
  ModelDirectory,
  {
    /** The models that a caller can name. */
    readonly list: (caller: Caller) => Effect.Effect<ReadonlyArray<ModelFacts.ModelFacts>>
    /** A model that a caller can name, listed or not. */
    readonly find: (caller: Caller, name: string) => Effect.Effect<ModelFacts.ModelFacts, ModelId.UnknownModelError>
    /** Finds the name to call a chat model by from its provider's name for it (`provider/model` or `model`); others stay as they are. */
    readonly nameOf: (caller: Caller, requested: string) => Effect.Effect<string>
    /** The models of every account of the settings; `refresh` asks their providers. */
    readonly accounts: (options: RefreshOptions) => Effect.Effect<ReadonlyArray<AccountModels>>
    /**
     * All models of a provider, whether or not callers can name them: of an account, or of any other provider as the catalog knows
     * it. `undefined` where there is no such provider.
     */
    readonly ofProvider: (provider: string, options: RefreshOptions) => Effect.Effect<AccountModels | undefined>
    /** The names of all providers. */
    readonly providers: Effect.Effect<ReadonlyArray<string>>
  }
>()("effect-llm-gateway/ModelDirectory") {
  static readonly layer: Layer.Layer<ModelDirectory, never, Models> = Layer.effect(
    this,
    Effect.suspend(() => make)
  )
}

const kinds = Object.keys({
  chat: true,
  embedding: true,
  image: true,
  speech: true,
  transcription: true,
  moderation: true,
  rerank: true
} satisfies { readonly [K in ModelKind]: true }) as ReadonlyArray<ModelKind>

/** A provider whose models are listed. */
interface Listing {
  readonly catalog: string
  readonly provider: Pick<Provider, "id" | "models">
}

/** How long a list waits for a provider before it takes the catalog's: clients give up on lists after a few seconds. */
const patience = "2 seconds"

const make = Effect.gen(function* () {
  const models = yield* Models
  const { index } = yield* Catalog.make()
  const discovery = yield* Discovery.make()
  /** What providers listed last, by account and model. */
  const listed = new WeakMap<object, ReadonlyMap<string, ModelInfo>>()

  const listAccount = Effect.fnUntraced(function* (account: Listing, refresh: boolean) {
    const { catalog, provider } = account
    const found = yield* discovery.models(provider, { catalog, refresh })
    if (found.from !== "catalog") listed.set(provider, new Map(found.models.map((model) => [model.id, model])))
    return found
  })

  const inTime = (account: Listing) =>
    Effect.timeoutOrElse(listAccount(account, false), {
      duration: patience,
      orElse: () => discovery.models({ ...account.provider, models: undefined }, { catalog: account.catalog })
    })

  const sources = Effect.gen(function* () {
    const { find } = yield* index
    const { accounts, settings } = yield* models.state
    const now = DateTime.makeUnsafe(yield* Clock.currentTimeMillis)
    const catalog = ({ model, provider }: ModelId.ModelId): CatalogModel | undefined => {
      const found = find(`${accounts.get(provider)?.catalog ?? provider}/${model}`)
      return found === undefined || found.match === "fuzzy" ? undefined : found.model
    }
    const facts: ModelFacts.Sources = {
      catalog,
      listed: ({ model, provider }) => {
        const account = accounts.get(provider)
        return account && listed.get(account.provider)?.get(model)
      },
      prices: settings.prices,
      today: DateTime.formatIsoDateUtc(now)
    }
    return { accounts, settings, now, facts }
  })

  /** The names that a pattern stands for, by the models of its first deployment's account. */
  const expand = Effect.fnUntraced(function* (
    { deployments, kind, name }: NamedModels.NamedModels["patterns"][number],
    { accounts, facts, now }: Effect.Success<typeof sources>
  ) {
    const id = ModelId.parse(deployments[0].model)
    const account = id && accounts.get(id.provider)
    if (id === undefined || account === undefined) return []
    const [before = "", after] = id.model.split("*")
    if (after === undefined) return []
    const { from, models } = yield* inTime(account)
    return models.flatMap((model) => {
      const isMatch =
        model.id.length >= before.length + after.length && model.id.startsWith(before) && model.id.endsWith(after)
      if (!isMatch) return []
      const known = facts.catalog({ provider: id.provider, model: model.id })
      if (known !== undefined && (known.kind !== kind || (from === "catalog" && isRetired(known, now)))) return []
      return [name.replace("*", () => model.id.slice(before.length, model.id.length - after.length))]
    })
  })

  const list = Effect.fnUntraced(function* (caller: Caller) {
    const all = yield* sources
    const { facts, settings } = all
    const named = NamedModels.of(settings)
    const further = yield* Effect.forEach(named.patterns, (pattern) => expand(pattern, all), {
      concurrency: "unbounded"
    })
    return [...new Set([...named.names, ...further.flat()])].flatMap((name) => {
      const model = caller.permits(name) ? named.find(name) : undefined
      return model === undefined ? [] : [ModelFacts.of(name, model, facts)]
    })
  })

  /** The models of an account that is in the settings, or of one that the catalog knows. */
  const ofAccount = Effect.fnUntraced(function* (account: Listing, { refresh }: RefreshOptions) {
    const found = yield* refresh ? listAccount(account, true) : inTime(account)
    const { facts, now } = yield* sources
    const { id: provider } = account.provider
    const models = found.models.flatMap(({ id }) => {
      const known = facts.catalog({ provider, model: id })
      if (found.from === "catalog" && known !== undefined && isRetired(known, now)) return []
      const kind = kinds.find((kind) => kind === known?.kind) ?? "chat"
      return [ModelFacts.of(id, { kind, deployments: [{ model: `${provider}/${id}` }] }, facts)]
    })
    return { ...found, facts: models }
  })

  const find = Effect.fnUntraced(function* (caller: Caller, name: string) {
    const { facts, settings } = yield* sources
    const named = NamedModels.of(settings)
    const model = caller.permits(name) ? named.find(name) : undefined
    if (model !== undefined) return ModelFacts.of(name, model, facts)
    const suggestions = Nearest.find(name, named.names.filter(caller.permits))
    return yield* new ModelId.UnknownModelError({ requested: name, suggestions })
  })

  return ModelDirectory.of({
    list,
    find,
    nameOf: Effect.fnUntraced(function* (caller, requested) {
      const { settings } = yield* models.state
      const named = NamedModels.of(settings)
      if (named.find(requested) !== undefined) return requested
      const found = (yield* list(caller)).find(
        ({ kind, model, provider }) => kind === "chat" && (model === requested || `${provider}/${model}` === requested)
      )
      if (found !== undefined) return found.id
      const known = (yield* index).find(requested)
      const id =
        known && known.match !== "fuzzy"
          ? ModelId.format({ provider: known.model.provider, model: known.model.id })
          : requested
      return named.find(id) === undefined ? requested : id
    }),
    accounts: Effect.fnUntraced(function* (options) {
      const { accounts } = yield* models.state
      return yield* Effect.forEach(accounts.values(), (account) => ofAccount(account, options), {
        concurrency: "unbounded"
      })
    }),
    ofProvider: Effect.fnUntraced(function* (provider, options) {
      const { accountOf, accounts, settings } = yield* models.state
      const own = accounts.get(provider)
      const account =
        own ??
        (settings.unlisted === "provider" ? Option.getOrUndefined(yield* Effect.option(accountOf(provider))) : own)
      if (account !== undefined) return yield* ofAccount(account, options)
      const { providers } = yield* index
      if (!providers.includes(provider) && !(yield* knownProviders).has(provider)) return undefined
      return yield* ofAccount({ catalog: provider, provider: { id: provider } }, options)
    }),
    providers: Effect.gen(function* () {
      const { accounts } = yield* models.state
      return [...new Set([...accounts.keys(), ...(yield* index).providers, ...(yield* knownProviders).keys()])]
    })
  })
})
