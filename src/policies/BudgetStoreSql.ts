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
 * Each operation is a transaction of its own, also where the caller is in one: what a call has cost stays, whatever becomes of
 * the caller's transaction. With SQLite, a call within a transaction of the same client would wait for it and time out.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { formatDecimal } from "../catalog/Money.ts"
import { pruneMillis, settled, sum, zero } from "./budget/Amounts.ts"
import { postgresBudgets } from "./budget/PostgresBudgets.ts"
import { type AccountRow, decode, tablesOf, unique } from "./budget/SqlAccounts.ts"
import { migrate } from "./budget/SqlMigrations.ts"
import { type Balance, BudgetStore, type BudgetStoreError, type ReserveResult } from "./BudgetStore.ts"

/** A row of `effect_llm_budget_reservations`. */
interface PartRow {
  readonly id: string
  readonly account: string
  readonly at: number | bigint | string
  readonly amount: string
  readonly status: "open" | "abandoned" | "settled"
}

/** As many reservations as end in one go. */
const batch = 1000

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { begin, change, insert, lock, since, transaction } = tablesOf(sql)
  yield* migrate.pipe(Effect.provideService(SqlClient.BeginTransaction, begin))

  const partsOf = (id: string) =>
    Effect.map(
      sql<PartRow>`SELECT id, account, at, amount, status FROM effect_llm_budget_reservations WHERE id = ${id} ORDER BY at`,
      (rows) => rows.map((row) => ({ ...row, at: Number(row.at), amount: decode(row.amount) }))
    )

  const balanceOf = Effect.fnUntraced(function* (row: AccountRow | undefined, account: string, start: number) {
    const total = yield* since(row, account, start)
    const open = yield* sql<{ readonly amount: string }>`SELECT amount FROM effect_llm_budget_reservations
      WHERE account = ${account} AND status = 'open' AND at >= ${start}`
    const reserved = sum(open.map(({ amount }) => decode(amount)))
    return { spent: BigDecimal.subtract(total, reserved), reserved } satisfies Balance
  })

  const end = (id: string, status: "abandoned" | "settled", expiresAt: number) =>
    sql`UPDATE effect_llm_budget_reservations SET status = ${status}, expires_at = ${expiresAt} WHERE id = ${id}`

  const inTransactions: Pick<BudgetStore["Service"], "reserve" | "settle"> = {
    reserve: ({ demands, expiresAt, id }) =>
      transaction(
        Effect.gen(function* () {
          const locked = yield* lock(unique(demands.map(({ account }) => account)))
          const parts = yield* partsOf(id)
          const isSettled = parts.some(({ status }) => status === "settled")
          const totals = new Map<string, { readonly start: number; readonly total: BigDecimal.BigDecimal }>()
          const granted: Array<BigDecimal.BigDecimal> = []
          for (const [refused, { account, amount, limit, start }] of demands.entries()) {
            const total = yield* since(locked.get(account), account, start)
            totals.set(account, { start, total })
            granted.push(BigDecimal.sum(total, amount))
            if (isSettled || BigDecimal.isZero(amount)) continue
            if (BigDecimal.isLessThanOrEqualTo(BigDecimal.sum(total, amount), limit)) continue
            const balance = yield* balanceOf(locked.get(account), account, start)
            return { granted: false, refused, balance } satisfies ReserveResult
          }
          const result: ReserveResult = { granted: true, totals: granted }
          if (isSettled) return result
          const changes = demands.map(({ account, amount, at }) => ({ account, at, by: amount }))
          yield* change(locked, totals, changes)
          const rows = demands.map(({ account, amount, at }) => {
            const same = parts.find((part) => part.account === account && part.at === at)
            const all = same === undefined ? amount : BigDecimal.sum(same.amount, amount)
            return { id, account, at, amount: formatDecimal(all), status: "open", expires_at: expiresAt }
          })
          const onConflict = sql`ON CONFLICT (id, account, at) DO UPDATE SET amount = excluded.amount`
          yield* insert("effect_llm_budget_reservations", rows, onConflict)
          if (parts.length > 0)
            yield* sql`UPDATE effect_llm_budget_reservations SET status = 'open', expires_at = ${expiresAt} WHERE id = ${id}`
          return result
        })
      ),
    settle: (id, charges, expiresAt) =>
      transaction(
        Effect.gen(function* () {
          const locked = yield* lock(unique(charges.map(({ account }) => account)))
          const parts = yield* partsOf(id)
          if (parts.some(({ status }) => status === "settled")) return
          const changes = charges.flatMap(({ account, amount, at }) => {
            const own = parts.filter((part) => part.account === account)
            if (own.length === 0) return [{ account, at, by: amount }]
            const used = settled(
              own.map(({ amount }) => amount),
              amount
            )
            return own.map((part, index) => ({
              account,
              at: part.at,
              by: BigDecimal.subtract(used[index] ?? zero, part.amount)
            }))
          })
          yield* change(
            locked,
            new Map(),
            changes.filter(({ by }) => !BigDecimal.isZero(by))
          )
          yield* end(id, "settled", expiresAt)
          if (parts.length > 0) return
          const rows = charges.map(({ account, at }) => ({
            id,
            account,
            at,
            amount: "0",
            status: "settled",
            expires_at: expiresAt
          }))
          yield* insert("effect_llm_budget_reservations", rows)
        })
      )
  }
  const context = yield* Effect.context<never>()
  const operations = sql.onDialectOrElse({ pg: () => postgresBudgets(sql, context), orElse: () => inTransactions })

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
          const parts = yield* sql<PartRow>`SELECT id, account, at, amount, status FROM effect_llm_budget_reservations
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
 * A store in the database of the `SqlClient`. It creates its three tables (`effect_llm_budget_*`), and brings them up to date,
 * when it is built; several processes may start at once. Fails where it can't.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<BudgetStore, BudgetStoreError, SqlClient.SqlClient> = Layer.effect(BudgetStore, make)
