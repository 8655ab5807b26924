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
import * as Channel from "./Channel.ts"
import * as SharedAffinity from "./SharedAffinity.ts"
import { once } from "./Once.ts"

/** Whether an address is that of a Postgres, and no file. */
export const isPostgres = (address: string): boolean => /^postgres(?:ql)?:\/\//.test(address)

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
    Layer.provide(Budgets.layer, patientBudgets),
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
        Effect.map(
          Effect.tryPromise({ try: () => import("@effect/sql-pg/PgClient"), catch: (error) => error }),
          ({ PgClient, layer }) =>
            Layer.effect(Channel.Channel, Effect.map(PgClient, Channel.ofPostgres)).pipe(
              Layer.provideMerge(layer({ url: address }))
            )
        )
      )
    : NodeSqlite.layer({ filename: Redacted.value(address) })

/** What a layer makes, made when it first succeeds. */
const built = <S, E, R>(layer: Layer.Layer<S, E, R>) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<R>()
    const scope = yield* Effect.scope
    return once(Effect.provideContext(Layer.buildWithScope(layer, scope), context))
  })

const patientBudgets: Layer.Layer<BudgetStore, never, SqlClient> = Layer.effect(
  BudgetStore,
  Effect.map(built(BudgetStoreSql.layer), (made) => {
    const store = Effect.map(made, Context.get(BudgetStore))
    return BudgetStore.of({
      reserve: (request) => Effect.flatMap(store, ({ reserve }) => reserve(request)),
      settle: (id, charges, expiresAt) => Effect.flatMap(store, ({ settle }) => settle(id, charges, expiresAt)),
      renew: (ids, expiresAt) => Effect.flatMap(store, ({ renew }) => renew(ids, expiresAt)),
      expire: (now, whenAbandoned) => Effect.flatMap(store, ({ expire }) => expire(now, whenAbandoned)),
      balance: (account, start) => Effect.flatMap(store, ({ balance }) => balance(account, start))
    })
  })
)

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
