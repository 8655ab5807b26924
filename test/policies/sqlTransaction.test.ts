import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as SqlTransaction from "../../src/policies/SqlTransaction.ts"
import { hasPostgres, postgresUrl } from "../services/services.ts"

const client = Effect.flatMap(postgresUrl, (url) =>
  Layer.build(Layer.fresh(PgClient.layer({ url: Redacted.make(url) })))
)

describe.skipIf(!hasPostgres)("a transaction", () => {
  it.live("that Postgres aborts because of another is repeated from its start", () =>
    Effect.gen(function* () {
      const sql = Context.get(yield* client, SqlClient.SqlClient)
      const table = sql(`deadlocked_${process.pid}`)
      yield* sql`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, sum INTEGER NOT NULL)`
      yield* sql`INSERT INTO ${table} (id, sum) VALUES (1, 0), (2, 0)`
      const bothHoldOne = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      let runs = 0
      const add = (own: 0 | 1) =>
        SqlTransaction.run(
          sql,
          Effect.gen(function* () {
            runs++
            yield* sql`UPDATE ${table} SET sum = sum + 1 WHERE id = ${own + 1}`
            yield* Deferred.succeed(bothHoldOne[own] ?? (yield* Effect.die("no such")), undefined)
            yield* Deferred.await(bothHoldOne[1 - own] ?? (yield* Effect.die("no such")))
            yield* sql`UPDATE ${table} SET sum = sum + 1 WHERE id = ${2 - own}`
          })
        )
      yield* Effect.all([add(0), add(1)], { concurrency: 2 })
      assert.deepStrictEqual(yield* sql`SELECT id, sum FROM ${table} ORDER BY id`, [
        { id: 1, sum: 2 },
        { id: 2, sum: 2 }
      ])
      assert.isAtLeast(runs, 3)
    })
  )

  it.live("is ended by Postgres 5 s after its process fell silent", () =>
    Effect.gen(function* () {
      const sql = Context.get(yield* client, SqlClient.SqlClient)
      const show = sql`SHOW idle_in_transaction_session_timeout`
      const within = yield* SqlTransaction.run(sql, show)
      assert.deepStrictEqual(within, [{ idle_in_transaction_session_timeout: "5s" }])
      assert.deepStrictEqual(yield* show, [{ idle_in_transaction_session_timeout: "0" }])
    })
  )

  it.live("that fails by itself is undone and runs once", () =>
    Effect.gen(function* () {
      const sql = Context.get(yield* client, SqlClient.SqlClient)
      const table = sql(`undone_${process.pid}`)
      yield* sql`CREATE TABLE ${table} (id INTEGER PRIMARY KEY)`
      let runs = 0
      const insert = SqlTransaction.run(
        sql,
        Effect.gen(function* () {
          runs++
          yield* sql`INSERT INTO ${table} (id) VALUES (1)`
          yield* sql`INSERT INTO ${table} (id) VALUES (1)`
        })
      )
      assert.strictEqual((yield* Effect.flip(insert)).reason._tag, "UniqueViolation")
      assert.deepStrictEqual(yield* sql`SELECT id FROM ${table}`, [])
      assert.strictEqual(runs, 1)
    })
  )
})
