import * as Arr from "effect/Array"
import type * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { BudgetStoreError } from "../BudgetStore.ts"
import type { Changes } from "./MemoryLedger.ts"
import {
  type AccountRow,
  atOnce,
  type ReservationRow,
  reservationsOf,
  rowsOf,
  tablesOf,
  unique
} from "./SqlAccounts.ts"

/** The tables of budgets under a ledger in memory. */
export const foldsOf = (sql: SqlClient) => {
  const { change, insert, lock, since, transaction } = tablesOf(sql)

  /** The reservations that were not settled. */
  const reservations = transaction(
    Effect.map(
      sql<ReservationRow>`SELECT id, account, at, amount, status, expires_at FROM effect_llm_budget_reservations
        WHERE status <> 'settled' ORDER BY at`,
      reservationsOf
    )
  )

  /** Up to which operation of the journal the tables are. */
  const position = transaction(
    Effect.map(
      sql<{ readonly position: number | bigint | string }>`SELECT position FROM effect_llm_budget_journal`,
      ([row]) => Number(row?.position ?? 0)
    )
  )

  /** Writes changes once: what was written already changes nothing. */
  const write = ({ amounts, reservations }: Changes, until: number): Effect.Effect<void, BudgetStoreError> =>
    transaction(
      Effect.gen(function* () {
        const locked = yield* lock(unique(amounts.map(({ account }) => account)))
        const [row] = yield* sql<{ readonly position: number | bigint | string }>`SELECT position
          FROM effect_llm_budget_journal`
        if (Number(row?.position ?? 0) >= until) return
        yield* change(locked, new Map(), amounts)
        for (const ids of Arr.chunksOf(reservations.keys(), atOnce))
          yield* sql`DELETE FROM effect_llm_budget_reservations WHERE ${sql.in("id", ids)}`
        for (const some of Arr.chunksOf(rowsOf(reservations), atOnce))
          yield* insert("effect_llm_budget_reservations", some)
        yield* sql`INSERT INTO effect_llm_budget_journal ${sql.insert({ id: 1, position: until })}
          ON CONFLICT (id) DO UPDATE SET position = excluded.position`
      })
    )

  return {
    position,
    reservations,
    write,
    /** What the tables have of an account since a time. */
    since: (account: string, start: number): Effect.Effect<BigDecimal.BigDecimal, BudgetStoreError> =>
      transaction(
        Effect.gen(function* () {
          const [row] = yield* sql<AccountRow>`SELECT account, start, total, pruned FROM effect_llm_budget_accounts
            WHERE account = ${account}`
          return yield* since(row, account, start)
        })
      )
  }
}
