import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { formatDecimal } from "effect-llm/catalog/Money"
import type { PolicyStoreError } from "effect-llm/domain/PolicyErrors"
import { Budgets } from "effect-llm/policies/Budgets"
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
    readonly ofSettings: Effect.Effect<ReadonlyArray<BudgetState>, PolicyStoreError>
  }
>()("effect-llm-gateway/access/BudgetStates") {
  static readonly layer: Layer.Layer<BudgetStates, never, Store | Keys | Users | Teams | CurrentSettings> =
    Layer.effect(
      this,
      Effect.suspend(() => make)
    )
}

/** Whether a budget is one account, and not one for each session or run. */
const isOne = ({ each }: Charged): boolean => each === undefined

const make = Effect.gen(function* () {
  const { connected } = yield* Store
  const budgets = Context.get(connected.stores, Budgets)
  const settings = yield* CurrentSettings
  const found = { key: yield* Keys, user: yield* Users, team: yield* Teams }
  const state = ({ budget, id, name, of }: Charged): Effect.Effect<BudgetState, PolicyStoreError> =>
    Effect.map(budgets.spent(budget), ({ limit, reserved, resetsAt, spent, unpriced }) => ({
      of,
      id,
      budget: name,
      unit: budget.unit,
      limit: formatDecimal(limit),
      spent: formatDecimal(spent),
      reserved: formatDecimal(reserved),
      ...(resetsAt && { resetsAt: DateTime.formatIso(resetsAt) }),
      unpriced
    }))
  const entries = { key: "keys", user: "users", team: "teams" } as const
  return BudgetStates.of({
    of: Effect.fnUntraced(function* (kind, id) {
      const entry = settings.get()[entries[kind]]?.[id]
      const record: Effect.Effect<Key | User | Team, RecordNotFoundError | StoreError> = found[kind].get(id)
      const granted =
        entry === undefined ? ofRecord(kind, id, yield* record) : ofSettings(kind, id, entry, settings.get())
      return yield* Effect.forEach(granted.budgets.filter(isOne), state)
    }),
    ofSettings: Effect.suspend(() => {
      const all = settings.get()
      const names = Object.keys(all.budgets ?? {})
      return Effect.forEach(ofSettings("key", "", { budgets: names }, all).budgets.filter(isOne), state)
    })
  })
})
