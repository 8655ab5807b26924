import { createHash } from "node:crypto"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Capability, TokenCounting } from "effect-llm/domain/Capability"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import { withVariant } from "effect-llm/model/Model"
import type { AuthenticationError, QuotaExceededError } from "effect-llm/domain/CallErrors"
import type { RateLimitError } from "effect-llm/domain/ChatResponse"
import * as KeyPool from "effect-llm/policies/KeyPool"
import * as Model from "effect-llm/policies/Model"
import type { Policy } from "effect-llm/policies/Policy"
import { ClaudeCli } from "effect-llm/providers/ClaudeCli"
import * as Provider from "effect-llm/providers/Provider"
import * as ProviderSettings from "effect-llm/providers/ProviderSettings"
import type { AnyProvider, AnyService } from "effect-llm/providers/Registry"
import type { ProviderEntry } from "../schema/ProviderEntry.ts"
import { type Kinds, type ProviderKind, compatible } from "./Kinds.ts"
import type { AccountModel, Capabilities, ModelKind } from "./ModelKind.ts"
import { given } from "../Given.ts"

/** An account with a provider: makes the models that are called through it. */
export interface Account {
  readonly provider: Provider.Provider
  /** The id of its provider in the catalog. */
  readonly catalog: string
  /** `undefined` if the provider does not offer the capability. */
  readonly model: <K extends ModelKind>(
    kind: K,
    name: string,
    options?: Provider.ModelOptions
  ) => AccountModel<Capabilities[K]> | undefined
  /** Counts the tokens of requests to a model; `undefined` if the provider does not count them. */
  readonly tokenCounter: (name: string) => Model.Model<TokenCounting, ProviderError> | undefined
  /** A digest of its address and of all that it authenticates with: that of two entries which are one account of a vendor. */
  readonly identity: string
  /** `undefined` if the provider keeps no files. */
  readonly files: Files | undefined
  /** `undefined` if the provider has no batches. */
  readonly batches: Batches | undefined
}

/** The files of an account, one by one. */
export type Files = Pick<Provider.FileStore<never>, "upload" | "get" | "content" | "delete">

/** The batches of an account, one by one. */
export type Batches = Pick<Provider.BatchStore<never>, "create" | "createFromFile" | "get" | "cancel" | "results">

type Services = HttpClient.HttpClient | ChildProcessSpawner

/** Makes the account of an entry of `providers`, or of a provider that has none; its keys come from the entry, then from `Config`. */
export const make = Effect.fnUntraced(function* (
  name: string,
  entry: ProviderEntry,
  kinds: Kinds,
  isWanted: (setting: Provider.Setting) => boolean = () => true
): Effect.fn.Return<Account, Config.ConfigError, Services> {
  const id = entry.provider ?? name
  if (id === ClaudeCli.definition.id) return yield* claudeCliAccount(entry)
  const kind = kinds.get(id)
  const base = kind !== undefined && isService(kind) ? kind : undefined
  if (base === undefined) return yield* Effect.die(new Error(`no provider ${id}: the settings were not checked`))
  const service: Pick<AnyService, "definition"> = name === id ? base : Provider.Instance<unknown>()(base, { id: name })
  const options = yield* optionsOf(service.definition, entry, isWanted)
  const provider = yield* Provider.make(service.definition, options)
  const context = Context.make(Context.Service<unknown, Provider.Provider>()(`effect-llm/providers/${name}`), provider)
  const names = { catalog: id, identity: identityOf(provider.baseUrl, options) }
  return accountOf(service, context, provider, names, yield* pooling(service, entry))
})

/**
 * Makes the account of an entry with a key of somebody else's: nothing that is secret of the entry or the environment goes with it.
 * Fails where a key alone is not what the provider takes.
 */
export const makeWithKey = Effect.fnUntraced(function* (
  name: string,
  { baseUrl, options = {}, provider }: ProviderEntry,
  kinds: Kinds,
  key: Redacted.Redacted
): Effect.fn.Return<Account, Config.ConfigError | string, Services> {
  const kind = kinds.get(provider ?? name)
  const definition = kind?.definition
  const isSigned =
    definition === undefined ||
    definition.auth === "none" ||
    Predicate.hasProperty(definition, "authorize") ||
    Object.values(settingsOf(definition)).some(({ secret }) => secret === true)
  if (isSigned || !isService(kind ?? {})) return yield* Effect.fail(`${name} takes no keys of callers`)
  const entry = { provider, baseUrl, options, key }
  return yield* make(name, given(entry), kinds, isPlain)
})

