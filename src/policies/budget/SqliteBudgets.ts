import * as BigDecimal from "effect/BigDecimal"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import {
  type Balance,
  type BudgetStore,
  BudgetStoreError,
  type Charge,
  type ReserveRequest,
  type ReserveResult
} from "../BudgetStore.ts"
import * as SqlTransaction from "../SqlTransaction.ts"
import { sum } from "./Amounts.ts"
import { MemoryLedger, type Reservation } from "./MemoryLedger.ts"
import { decode, type ReservationRow, reservationsOf, rowsOf, tablesOf, unique } from "./SqlAccounts.ts"
import { together } from "./Together.ts"

/** As many operations are one transaction. */
const most = 100

/** How long a process that has written leaves the file to others: who waits for its lock looks now and then. */
const pause = Effect.sleep("2 millis")

interface Settle {
  readonly id: string
  readonly charges: ReadonlyArray<Charge>
  readonly expiresAt: number
}

type Operation = ReserveRequest | Settle

const isReserve = (operation: Operation): operation is ReserveRequest => "demands" in operation

/**
 * Reserves and settles in SQLite, with one transaction for all operations of this process at the same time: what they need is
 * read once, changed in memory, and written once.
 */
export const sqliteBudgets = (
  sql: SqlClient,
  context: Context.Context<never>
): Pick<BudgetStore["Service"], "reserve" | "settle"> => {
  const { change, insert, lock, since } = tablesOf(sql)

  const run = Effect.fnUntraced(function* (
    operations: ReadonlyArray<Operation>
  ): Effect.fn.Return<ReadonlyArray<ReserveResult | undefined>, SqlError> {
    const ids = unique(operations.map(({ id }) => id))
    const locked = yield* lock(
      unique(operations.flatMap((one) => (isReserve(one) ? one.demands : one.charges).map(({ account }) => account)))
    )
    const rows = yield* sql<ReservationRow>`SELECT id, account, at, amount, status, expires_at
      FROM effect_llm_budget_reservations WHERE ${sql.in("id", ids)} ORDER BY at`
    const ended = new Set(rows.flatMap(({ id, status }) => (status === "settled" ? [id] : [])))
    const stored = reservationsOf(rows.filter(({ id }) => !ended.has(id)))
    const ledger = new MemoryLedger(stored, ended)
    const known = new Map<string, { readonly start: number; readonly total: BigDecimal.BigDecimal }>()

    const learn = Effect.fnUntraced(function* (account: string, start: number) {
      const total = yield* since(locked.get(account), account, start)
      known.set(account, { start, total })
      ledger.know(account, start, total)
    })
    /** What other calls have reserved counts, too. */
    const balanceOf = Effect.fnUntraced(function* (
      account: string,
      start: number
    ): Effect.fn.Return<Balance, SqlError> {
      const open = yield* sql<{ readonly amount: string }>`SELECT amount FROM effect_llm_budget_reservations
        WHERE account = ${account} AND status = 'open' AND at >= ${start} AND NOT (${sql.in("id", ids)})`
      const others = sum(open.map(({ amount }) => decode(amount)))
      const { reserved, spent } = ledger.balance(account, start)
      return { spent: BigDecimal.subtract(spent, others), reserved: BigDecimal.sum(reserved, others) }
    })
    const reserve = Effect.fnUntraced(function* (request: ReserveRequest): Effect.fn.Return<ReserveResult, SqlError> {
      for (const { account, start } of request.demands)
        if (!ledger.isKnown(account, start)) yield* learn(account, start)
      const result = ledger.reserve(request)
      if (result.granted) return result
      const demand = request.demands[result.refused]
      return demand === undefined ? result : { ...result, balance: yield* balanceOf(demand.account, demand.start) }
    })

    const results: Array<ReserveResult | undefined> = []
    const settled = new Map<string, Settle>()
    for (const operation of operations) {
      if (isReserve(operation)) {
        results.push(yield* reserve(operation))
        continue
      }
      const { charges, expiresAt, id } = operation
      results.push(undefined)
      if (ledger.isSettled(id)) continue
      settled.set(id, operation)
      ledger.end(id, charges, expiresAt)
    }

    const { amounts, reservations } = ledger.take()
    yield* change(locked, known, amounts)
    yield* write(reservations)
    yield* writeSettled([...settled.values()], stored)
    return results
  })

  const write = (reservations: ReadonlyMap<string, Reservation | undefined>) =>
    insert(
      "effect_llm_budget_reservations",
      rowsOf(reservations),
      sql`ON CONFLICT (id, account, at) DO UPDATE SET
        amount = excluded.amount, status = excluded.status, expires_at = excluded.expires_at`
    )

  /** Settled calls are remembered, so that each is charged once. */
  const writeSettled = Effect.fnUntraced(function* (
    settled: ReadonlyArray<Settle>,
    stored: ReadonlyMap<string, Reservation>
  ) {
    const reserved = settled.filter(({ id }) => stored.has(id))
    const ids = reserved.map(({ id }) => id)
    const expiresAt = Math.max(...reserved.map(({ expiresAt }) => expiresAt))
    if (ids.length > 0)
      yield* sql`UPDATE effect_llm_budget_reservations SET status = 'settled', expires_at = ${expiresAt}
        WHERE ${sql.in("id", ids)}`
    const rows = settled
      .filter(({ id }) => !stored.has(id))
      .flatMap(({ charges, expiresAt, id }) =>
        charges.map(({ account, at }) => ({ id, account, at, amount: "0", status: "settled", expires_at: expiresAt }))
      )
    yield* insert("effect_llm_budget_reservations", rows, sql`ON CONFLICT (id, account, at) DO NOTHING`)
  })

  // It is in no transaction and no trace of a caller.
  const ask = together(
    (operations: ReadonlyArray<Operation>) => Effect.provideContext(SqlTransaction.run(sql, run(operations)), context),
    most,
    (error) => isSqlError(error) && !error.reason.isRetryable,
    pause
  )
  const asked = (operation: Operation): Effect.Effect<ReserveResult | undefined, BudgetStoreError> =>
    Effect.mapError(ask(operation), (cause) => new BudgetStoreError({ cause }))

  return {
    reserve: (request) =>
      Effect.flatMap(asked(request), (result) =>
        result === undefined ? Effect.die(new Error("a reservation has no result")) : Effect.succeed(result)
      ),
    settle: (id, charges, expiresAt) => Effect.asVoid(asked({ id, charges, expiresAt }))
  }
}
