import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import * as Drain from "../../../src/gateway/ledger/Drain.ts"
import type { LedgerEntry } from "../../../src/gateway/ledger/LedgerRow.ts"
import { folder, noon, rowAt, storeAt, using } from "./ledger.ts"
import { StoreError } from "../../../src/gateway/store/Store.ts"

/** A database that takes what it is told to take. */
const scripted = (takes: (entries: ReadonlyArray<LedgerEntry>) => "away" | "refused" | undefined) => {
  const written: Array<string> = []
  const write = (entries: ReadonlyArray<LedgerEntry>) =>
    Effect.suspend(() => {
      const wrong = takes(entries)
      if (wrong !== undefined) return Effect.fail(wrong)
      written.push(...entries.map(({ row }) => row.id))
      return Effect.void
    })
  return { written, database: { write, isAway: (error: "away" | "refused") => Effect.succeed(error === "away") } }
}

const drainOf = <E>(database: Drain.Database<E>) =>
  Effect.flatMap(folder, (directory) =>
    Drain.make(database, {
      directory: `${directory}/spool`,
      instance: "test",
      maxBytes: 1_000_000,
      interval: "10 millis",
      flushTimeout: "1 second"
    })
  )

const sqlOf = (statement: string) => SqlClient.SqlClient.use((sql) => sql.unsafe(statement))

const entries = Array.from({ length: 50 }, (_, index): LedgerEntry => ({ row: rowAt(noon + index) }))

describe("what waits for the ledger's database", () => {
  it.effect("survives an outage of any length, also while rows are tried one at a time", () =>
    Effect.gen(function* () {
      let hasRoom = false
      // A batch may be refused as a whole before its rows meet the fault.
      const { database, written } = scripted((entries) =>
        entries.length > 1 ? "refused" : hasRoom ? undefined : "away"
      )
      const drain = yield* drainOf(database)
      for (const entry of entries) drain.append(entry)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(written, [])
      assert.deepInclude(yield* drain.state, { dropped: 0, isBehind: true })
      hasRoom = true
      yield* TestClock.adjust("1 minute")
      assert.sameMembers(
        written,
        entries.map(({ row }) => row.id)
      )
      assert.deepStrictEqual(yield* drain.state, { waiting: 0, dropped: 0, isBehind: false })
    })
  )

  it.effect("is written without the row that is refused, which is counted", () =>
    Effect.gen(function* () {
      const bad = entries[7]
      const { database, written } = scripted((entries) =>
        bad !== undefined && entries.some(({ row }) => row.id === bad.row.id) ? "refused" : undefined
      )
      const drain = yield* drainOf(database)
      for (const entry of entries) drain.append(entry)
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(written, entries.length - 1)
      assert.deepStrictEqual(yield* drain.state, { waiting: 0, dropped: 1, isBehind: false })
    })
  )
})

describe("a file of SQLite", () => {
  for (const [fault, pragma] of [
    ["full", "max_page_count = 1"],
    ["read only", "query_only = 1"]
  ] as const)
    it.live(`that is ${fault} is away, and refuses no row`, () =>
      Effect.gen(function* () {
        const directory = yield* folder
        const error = yield* Effect.gen(function* () {
          yield* using(sqlOf(`PRAGMA ${pragma}`))
          return yield* Effect.flip(using(sqlOf("CREATE TABLE more (id TEXT)")))
        }).pipe(Effect.provide(storeAt(`${directory}/gateway.db`)))
        assert.instanceOf(error, StoreError)
        assert.isTrue(error.isAway)
      })
    )
})
