import * as Effect from "effect/Effect"
import type { BudgetExceededError } from "effect-llm/domain/ChatResponse"
import type { LocalRateLimitError, PolicyStoreError } from "effect-llm/domain/PolicyErrors"
import type { Annotations, Journal } from "effect-llm/policies/Journal"
import type * as Policy from "effect-llm/policies/Policy"
import type { LedgerRow } from "../ledger/LedgerRow.ts"

/** What is left of a budget. */
export interface Remaining {
  readonly of: "key" | "user" | "team" | "settings"
  readonly id: string
  readonly unit: "usd" | "tokens"
  /** The name of the budget. */
  readonly window: string
  readonly limit: string
  readonly remaining: string
  readonly resetsAtMillis: number | undefined
}

/** Who makes a request, and what it may do. */
export interface Caller {
  /** The id of the key, which is no secret; `anonymous` where no keys are needed, `admin` of the administrator's key. */
  readonly id: string
  /** The name of the key, for people. */
  readonly name: string
  readonly user: string | undefined
  readonly team: string | undefined
  readonly tags: ReadonlyArray<string>
  readonly isAdmin: boolean
  /** How it is known. */
  readonly via: "nothing" | "admin key" | "key" | "token" | "session"
  /** Whether it may call the model of this name. */
  readonly permits: (model: string) => boolean
  /** Whether its requests may name this object, which is kept at an account and was not made here. */
  readonly mayName: (object: string) => boolean
  /** Its limits and budgets, and the record of its calls, around the models that it calls. */
  readonly policy: Policy.Policy<LocalRateLimitError | BudgetExceededError | PolicyStoreError, Journal>
  /** Where the calls of this request are written down. */
  readonly journal: Journal["Service"]
  /** The ids of the calls of this request, one after another, as they are written down. */
  readonly callIds: (() => string) | undefined
  /** What is left of its budgets, as this process last saw them, without querying a store. */
  readonly remaining: (nowMillis: number) => ReadonlyArray<Remaining>
  /** Whether texts of its calls may be kept; `undefined`: as the settings say. */
  readonly keepsTexts: boolean | undefined
  /** Whether its responses are kept; `undefined`: as the settings say. */
  readonly storesResponses: boolean | undefined
  /** Whether it may send provider keys of its own. */
  readonly ownProviderKeys: boolean
  /** Whose calls they are, in the record of each. */
  readonly annotations: Annotations
  /** The calls that it has made in this request, as the ledger keeps them. */
  readonly calls: ReadonlyArray<LedgerRow>
}

/** Writes nothing down. */
export const noJournal: Journal["Service"] = { append: () => {}, flush: Effect.void, dropped: Effect.succeed({}) }

const free = {
  user: undefined,
  team: undefined,
  tags: [],
  permits: () => true,
  mayName: () => true,
  policy: <M>(model: M) => model,
  journal: noJournal,
  callIds: undefined,
  remaining: () => [],
  keepsTexts: undefined,
  storesResponses: undefined,
  ownProviderKeys: true,
  annotations: {},
  calls: []
}

/** Everybody, where no keys are needed. */
export const anonymous: Caller = { ...free, id: "anonymous", name: "anonymous", via: "nothing", isAdmin: true }

/** The holder of the administrator's key. */
export const admin: Caller = {
  ...free,
  id: "admin",
  name: "admin",
  via: "admin key",
  isAdmin: true,
  annotations: { key: "admin" }
}

/** The caller of an open route. */
export const nobody: Caller = {
  ...free,
  id: "nobody",
  name: "nobody",
  via: "nothing",
  isAdmin: false,
  permits: () => false,
  mayName: () => false,
  ownProviderKeys: false
}
