import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import { formatDecimal } from "effect-llm/catalog/Money"
import type { PolicyStoreError } from "effect-llm/domain/PolicyErrors"
import { Budgets } from "effect-llm/policies/Budgets"
import { type Called, kindOf, namedIn } from "../../../settings/policies/EachBudget.ts"
import * as Calls from "../../ledger/Calls.ts"
import type { LedgerRow } from "../../ledger/LedgerRow.ts"
import { CurrentSettings } from "../../operations/CurrentSettings.ts"
import { Store, type StoreError } from "../../store/Store.ts"
import { type Charged, ofRecord, ofSettings } from "../Grants.ts"
import { Keys } from "./Keys.ts"
import type { RecordNotFoundError } from "./RecordErrors.ts"
import type { BudgetState, Key, Team, User } from "./Records.ts"
import { Teams, Users } from "./Subjects.ts"

type NotRead = RecordNotFoundError | StoreError | PolicyStoreError

/** Where budgets stand, by the counter that calls are checked with. */
export class BudgetStates extends Context.Service<
  BudgetStates,
  {
    /** Those of a key, or of a user, or of a team alone. */
    readonly of: (kind: "key" | "user" | "team", id: string) => Effect.Effect<ReadonlyArray<BudgetState>, NotRead>
    /** Those of the settings. */
    readonly ofSettings: Effect.Effect<ReadonlyArray<BudgetState>, StoreError | PolicyStoreError>
  }
>()("effect-llm-gateway/access/BudgetStates") {
  static readonly layer: Layer.Layer<BudgetStates, never, Store | Keys | Users | Teams | CurrentSettings> =
    Layer.effect(
      this,
      Effect.suspend(() => make)
    )
}

/** How many calls are looked through for those that have each a budget, and how many of them are shown: the latest. */
const mostCalls = 1000
const mostShown = 20

/** Whose a call was, as budgets see it. */
const calledFor = ({ endUser, run, session, tags = [], user }: LedgerRow): Called => ({
  session,
  run,
  user,
  endUser,
  tags: Object.fromEntries(
    tags.map((tag) => {
      const end = tag.indexOf("=")
      return end < 0 ? [tag, ""] : [tag.slice(0, end), tag.slice(end + 1)]
    })
  )
})

const make = Effect.gen(function* () {
  const { connected, sql, use } = yield* Store
  const budgets = Context.get(connected.stores, Budgets)
  const settings = yield* CurrentSettings
  const found = { key: yield* Keys, user: yield* Users, team: yield* Teams }
  const state = (
    { each, id, name, of }: Charged,
    budget: Charged["budget"],
    whose?: string
  ): Effect.Effect<BudgetState, PolicyStoreError> =>
    Effect.map(budgets.spent(budget), ({ limit, reserved, resetsAt, spent, unpriced }) => ({
      of,
      id,
      budget: name,
      ...(each !== undefined && { each: kindOf(each) }),
      ...(whose !== undefined && { name: whose }),
      unit: budget.unit,
      limit: formatDecimal(limit),
      spent: formatDecimal(spent),
      reserved: formatDecimal(reserved),
      ...(resetsAt && { resetsAt: DateTime.formatIso(resetsAt) }),
      unpriced
    }))
  /** Of budgets that each session or run has, those of the sessions and runs that called last. */
  const states = Effect.fnUntraced(function* (all: ReadonlyArray<Charged>, filters: Calls.Filters) {
    const isEach = all.some(({ each }) => each !== undefined)
    const { calls } = isEach
      ? yield* use(Effect.provideService(Calls.page({ ...filters, limit: mostCalls }), SqlClient, sql))
      : { calls: [] }
    const found = yield* Effect.forEach(all, (one) => {
      if (one.each === undefined) return Effect.map(state(one, one.budget), (state) => [state])
      const named = new Map(
        calls.flatMap((call) => namedIn(one, calledFor(call))).map(({ budget, name }) => [name, budget])
      )
      return named.size === 0
        ? Effect.map(state(one, one.budget), (state) => [state])
        : Effect.forEach([...named].slice(0, mostShown), ([name, budget]) => state(one, budget, name))
    })
    return found.flat()
  })
  const entries = { key: "keys", user: "users", team: "teams" } as const
  return BudgetStates.of({
    of: Effect.fnUntraced(function* (kind, id) {
      const entry = settings.get()[entries[kind]]?.[id]
      const record: Effect.Effect<Key | User | Team, RecordNotFoundError | StoreError> = found[kind].get(id)
      const granted =
        entry === undefined ? ofRecord(kind, id, yield* record) : ofSettings(kind, id, entry, settings.get())
      return yield* states(granted.budgets, { [kind]: id })
    }),
    ofSettings: Effect.suspend(() => {
      const all = settings.get()
      const names = Object.keys(all.budgets ?? {})
      return states(ofSettings("key", "", { budgets: names }, all).budgets, {})
    })
  })
})
