import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Result, Stream } from "effect"
import { SqlClient } from "effect/sql"
import * as NodeSqlite from "../../src/integrations/NodeSqlite.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sqlite-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const open = (filename: string, options: Partial<NodeSqlite.NodeSqliteOptions> = {}) =>
  Effect.map(Layer.build(Layer.fresh(NodeSqlite.layer({ filename, ...options }))), (context) =>
    SqlClient.SqlClient.pipe(Effect.provide(context))
  ).pipe(Effect.flatten)

describe("NodeSqlite", () => {
  it.effect("keeps numbers, bigints, text, bytes and nulls as they are", () =>
    Effect.gen(function* () {
      const sql = yield* open(":memory:")
      const beyond = BigInt(Number.MAX_SAFE_INTEGER) + 2n
      yield* sql`CREATE TABLE t (a, b, c, d, e, f, g)`
      yield* sql`INSERT INTO t ${sql.insert({ a: 7, b: beyond, c: "ü", d: new Uint8Array([1, 2]), e: null, f: 0.5, g: true })}`
      assert.deepStrictEqual(yield* sql`SELECT * FROM t`, [
        { a: 7, b: beyond, c: "ü", d: new Uint8Array([1, 2]), e: null, f: 0.5, g: 1 }
      ])
      assert.deepStrictEqual(yield* sql`SELECT a AS x, c AS x FROM t`.values, [[7, "ü"]])
      assert.deepStrictEqual(yield* sql`SELECT a FROM t WHERE e IS NOT NULL`, [])
    })
  )

  it.effect("says which file it cannot open", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "missing", "budgets.db")
      const error = yield* Effect.flip(open(filename))
      assert.include(error.message, filename)
    })
  )

  it.effect("streams more rows than one read returns", () =>
    Effect.gen(function* () {
      const sql = yield* open(":memory:")
      const numbers = sql<{
        readonly n: number
      }>`WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 300) SELECT n FROM s`
      assert.strictEqual(
        yield* Stream.runFold(
          numbers.stream,
          () => 0,
          (sum, { n }) => sum + n
        ),
        45_150
      )
      assert.lengthOf(yield* Stream.runCollect(Stream.take(numbers.stream, 3)), 3)
      assert.lengthOf(yield* numbers, 300)
    })
  )

  it.effect("rolls back what fails, also within a transaction", () =>
    Effect.gen(function* () {
      const sql = yield* open(":memory:")
      yield* sql`CREATE TABLE t (n INTEGER PRIMARY KEY)`
      const insert = (n: number) => sql`INSERT INTO t VALUES (${n})`
      const inner = sql.withTransaction(Effect.andThen(insert(2), Effect.fail("inner")))
      yield* sql.withTransaction(Effect.andThen(insert(1), Effect.exit(inner)))
      const outer = yield* Effect.exit(sql.withTransaction(Effect.andThen(insert(3), Effect.die("outer"))))
      assert.isTrue(Exit.isFailure(outer))
      assert.deepStrictEqual(yield* sql`SELECT n FROM t`, [{ n: 1 }])
    })
  )

  it.effect("reports the violated constraint or the invalid statement", () =>
    Effect.gen(function* () {
      const sql = yield* open(":memory:")
      yield* sql`CREATE TABLE t (n INTEGER UNIQUE, m INTEGER NOT NULL)`
      yield* sql`INSERT INTO t VALUES (1, 1)`
      const tagOf = <A>(statement: Effect.Effect<A, { readonly reason: { readonly _tag: string } }>) =>
        Effect.map(Effect.flip(statement), ({ reason }) => reason._tag)
      assert.strictEqual(yield* tagOf(sql`INSERT INTO t VALUES (1, 1)`), "UniqueViolation")
      assert.strictEqual(yield* tagOf(sql`INSERT INTO t VALUES (2, NULL)`), "ConstraintError")
      const wrong = yield* Effect.flip(sql`SELEC 1`)
      assert.include(wrong.message, "syntax error")
    })
  )

  it.live("shares a file: a read within a transaction stays valid until its write", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "shared.db")
      const clients = yield* Effect.forEach([0, 1, 2], () => open(filename), { concurrency: "unbounded" })
      const [first] = clients
      if (first === undefined) return assert.fail("no client")
      yield* first`CREATE TABLE counter (n INTEGER)`
      yield* first`INSERT INTO counter VALUES (0)`
      const increment = (sql: SqlClient.SqlClient) =>
        sql.withTransaction(
          Effect.gen(function* () {
            const [row] = yield* sql<{ readonly n: number }>`SELECT n FROM counter`
            yield* Effect.yieldNow
            yield* sql`UPDATE counter SET n = ${(row?.n ?? Number.NaN) + 1}`
          })
        )
      yield* Effect.forEach(
        clients.flatMap((sql) => Array.from({ length: 20 }, () => sql)),
        increment,
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(yield* first`SELECT n FROM counter`, [{ n: 60 }])
    })
  )

  it.live("waits for the lock of another client without blocking, and not for ever", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "busy.db")
      const holder = yield* open(filename)
      const other = yield* open(filename, { busyTimeout: "30 millis" })
      yield* holder`CREATE TABLE t (n INTEGER)`
      const locked = yield* Deferred.make<void>()
      const insert = Effect.andThen(holder`INSERT INTO t VALUES (1)`, Deferred.succeed(locked, undefined))
      const held = yield* Effect.forkChild(holder.withTransaction(Effect.andThen(insert, Effect.never)))
      yield* Deferred.await(locked)
      const refused = yield* Effect.result(other`INSERT INTO t VALUES (2)`)
      assert.isTrue(Result.isFailure(refused) && refused.failure.reason._tag === "LockTimeoutError")
      yield* Fiber.interrupt(held)
      yield* other`INSERT INTO t VALUES (3)`
      assert.deepStrictEqual(yield* other`SELECT n FROM t`, [{ n: 3 }])
    })
  )
})
