import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import * as Journal from "../../../src/policies/Journal.ts"
import * as JournalSql from "../../../src/policies/JournalSql.ts"
import { hasPostgres, postgresLayer } from "../../services/services.ts"
import { priced } from "../priced.ts"
import { flushed, laws, model, table } from "./sqlLaws.ts"

describe.skipIf(!hasPostgres)("Postgres", () => {
  laws(postgresLayer)

  it.live("a row takes less than 300 bytes", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const name = yield* table
      yield* flushed(
        Effect.forEach(Array.from({ length: 100 }), () => Journal.annotate(model.generate("Hi"), { tenant: "acme" }))
      ).pipe(Effect.withSpan("handler"), Effect.provide(Journal.layer([JournalSql.sink({ table: name })])), priced)
      const [row] = yield* sql<{
        readonly bytes: unknown
      }>`SELECT AVG(pg_column_size(t.*)) AS bytes FROM ${sql(name)} t`
      assert.isBelow(Number(row?.bytes), 300)
    }).pipe(Effect.scoped, Effect.provide(postgresLayer))
  )
})
