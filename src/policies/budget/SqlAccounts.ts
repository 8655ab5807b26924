import * as Arr from "effect/Array"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { formatDecimal } from "../../catalog/Money.ts"
import { BudgetStoreError } from "../BudgetStore.ts"
import * as SqlTransaction from "../SqlTransaction.ts"
import { keptMillis, pruneMillis, sum, zero } from "./Amounts.ts"
import type { Change, Reservation } from "./MemoryLedger.ts"

/** A row of `effect_llm_budget_accounts`: the sum of the amounts since `start`. */
export interface AccountRow {
  readonly account: string
  readonly start: number | bigint | string
  readonly total: string
  readonly pruned: number | bigint | string
}

/** A row of `effect_llm_budget_reservations`: a part of the reservation of a call. */
export interface ReservationRow {
  readonly id: string
  readonly account: string
  readonly at: number | bigint | string
  readonly amount: string
  readonly status: Reservation["status"] | "settled"
  readonly expires_at: number | bigint | string
}

export const decode = (amount: string | undefined): BigDecimal.BigDecimal =>
  amount === undefined ? zero : BigDecimal.fromStringUnsafe(amount)

/** The reservations that rows are parts of, in their order; settled ones are none. */
export const reservationsOf = (rows: ReadonlyArray<ReservationRow>): ReadonlyMap<string, Reservation> => {
  const all = new Map<string, Reservation>()
  for (const { account, amount, at, expires_at, id, status } of rows) {
    if (status === "settled") continue
    const known = all.get(id) ?? { status, expiresAt: Number(expires_at), parts: [] }
    known.parts.push({ account, at: Number(at), amount: decode(amount) })
    all.set(id, known)
  }
  return all
}

/** The rows of reservations; one that is `undefined` has none. */
export const rowsOf = (reservations: ReadonlyMap<string, Reservation | undefined>) =>
  [...reservations].flatMap(([id, reservation]) =>
    reservation === undefined
      ? []
      : reservation.parts.map(({ account, amount, at }) => ({
          id,
          account,
          at,
          amount: formatDecimal(amount),
          status: reservation.status,
          expires_at: reservation.expiresAt
        }))
  )

/** As many rows are read or written in one statement: databases limit its parameters. */
export const atOnce = 1000

export const unique = (names: Iterable<string>): ReadonlyArray<string> => [...new Set(names)].toSorted()

/** The tables of budgets, one transaction at a time. */
export const tablesOf = (sql: SqlClient.SqlClient) => {
  const begin = sql.onDialectOrElse({ sqlite: () => "BEGIN IMMEDIATE", orElse: () => undefined })
  const transaction = <A>(effect: Effect.Effect<A, SqlError>): Effect.Effect<A, BudgetStoreError> =>
    Effect.mapError(SqlTransaction.run(sql, effect), (cause) => new BudgetStoreError({ cause }))

  const insert = (table: string, rows: ReadonlyArray<Record<string, unknown>>, onConflict = sql``) =>
    Arr.isReadonlyArrayNonEmpty(rows)
      ? Effect.asVoid(sql`INSERT INTO ${sql(table)} ${sql.insert(rows)} ${onConflict}`)
      : Effect.void

  const lockSome = Effect.fnUntraced(function* (accounts: ReadonlyArray<string>) {
    const create = insert(
      "effect_llm_budget_accounts",
      accounts.map((account) => ({ account, start: 0, total: "0", pruned: 0 })),
      sql`ON CONFLICT (account) DO NOTHING`
    )
    const forUpdate = sql.onDialectOrElse({ sqlite: () => sql``, orElse: () => sql`FOR UPDATE` })
    const select = sql<AccountRow>`SELECT account, start, total, pruned FROM effect_llm_budget_accounts
      WHERE ${sql.in("account", accounts)} ORDER BY account ${forUpdate}`
    // A transaction of SQLite is the only one: there, accounts that are not new need no insertion.
    const known = yield* sql.onDialectOrElse({ sqlite: () => select, orElse: () => Effect.succeed([]) })
    return known.length === accounts.length ? known : yield* Effect.andThen(create, select)
  })

  /** Locks accounts, always in the same order, and creates those that are new. */
  const lock = (accounts: ReadonlyArray<string>): Effect.Effect<ReadonlyMap<string, AccountRow>, SqlError> =>
    Effect.map(
      Effect.forEach(Arr.chunksOf(accounts, atOnce), lockSome),
      (rows) => new Map(rows.flat().map((row) => [row.account, row]))
    )

  const since = Effect.fnUntraced(function* (row: AccountRow | undefined, account: string, start: number) {
    if (row !== undefined && Number(row.start) === start) return decode(row.total)
    const rows = yield* sql<{ readonly amount: string }>`SELECT amount FROM effect_llm_budget_amounts
      WHERE account = ${account} AND at >= ${start}`
    return sum(rows.map(({ amount }) => decode(amount)))
  })

  /** Changes amounts, and the sums of their accounts with them. */
  const change = Effect.fnUntraced(function* (
    locked: ReadonlyMap<string, AccountRow>,
    totals: ReadonlyMap<string, { readonly start: number; readonly total: BigDecimal.BigDecimal }>,
    changes: ReadonlyArray<Change>
  ) {
    for (const account of unique(changes.map(({ account }) => account))) {
      const row = locked.get(account)
      const known = totals.get(account) ?? { start: Number(row?.start ?? 0), total: decode(row?.total) }
      const own = changes.filter((change) => change.account === account)
      const byTime = new Map<number, BigDecimal.BigDecimal>()
      for (const { at, by } of own) byTime.set(at, BigDecimal.sum(byTime.get(at) ?? zero, by))
      for (const [at, by] of byTime) {
        const [before] = yield* sql<{ readonly amount: string }>`SELECT amount FROM effect_llm_budget_amounts
          WHERE account = ${account} AND at = ${at}`
        const amount = formatDecimal(BigDecimal.sum(decode(before?.amount), by))
        yield* sql`INSERT INTO effect_llm_budget_amounts ${sql.insert({ account, at, amount })}
          ON CONFLICT (account, at) DO UPDATE SET amount = excluded.amount`
      }
      const total = sum([known.total, ...own.filter(({ at }) => at >= known.start).map(({ by }) => by)])
      const now = Math.max(...byTime.keys())
      const isDue = now - Number(row?.pruned ?? 0) > pruneMillis
      if (isDue) yield* prune(account, known.start, now)
      yield* sql`UPDATE effect_llm_budget_accounts SET start = ${known.start}, total = ${formatDecimal(total)},
        pruned = ${isDue ? now : Number(row?.pruned ?? 0)} WHERE account = ${account}`
    }
  })

  /** Adds up what needs not be kept by time any longer, under time 0. */
  const prune = Effect.fnUntraced(function* (account: string, start: number, now: number) {
    const before = start === 0 ? now - keptMillis : Math.min(start, now - keptMillis)
    const old = yield* sql<{ readonly amount: string }>`SELECT amount FROM effect_llm_budget_amounts
      WHERE account = ${account} AND at < ${before}`
    if (old.length < 2) return
    const amount = formatDecimal(sum(old.map(({ amount }) => decode(amount))))
    yield* sql`DELETE FROM effect_llm_budget_amounts WHERE account = ${account} AND at < ${before}`
    yield* sql`INSERT INTO effect_llm_budget_amounts ${sql.insert({ account, at: 0, amount })}`
  })

  return { begin, transaction, insert, lock, since, change }
}
