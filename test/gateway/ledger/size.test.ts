import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import type { LedgerRow } from "../../../src/gateway/ledger/LedgerRow.ts"
import * as Write from "../../../src/gateway/ledger/Write.ts"
import { hasPostgres } from "../../services/services.ts"
import { noon, postgresDatabase, rowAt, sqliteFile, storeAt, using } from "./ledger.ts"

/** A call that says what most say: who, in which session, from a cache of prompts, with the id of its provider. */
const full = (index: number): LedgerRow =>
  rowAt(noon + index, {
    firstTokenMillis: 431,
    streamed: true,
    key: `key_8f3k2j${index % 50}`,
    user: `ann${index % 200}@example.com`,
    session: `5f0c1c0e-7a1e-4f0b-9f59-${String(index).padStart(12, "0")}`,
    model: "fast",
    provider: "anthropic",
    servedModel: "claude-haiku-4-5-20251001",
    finishReason: "stop",
    inputTokens: 18_431,
    cacheReadTokens: 17_012,
    cacheWriteTokens: 400,
    outputTokens: 612,
    reasoningTokens: 212,
    cost: `0.0${10_000 + index}25`,
    requestId: `req_011CVx${String(index).padStart(18, "0")}`
  })

const count = 20_000

const filled = (address: string) =>
  Effect.gen(function* () {
    const store = yield* Layer.build(storeAt(address))
    const write = Write.make()
    const rows = Array.from({ length: count }, (_, index) => ({ row: full(index) }))
    for (let from = 0; from < count; from += 500)
      yield* Effect.provideContext(using(write(rows.slice(from, from + 500))), store)
    return store
  })

/** The bytes of the calls alone, with their index. */
const bytes = {
  sqlite: SqlClient.SqlClient.use(
    (sql) => sql<{ readonly bytes: number }>`SELECT SUM(pgsize) AS bytes FROM dbstat WHERE name LIKE '%ledger_calls%'`
  ),
  postgres: SqlClient.SqlClient.use(
    (sql) => sql<{ readonly bytes: number }>`SELECT pg_total_relation_size('effect_llm_ledger_calls_20191120') AS bytes`
  )
}

describe("a call of the ledger", () => {
  it.live("takes less than 300 bytes in SQLite", () =>
    Effect.gen(function* () {
      const [row] = yield* Effect.provideContext(using(bytes.sqlite), yield* filled(yield* sqliteFile))
      const each = Number(row?.bytes) / count
      console.info(`SQLite: ${each} bytes a call`)
      assert.isBelow(each, 300)
      assert.isAbove(each, 100)
    })
  )

  it.live.skipIf(!hasPostgres)("takes less than 300 bytes in Postgres", () =>
    Effect.gen(function* () {
      const [row] = yield* Effect.provideContext(using(bytes.postgres), yield* filled(yield* postgresDatabase))
      const each = Number(row?.bytes) / count
      console.info(`Postgres: ${each} bytes a call`)
      assert.isBelow(each, 300)
      assert.isAbove(each, 100)
    })
  )
})
