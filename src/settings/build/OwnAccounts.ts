import { createHash } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as ModelId from "effect-llm/domain/ModelId"
import * as Model from "effect-llm/policies/Model"
import type { Deployment, Model as ModelSettings } from "../schema/Model.ts"
import type { Settings } from "../schema/Settings.ts"
import type { Account } from "./Accounts.ts"
import { CallerBudgets, none } from "../policies/CallerBudgets.ts"
import type { ServedError } from "../policies/Content.ts"
import { KindDirectory } from "./KindDirectory.ts"
import type { Capabilities, ModelKind } from "./ModelKind.ts"
import type { State } from "./State.ts"

/** Keys that a caller brings, by the names of the accounts whose place they take. */
export type OwnKeys = ReadonlyMap<string, Redacted.Redacted>

/** Accounts and models that use a caller's own keys. */
export interface OwnAccounts {
  readonly accounts: ReadonlyMap<string, Account>
  /** The model of a name, at these accounts and no others; `undefined` where none of them serves it. */
  readonly model: <K extends ModelKind>(
    kind: K,
    name: string
  ) => Effect.Effect<Model.Model<Capabilities[K], ServedError> | undefined>
}

/** As many sets of keys are remembered. */
const capacity = 200

/**
 * Makes the accounts of callers who bring their own keys, and their models. Nothing is shared with anybody else: no circuit, no place,
 * no cached response; and no budget is charged.
 */
export class OwnAccountBook {
  #state: State | undefined
  readonly #known = new Map<string, OwnAccounts>()

  /** Fails with what keeps a key from being used. */
  of(keys: OwnKeys, state: State): Effect.Effect<OwnAccounts, string> {
    return Effect.suspend(() => {
      if (this.#state !== state) this.#known.clear()
      this.#state = state
      const digest = digestOf(keys)
      const known = this.#known.get(digest)
      if (known !== undefined) {
        this.#known.delete(digest)
        this.#known.set(digest, known)
        return Effect.succeed(known)
      }
      return Effect.tap(make(keys, state), (made) =>
        Effect.sync(() => {
          this.#known.set(digest, made)
          const [oldest] = this.#known.size > capacity ? this.#known.keys() : []
          if (oldest !== undefined) this.#known.delete(oldest)
        })
      )
    })
  }
}

const digestOf = (keys: OwnKeys): string => {
  const all = [...keys].map(([provider, key]) => [provider, Redacted.value(key)]).sort()
  return createHash("sha256").update(JSON.stringify(all)).digest("hex")
}

const uncharged = Context.make(CallerBudgets, none)

const make = Effect.fnUntraced(function* (keys: OwnKeys, state: State): Effect.fn.Return<OwnAccounts, string> {
  const accounts = new Map<string, Account>()
  for (const [provider, key] of keys) accounts.set(provider, yield* state.accountWith(provider, key))
  const own: State = {
    ...state,
    accounts,
    settings: atAccounts(state.settings, accounts),
    accountOf: (provider) => {
      const account = accounts.get(provider)
      return account === undefined ? Effect.fail(`there is no own key of ${provider}`) : Effect.succeed(account)
    }
  }
  const directories = new Map<ModelKind, KindDirectory<ModelKind>>()
  const directoryOf = Effect.fnUntraced(function* <K extends ModelKind>(kind: K) {
    // A directory is that of the kind under which it is kept.
    const known = directories.get(kind) as KindDirectory<K> | undefined
    if (known !== undefined) return known
    const directory = new KindDirectory<K>(kind)
    yield* yield* directory.prepare(own)
    directories.set(kind, directory as unknown as KindDirectory<ModelKind>)
    return directory
  })
  const models = new Map<string, unknown>()
  return {
    accounts,
    model: Effect.fnUntraced(function* <K extends ModelKind>(kind: K, name: string) {
      type Own = Model.Model<Capabilities[K], ServedError>
      const directory = yield* directoryOf(kind)
      const model = yield* Effect.catch(directory.model(name), () => Effect.undefined)
      if (model === undefined) return undefined
      const at = `${kind} ${name}`
      // What is kept for a kind has its type.
      const known = models.get(at) as Own | undefined
      if (known !== undefined) return known
      if (models.size >= capacity) models.clear()
      const own: Own = Model.provideContext(model, uncharged)
      models.set(at, own)
      return own
    })
  }
})

/** What is shared with others by its own name, or charged to somebody. */
const apart = { circuitBreaker: false, limits: false, budgets: false } as const
const unshared = { cache: false, coalesce: false } as const

/** The settings with those deployments that are at some accounts. */
const atAccounts = ({ fallbacks: _, ...settings }: Settings, accounts: ReadonlyMap<string, Account>): Settings => ({
  ...settings,
  models: Object.fromEntries(
    Object.entries(settings.models).flatMap(([name, { deployments, fallbacks: _, ...model }]) => {
      const [first, ...others] = deployments.flatMap((deployment): ReadonlyArray<Deployment> =>
        accounts.has(ModelId.parse(deployment.model)?.provider ?? "")
          ? [{ ...deployment, policies: { ...deployment.policies, ...apart } }]
          : []
      )
      const own: ModelSettings | undefined = first && {
        ...model,
        policies: { ...model.policies, ...unshared },
        deployments: [first, ...others]
      }
      return own === undefined ? [] : [[name, own] as const]
    })
  )
})
