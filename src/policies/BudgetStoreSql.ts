/**
 * Keeps budgets in SQLite or Postgres, shared by all processes that use the database.
 *
 * ```ts
 * import { Layer } from "effect"
 * import * as NodeSqlite from "effect-llm/integrations/NodeSqlite"
 * import { Budgets } from "effect-llm/policies/Budgets"
 * import * as BudgetStoreSql from "effect-llm/policies/BudgetStoreSql"
 *
 * const database = NodeSqlite.layer({ filename: "budgets.db" })
 * const budgets = Budgets.layer.pipe(Layer.provide(BudgetStoreSql.layer), Layer.provide(database))
 * ```
 *
 * Operations are in transactions of their own, also where the caller is in one: what a call has cost stays, whatever becomes of
 * the caller's transaction. Those of one process at the same time share one. With SQLite, a call within a transaction of the same
 * client would wait for it and time out.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { pruneMillis, sum } from "./budget/Amounts.ts"
import { postgresBudgets } from "./budget/PostgresBudgets.ts"
import { type AccountRow, decode, type ReservationRow, tablesOf, unique } from "./budget/SqlAccounts.ts"
import { sqliteBudgets } from "./budget/SqliteBudgets.ts"
import { migrate } from "./budget/SqlMigrations.ts"
import { type Balance, BudgetStore, type BudgetStoreError } from "./BudgetStore.ts"

/** As many reservations as end in one go. */
const batch = 1000

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { begin, change, lock, since, transaction } = tablesOf(sql)
  yield* migrate.pipe(Effect.provideService(SqlClient.BeginTransaction, begin))

  const balanceOf = Effect.fnUntraced(function* (row: AccountRow | undefined, account: string, start: number) {
    const total = yield* since(row, account, start)
    const open = yield* sql<{ readonly amount: string }>`SELECT amount FROM effect_llm_budget_reservations
      WHERE account = ${account} AND status = 'open' AND at >= ${start}`
    const reserved = sum(open.map(({ amount }) => decode(amount)))
    return { spent: BigDecimal.subtract(total, reserved), reserved } satisfies Balance
  })

  const context = yield* Effect.context<never>()
  const operations = sql.onDialectOrElse({
    pg: () => postgresBudgets(sql, context),
    orElse: () => sqliteBudgets(sql, context)
  })

  return BudgetStore.of({
    ...operations,
    renew: (ids, expiresAt) =>
      transaction(
        sql`UPDATE effect_llm_budget_reservations SET expires_at = ${expiresAt} WHERE ${sql.in("id", ids)} AND status = 'open'`
      ),
    expire: (now, whenAbandoned) =>
      transaction(
        Effect.gen(function* () {
          yield* sql`DELETE FROM effect_llm_budget_reservations WHERE expires_at <= ${now} AND status <> 'open'`
          const expired = yield* sql<{ readonly id: string; readonly account: string }>`SELECT DISTINCT id, account
            FROM effect_llm_budget_reservations WHERE expires_at <= ${now} AND status = 'open' LIMIT ${batch}`
          if (expired.length === 0) return 0
          // Of a reservation, all accounts are locked or it stays.
          const ids = unique(expired.map(({ id }) => id))
          const rows = yield* sql<{ readonly account: string }>`SELECT DISTINCT account
            FROM effect_llm_budget_reservations WHERE ${sql.in("id", ids)}`
          const locked = yield* lock(unique(rows.map(({ account }) => account)))
          const parts =
            yield* sql<ReservationRow>`SELECT id, account, at, amount, status, expires_at FROM effect_llm_budget_reservations
            WHERE ${sql.in("id", ids)} AND expires_at <= ${now} AND status = 'open'`
          const mine = parts.filter(({ account }) => locked.has(account))
          if (whenAbandoned === "release") {
            const changes = mine.map(({ account, amount, at }) => ({
              account,
              at: Number(at),
              by: BigDecimal.negate(decode(amount))
            }))
            yield* change(locked, new Map(), changes)
          }
          const ended = unique(mine.map(({ id }) => id))
          if (ended.length === 0) return 0
          const amount = whenAbandoned === "release" ? sql`, amount = '0'` : sql``
          yield* sql`UPDATE effect_llm_budget_reservations SET status = 'abandoned', expires_at = ${now + pruneMillis}${amount}
            WHERE ${sql.in("id", ended)}`
          return ended.length
        })
      ),
    balance: (account, start) =>
      transaction(
        Effect.gen(function* () {
          const [row] = yield* sql<AccountRow>`SELECT account, start, total, pruned FROM effect_llm_budget_accounts
            WHERE account = ${account}`
          return yield* balanceOf(row, account, start)
        })
      )
  })
})

/**
 * A store in the database of the `SqlClient`. It creates its tables (`effect_llm_budget_*`), and brings them up to date, when it is
 * built; several processes may start at once. Fails with a `BudgetStoreError` where it can't.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<BudgetStore, BudgetStoreError, SqlClient.SqlClient> = Layer.effect(BudgetStore, make)