/** A setting that is no part of an account: no secret, and no organization. */
const isPlain = ({ header, secret }: Provider.Setting): boolean => header === undefined && secret !== true

const isService = (kind: object): kind is AnyService => "definition" in kind && "layer" in kind

const identityOf = (baseUrl: string, options: { readonly [name: string]: unknown }): string => {
  const values = Object.entries({ ...options, baseUrl }).map(([name, value]) => [
    name,
    Redacted.isRedacted(value) ? Redacted.value(value) : value
  ])
  return createHash("sha256").update(JSON.stringify(values.sort())).digest("hex")
}

/** The options of the layer: what the entry says, else what the environment does. */
const optionsOf = Effect.fnUntraced(function* (
  definition: ProviderKind["definition"],
  entry: ProviderEntry,
  isWanted: (setting: Provider.Setting) => boolean
) {
  const isCompatible = definition.id === compatible || entry.provider === compatible
  const { baseUrl, keyNames } = ProviderSettings.namesOf(definition)
  const settings: Record<string, string | Redacted.Redacted | undefined> = {}
  for (const [name, setting] of Object.entries(settingsOf(definition))) {
    if (!isWanted(setting)) continue
    const own = entry.options?.[name]
    const value = own ?? (yield* firstSet(typeof setting.config === "string" ? [setting.config] : setting.config))
    if (value !== undefined) settings[name] = setting.secret === true ? value : Redacted.value(value)
  }
  const key =
    entry.key ??
    keysIn(entry)?.of[0] ??
    (definition.auth === "none" || isCompatible ? undefined : yield* firstSet(keyNames))
  const url = entry.baseUrl ?? (yield* firstSet([baseUrl]).pipe(Effect.map((url) => url && Redacted.value(url))))
  return { ...settings, apiKey: key, baseUrl: url, headers: entry.headers }
})

/** The further settings of a provider, by name. */
export const settingsOf = (definition: {
  readonly settings?: unknown
}): { readonly [name: string]: Provider.Setting } =>
  (definition.settings ?? {}) as { readonly [name: string]: Provider.Setting }

const firstSet = Effect.fnUntraced(function* (
  names: ReadonlyArray<string>
): Effect.fn.Return<Redacted.Redacted | undefined, Config.ConfigError> {
  for (const name of names) {
    const value = Option.getOrUndefined(yield* Config.option(Config.Redacted(name)))
    if (value !== undefined && Redacted.value(value) !== "") return value
  }
  return undefined
})

/** The keys of an account that has several. */
const keysIn = ({ keys }: ProviderEntry) => (keys !== undefined && "of" in keys ? keys : keys && { of: keys })

/** Has the models of an account use its keys in turn. */
const pooling = Effect.fnUntraced(function* (
  service: object,
  entry: ProviderEntry
): Effect.fn.Return<Policy<RateLimitError | QuotaExceededError | AuthenticationError>> {
  const keys = keysIn(entry)
  if (keys === undefined || !takesKeys(service)) return (model) => model
  const { of, ...options } = keys
  const pool = yield* KeyPool.make(
    service,
    of.map((apiKey) => ({ credentials: { apiKey } })),
    options
  )
  return pool.policy
})

type Makers = {
  readonly [K in ModelKind]: (
    name: string,
    options?: Provider.ModelOptions
  ) => AccountModel<Capabilities[K]> | undefined
}

