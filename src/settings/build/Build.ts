import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import type * as Scope from "effect/Scope"
import * as Pricing from "effect-llm/catalog/Pricing"
import type { GuardrailError } from "effect-llm/domain/ChatResponse"
import type { UnknownModelError } from "effect-llm/domain/ModelId"
import type * as Model from "effect-llm/policies/Model"
import type { Policy } from "effect-llm/policies/Policy"
import type { Stats } from "effect-llm/router/LiveStats"
import type { Plan } from "effect-llm/router/Plan"
import type { SettingsError } from "../file/Mistake.ts"
import type { Settings } from "../schema/Settings.ts"
import * as Accounts from "./Accounts.ts"
import * as AccountBook from "./AccountBook.ts"
import type { ServedError } from "../policies/Content.ts"
import { pricesIn } from "./Deployments.ts"
import { KindDirectory } from "./KindDirectory.ts"
import * as JournalBook from "../stores/JournalBook.ts"
import { kinds } from "./Kinds.ts"
import type { Capabilities, ModelKind } from "./ModelKind.ts"
import { type OwnAccounts, OwnAccountBook, type OwnKeys } from "./OwnAccounts.ts"
import type { State } from "./State.ts"
import * as StoreBook from "../stores/StoreBook.ts"

/**
 * What settings define, ready to be called.
 *
 * @since 0.1.0
 * @category models
 */
export interface Built {
  /** The names that callers can use, of models of every kind; a pattern is among them as it was written. */
  readonly names: Effect.Effect<ReadonlyArray<string>>
  /** The model of a name. It keeps to later settings, and calls in progress end by those with which they began. */
  readonly model: <K extends ModelKind>(
    kind: K,
    name: string
  ) => Effect.Effect<Model.Model<Capabilities[K], ServedError>, UnknownModelError>
  /** What sees the texts of a chat model: for those who send them by another way. */
  readonly content: (name: string) => Effect.Effect<Policy<GuardrailError>, UnknownModelError>
  /** What would happen with a prompt, without calling anybody. */
  readonly explain: (name: string, prompt: string) => Effect.Effect<Plan, UnknownModelError>
  /** The settings in use, their accounts, and what their policies keep. */
  readonly state: Effect.Effect<Pick<State, "settings" | "accounts" | "accountOf" | "context">>
  /** What a caller calls with keys of its own; fails with what keeps a key from being used. */
  readonly withKeys: (keys: OwnKeys) => Effect.Effect<OwnAccounts, string>
  /** The live figures of the deployments of each model. */
  readonly stats: Effect.Effect<{ readonly [model: string]: ReadonlyArray<Stats> }>
  /** Puts other settings in place of these, all at once. */
  readonly replace: (settings: Settings, variables: ConfigProvider.ConfigProvider) => Effect.Effect<void, SettingsError>
}

/**
 * Makes the models of settings, and connects their stores. Keys that no entry of `providers` has come from `variables`. It fails
 * with everything that keeps accounts from being used, or else with a store that is not there within ten seconds. Where stores are
 * `connected` already, those are used, whatever the settings say.
 *
 * @since 0.1.0
 * @category constructors
 */
