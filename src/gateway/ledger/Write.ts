import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as SqlTransaction from "effect-llm/policies/SqlTransaction"
import { dayTable, tagTable } from "./Columns.ts"
import type { LedgerEntry, LedgerRow } from "./LedgerRow.ts"
import { dayOf, rollUp } from "./RollUp.ts"
import * as Rows from "./Rows.ts"
import * as Tables from "./Tables.ts"

/**
 * Makes a function that writes entries and their roll-ups in one transaction. What was written already changes nothing, so
 * that an entry may be written again by a writer that is not sure.
 */
export const make = () => {
  const known = new Set<string>()

  const ensure = Effect.fnUntraced(function* (sql: SqlClient, daily: Tables.Daily, day: number) {
    const name = `${daily} ${day}`
    if (known.has(name)) return
    yield* SqlTransaction.run(sql, Tables.addDay(daily, day))
    known.add(name)
  })

  return (entries: ReadonlyArray<LedgerEntry>): Effect.Effect<void, SqlError, SqlClient> =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      // Always in the same order, so that two writers of the same entries never wait for each other.
      const inOrder = entries.toSorted((a, b) => (a.row.id < b.row.id ? -1 : 1))
      const byDay = Map.groupBy(inOrder, ({ row }) => dayOf(row.at))
      const withTexts = [...byDay].filter(([, entries]) => entries.some(({ texts }) => texts !== undefined))
      // Tables come first, by themselves: who waits for a lock of tables holds none of rows.
      for (const day of byDay.keys()) yield* ensure(sql, "calls", day)
      for (const [day] of withTexts) yield* ensure(sql, "texts", day)
      yield* SqlTransaction.run(
        sql,
        Effect.gen(function* () {
          const fresh: Array<LedgerRow> = []
          for (const [day, entries] of byDay) {
            const ids = yield* Tables.insert(
              "calls",
              day,
              entries.map(({ row }) => Rows.encode(row))
            )
            for (const { row } of entries) if (ids.delete(row.id)) fresh.push(row)
          }
          for (const [day, entries] of withTexts) {
            const rows = entries.flatMap(({ row, texts }) => (texts === undefined ? [] : [{ id: row.id, texts }]))
            yield* Tables.insert("texts", day, rows)
          }
          const { days, tags } = rollUp(fresh)
          yield* Tables.addUp(dayTable, days)
          yield* Tables.addUp(tagTable, tags)
        })
      )
      // A day that was dropped meanwhile is made again.
    }).pipe(Effect.tapError(() => Effect.sync(() => known.clear())))
}
