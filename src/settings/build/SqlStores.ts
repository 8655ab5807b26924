import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Persistence from "effect/persistence/Persistence"
import * as Redacted from "effect/Redacted"
import type { SqlClient } from "effect/sql/SqlClient"
import * as NodeSqlite from "effect-llm/integrations/NodeSqlite"
import { Budgets } from "effect-llm/policies/Budgets"
import * as BudgetStoreSql from "effect-llm/policies/BudgetStoreSql"

/** Whether an address is that of a Postgres, and no file. */
export const isPostgres = (address: string): boolean => /^postgres(?:ql)?:\/\//.test(address)

/** The stores that SQL can be, in the database at an address or in a file. */
export const layer = (address: Redacted.Redacted) =>
  Layer.mergeAll(Layer.provide(Budgets.layer, BudgetStoreSql.layer), Persistence.layerSql).pipe(
    Layer.provideMerge(clientOf(address))
  )

const clientOf = (address: Redacted.Redacted): Layer.Layer<SqlClient, unknown> =>
  isPostgres(Redacted.value(address))
    ? Layer.unwrap(
        Effect.map(
          Effect.tryPromise({ try: () => import("@effect/sql-pg/PgClient"), catch: (error) => error }),
          ({ layer }) => layer({ url: address })
        )
      )
    : NodeSqlite.layer({ filename: Redacted.value(address) })