export const build = Effect.fnUntraced(function* (
  settings: Settings,
  variables: ConfigProvider.ConfigProvider,
  connected?: StoreBook.Connected
): Effect.fn.Return<Built, SettingsError, HttpClient.HttpClient | ChildProcessSpawner | Scope.Scope> {
  const services = yield* Effect.context<HttpClient.HttpClient | ChildProcessSpawner>()
  const scope = yield* Effect.scope
  const storesOf = yield* StoreBook.make
  const recordedBy = yield* JournalBook.make
  const directories: { readonly [K in ModelKind]: KindDirectory<K> } = {
    chat: new KindDirectory("chat"),
    embedding: new KindDirectory("embedding"),
    image: new KindDirectory("image"),
    speech: new KindDirectory("speech"),
    transcription: new KindDirectory("transcription"),
    moderation: new KindDirectory("moderation"),
    rerank: new KindDirectory("rerank")
  }
  const all = Object.values(directories)

  const stateOf = Effect.fnUntraced(function* (
    settings: Settings,
    variables: ConfigProvider.ConfigProvider
  ): Effect.fn.Return<State, SettingsError> {
    const accounts = yield* Effect.provideContext(AccountBook.make(settings, variables), services)
    const { shadowCalls, sql, stores } = connected ?? (yield* storesOf(settings.stores))
    const recorded = yield* recordedBy(settings.journal, sql)
    const known = yield* kinds
    const others = new Map<string, Accounts.Account>()
    const pricing = yield* Effect.scoped(Layer.build(Pricing.layerWith({ prices: pricesIn(settings) })))
    return {
      settings,
      accounts,
      accountOf: (provider) => {
        const account = accounts.get(provider) ?? others.get(provider)
        if (account !== undefined) return Effect.succeed(account)
        if (!known.has(provider)) return Effect.fail(`there is no provider ${provider}`)
        return Accounts.make(provider, {}, known).pipe(
          Effect.provideService(ConfigProvider.ConfigProvider, variables),
          Effect.provideContext(services),
          Effect.mapError(({ message }) => message),
          Effect.tap((account) => Effect.sync(() => others.set(provider, account)))
        )
      },
      accountWith: (provider, key) => {
        const entry = settings.providers?.[provider] ?? {}
        if (!accounts.has(provider) && !known.has(provider)) return Effect.fail(`there is no provider ${provider}`)
        return Accounts.makeWithKey(provider, entry, known, key).pipe(
          Effect.provideService(ConfigProvider.ConfigProvider, variables),
          Effect.provideContext(services),
          Effect.mapError((error) => (typeof error === "string" ? error : error.message))
        )
      },
      context: Context.merge(stores, pricing),
      recorded,
      scope,
      shadowCalls,
      moderation: (name) => directories.moderation.model(name)
    }
  })

  const book = new OwnAccountBook()
  let current: State | undefined
  const replace: Built["replace"] = Effect.fnUntraced(function* (settings, variables) {
    const state = yield* stateOf(settings, variables)
    const changes = yield* Effect.forEach(all, (directory) => directory.prepare(state))
    yield* Effect.uninterruptible(
      Effect.andThen(
        Effect.all(changes, { discard: true }),
        Effect.sync(() => (current = state))
      )
    )
  })

  const explain: Built["explain"] = (name, prompt) => {
    const { chat, ...others } = directories
    // Of a name that no kind has, the error is that of chats, with what is near it there.
    const other = Effect.firstSuccessOf(Object.values(others).map((directory) => directory.group(name)))
    const group = Effect.catch(chat.group(name), (error) => Effect.mapError(other, () => error))
    return Effect.flatMap(group, (group) => group.explain(prompt))
  }

  yield* replace(settings, variables)
  return {
    names: Effect.map(
      Effect.forEach(all, ({ names }) => names),
      (names) => [...new Set(names.flat())]
    ),
    model: (kind, name) => directories[kind].model(name),
    explain,
    content: (name) => directories.chat.content(name),
    state: Effect.suspend(() =>
      current === undefined ? Effect.die("there are no settings yet") : Effect.succeed(current)
    ),
    withKeys: (keys) =>
      Effect.suspend(() => (current === undefined ? Effect.die("there are no settings yet") : book.of(keys, current))),
    stats: Effect.map(
      Effect.forEach(all, ({ stats }) => stats),
      // What stands in for the deployments of a model is a model with figures of its own.
      (stats) =>
        Object.fromEntries(
          stats.flat().map(([name, all]) => [name, all.filter(({ model, name }) => name !== `fallback ${model}`)])
        )
    ),
    replace
  }
})
