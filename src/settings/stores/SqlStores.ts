import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Persistence from "effect/persistence/Persistence"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"
import * as NodeSqlite from "effect-llm/integrations/NodeSqlite"
import { Budgets } from "effect-llm/policies/Budgets"
import { BudgetStore } from "effect-llm/policies/BudgetStore"
import * as BudgetStoreSql from "effect-llm/policies/BudgetStoreSql"
import { inTables, storeIn } from "./BudgetTables.ts"
import * as Channel from "./Channel.ts"
import { isPostgres, spoolDirectory, userOf } from "./DatabaseAddress.ts"
import * as SharedAffinity from "./SharedAffinity.ts"
import { built, once } from "./Once.ts"

/** The stores that SQL can be, in the database at an address or in a file; fails where it is away. */
export const layer = (address: Redacted.Redacted) =>
  Layer.mergeAll(
    Layer.provide(Budgets.layer, BudgetStoreSql.layer),
    Persistence.layerSql,
    Layer.provide(origins(address), Persistence.layerBackingSql)
  ).pipe(Layer.provideMerge(clientOf(address)))

/** The same in a database that may be away: its tables are made when they are first needed and can be. */
export const layerPatient = (address: Redacted.Redacted) =>
  Layer.mergeAll(
    Layer.provide(Budgets.layer, budgetsOf(Redacted.value(address))),
    Layer.provide(Persistence.layer, patientPersistence),
    Layer.provide(origins(address), patientPersistence)
  ).pipe(Layer.provideMerge(clientOf(address)))

/** What only the process remembers needs no table. */
const origins = (address: Redacted.Redacted) =>
  Redacted.value(address) === ":memory:" ? Layer.empty : SharedAffinity.origins("effect-llm")

/** A Postgres is a channel too. */
const clientOf = (address: Redacted.Redacted): Layer.Layer<SqlClient, unknown> =>
  isPostgres(Redacted.value(address))
    ? Layer.unwrap(
        Effect.gen(function* () {
          const { PgClient, layer } = yield* Effect.tryPromise({
            try: () => import("@effect/sql-pg/PgClient"),
            catch: (error) => error
          })
          const username = yield* userOf(Redacted.value(address))
          return Layer.effect(Channel.Channel, Effect.map(PgClient, Channel.ofPostgres)).pipe(
            Layer.provideMerge(layer({ url: address, username }))
          )
        })
      )
    : NodeSqlite.layer({ filename: Redacted.value(address) })

/** Budgets are in the memory of a process that is alone with a file, and otherwise in tables. */
const budgetsOf = (address: string): Layer.Layer<BudgetStore, never, SqlClient> => {
  const directory = isPostgres(address) ? undefined : spoolDirectory(address)
  return directory === undefined
    ? Layer.effect(BudgetStore, Effect.map(inTables, storeIn))
    : Layer.unwrap(
        Effect.map(
          Effect.promise(() => import("./LocalBudgets.ts")),
          ({ layer }) => layer(directory)
        )
      )
}

const patientPersistence: Layer.Layer<Persistence.BackingPersistence, never, SqlClient> = Layer.effect(
  Persistence.BackingPersistence,
  Effect.map(built(Persistence.layerBackingSql), (made) =>
    Persistence.BackingPersistence.of({
      make: Effect.fnUntraced(function* (storeId) {
        const scope = yield* Effect.scope
        const store = once(
          made.pipe(
            Effect.flatMap((context) => Context.get(context, Persistence.BackingPersistence).make(storeId)),
            Effect.provideService(Scope.Scope, scope),
            Effect.catchCause((cause) =>
              Effect.fail(
                new Persistence.PersistenceError({ message: "the database is away", cause: Cause.squash(cause) })
              )
            )
          )
        )
        return {
          get: (key) => Effect.flatMap(store, ({ get }) => get(key)),
          getMany: (keys) => Effect.flatMap(store, ({ getMany }) => getMany(keys)),
          set: (key, value, ttl) => Effect.flatMap(store, ({ set }) => set(key, value, ttl)),
          setMany: (entries) => Effect.flatMap(store, ({ setMany }) => setMany(entries)),
          remove: (key) => Effect.flatMap(store, ({ remove }) => remove(key)),
          clear: Effect.flatMap(store, ({ clear }) => clear)
        }
      })
    })
  )
)
