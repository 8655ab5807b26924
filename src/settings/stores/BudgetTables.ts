import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { BudgetStore, type BudgetStoreError } from "effect-llm/policies/BudgetStore"
import * as BudgetStoreSql from "effect-llm/policies/BudgetStoreSql"
import { built } from "./Once.ts"

type Store = BudgetStore["Service"]

/** Makes what finds the store in a database that may be away: its tables are made when they are first needed and can be. */
export const inTables = Effect.map(built(BudgetStoreSql.layer), (made) => Effect.map(made, Context.get(BudgetStore)))

/** A store that is found with each operation. */
export const storeIn = (store: Effect.Effect<Store, BudgetStoreError>): Store => ({
  reserve: (request) => Effect.flatMap(store, ({ reserve }) => reserve(request)),
  settle: (id, charges, expiresAt) => Effect.flatMap(store, ({ settle }) => settle(id, charges, expiresAt)),
  renew: (ids, expiresAt) => Effect.flatMap(store, ({ renew }) => renew(ids, expiresAt)),
  expire: (now, whenAbandoned) => Effect.flatMap(store, ({ expire }) => expire(now, whenAbandoned)),
  balance: (account, start) => Effect.flatMap(store, ({ balance }) => balance(account, start))
})