const accountOf = (
  service: object,
  context: Context.Context<unknown>,
  provider: Provider.Provider,
  names: Pick<Account, "catalog" | "identity">,
  pooled: Effect.Success<ReturnType<typeof pooling>>
): Account => {
  const carry = carrier(context, provider)
  const carrying = <C extends Capability, E>(model: Model.Model<C, E, unknown>) => carry(pooled(model))
  const makers: Makers = {
    chat: (name, options) => (isChat(service) ? carrying(service.model(name, options)) : undefined),
    embedding: (name, options) => (embeds(service) ? carrying(service.embeddingModel(name, options)) : undefined),
    image: (name, options) => (draws(service) ? carrying(service.imageModel(name, options)) : undefined),
    speech: (name, options) => (speaks(service) ? carrying(service.speechModel(name, options)) : undefined),
    transcription: (name, options) =>
      transcribes(service) ? carrying(service.transcriptionModel(name, options)) : undefined,
    moderation: (name, options) => (moderates(service) ? carrying(service.moderationModel(name, options)) : undefined),
    rerank: (name, options) => (reranks(service) ? carrying(service.rerankModel(name, options)) : undefined)
  }
  return {
    provider,
    ...names,
    model: (kind, name, options) => makers[kind](name, options),
    tokenCounter: (name) => (counts(service) ? carrying(service.tokenCounter(name)) : undefined),
    files: keepsFiles(service) ? filesOf(service.files, context) : undefined,
    batches: makesBatches(service) ? batchesOf(service.batches, context) : undefined
  }
}

const filesOf = <R>(files: Provider.FileStore<R>, context: Context.Context<R>): Files => ({
  upload: (file) => Effect.provideContext(files.upload(file), context),
  get: (id) => Effect.provideContext(files.get(id), context),
  content: (id) => Effect.provideContext(files.content(id), context),
  delete: (id) => Effect.provideContext(files.delete(id), context)
})

const batchesOf = <R>(batches: Provider.BatchStore<R>, context: Context.Context<R>): Batches => ({
  create: (batch) => Effect.provideContext(batches.create(batch), context),
  createFromFile: (batch) => Effect.provideContext(batches.createFromFile(batch), context),
  get: (id) => Effect.provideContext(batches.get(id), context),
  cancel: (id) => Effect.provideContext(batches.cancel(id), context),
  results: (batch, order) => Stream.provideContext(batches.results(batch, order), context)
})

/** Every class of a provider takes credentials for a call. */
const takesKeys = (service: object): service is KeyPool.PooledProvider<{ readonly apiKey: Redacted.Redacted }> =>
  "withCredentials" in service

/** Which statics a class has follows from its definition; see `StaticsOf`. */
const isChat = (service: object): service is Pick<AnyProvider, "model"> => "model" in service
const embeds = (service: object): service is Provider.HasEmbeddings<unknown> => "embeddingModel" in service
const draws = (service: object): service is Provider.HasImages<unknown> => "imageModel" in service
const speaks = (service: object): service is Provider.HasSpeech<unknown> => "speechModel" in service
const transcribes = (service: object): service is Provider.HasTranscription<unknown> => "transcriptionModel" in service
const moderates = (service: object): service is Provider.HasModeration<unknown> => "moderationModel" in service
const counts = (service: object): service is Provider.HasTokenCount<unknown> => "tokenCounter" in service
const keepsFiles = (service: object): service is Provider.HasFiles<unknown> => "files" in service
const makesBatches = (service: object): service is Provider.HasBatches<unknown> => "batches" in service
const reranks = (service: object): service is Provider.HasRerank<unknown> => "rerankModel" in service

/** Binds models to an account, which is a part of the keys of caches. One that is not known shares with none. */
const carrier =
  <R>(context: Context.Context<R>, { fingerprint = crypto.randomUUID() }: Provider.Provider) =>
  <C extends Capability, E>(model: Model.Model<C, E, R>): Model.Model<C, E> =>
    Model.provideContext(withVariant(model, { provider: fingerprint }), context)

const claudeCliAccount = Effect.fnUntraced(function* (
  entry: ProviderEntry
): Effect.fn.Return<Account, Config.ConfigError, ChildProcessSpawner> {
  const command = entry.options?.command ?? (yield* firstSet(["CLAUDE_CLI_PATH"]))
  const layer = ClaudeCli.layer({ apiKey: entry.key, command: command && Redacted.value(command) })
  const provider = yield* Effect.provide(ClaudeCli, layer)
  const context = Context.make(ClaudeCli, provider)
  const carrying = carrier(context, provider)
  return {
    provider,
    catalog: ClaudeCli.definition.id,
    identity: crypto.randomUUID(),
    tokenCounter: () => undefined,
    files: undefined,
    batches: undefined,
    model: (kind, name, options) => {
      const makers: Partial<Makers> = { chat: (name) => carrying(ClaudeCli.model(name, options)) }
      return makers[kind]?.(name, options)
    }
  }
})
