import { NodeServices } from "@effect/platform-node"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, FileSystem, Layer, Logger, Path, Redacted, Schedule } from "effect"
import * as UserDirectories from "effect/persistence/UserDirectories"
import { SqlClient } from "effect/sql"
import { DatabaseSync } from "node:sqlite"
import { defaultDatabase } from "../../../src/gateway/store/DefaultDatabase.ts"
import { migrate, type Migrations } from "../../../src/gateway/store/Migrations.ts"
import { Store } from "../../../src/gateway/store/Store.ts"
import * as NodeSqlite from "../../../src/integrations/NodeSqlite.ts"
import { gate } from "../../services/gate.ts"
import { hasPostgres, postgresUrl } from "../../services/services.ts"

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeServices.layer)
)

const store = (database: string) =>
  Effect.map(Layer.build(Layer.fresh(Store.layer(undefined, Redacted.make(database)))), Context.get(Store))

/** Counts how often its step was taken: each inserts a row. */
const counting = (area: string, steps: number): Migrations => ({
  area,
  steps: Object.fromEntries(
    Array.from({ length: steps }, (_, index) => [
      `${index + 1}_step`,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        if (index === 0) yield* sql`CREATE TABLE ${sql(`taken_${area}`)} (step INTEGER NOT NULL)`
        yield* sql`INSERT INTO ${sql(`taken_${area}`)} (step) VALUES (${index + 1})`
      })
    ])
  )
})

const eachStepIsTakenOnce = (client: Layer.Layer<SqlClient.SqlClient, unknown>, area: string) =>
  Effect.gen(function* () {
    const processes = yield* Effect.forEach(Array.from({ length: 6 }), () => Layer.build(Layer.fresh(client)), {
      concurrency: "unbounded"
    })
    for (const steps of [1, 3])
      yield* Effect.forEach(processes, (process) => Effect.provideContext(migrate([counting(area, steps)]), process), {
        concurrency: "unbounded"
      })
    const [first] = processes
    assert(first !== undefined)
    const sql = Context.get(first, SqlClient.SqlClient)
    const rows = yield* sql<{ readonly step: number }>`SELECT step FROM ${sql(`taken_${area}`)} ORDER BY step`
    assert.deepStrictEqual(
      rows.map(({ step }) => step),
      [1, 2, 3]
    )
  })

describe("migrations", () => {
  it.live("run each step once in a SQLite file, with concurrent starts", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* eachStepIsTakenOnce(NodeSqlite.layer({ filename: `${folder}/gateway.db` }), "counting")
    })
  )

  it.live.skipIf(!hasPostgres)("run each step once in Postgres, with concurrent starts", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* postgresUrl)
      yield* eachStepIsTakenOnce(PgClient.layer({ url }), `counting${process.pid}`)
    })
  )
})

/** What a version with fewer steps says and does beside one with more, and what becomes of what it wrote. */
const oneBesideTheOther = (client: Layer.Layer<SqlClient.SqlClient, unknown>, area: string) =>
  Effect.gen(function* () {
    const logged: Array<string> = []
    const logger = Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])
    const [older, newer] = [yield* Layer.build(Layer.fresh(client)), yield* Layer.build(Layer.fresh(client))]
    const start = (process: Context.Context<SqlClient.SqlClient>, steps: number) =>
      Effect.provide(Effect.provideContext(migrate([counting(area, steps)]), process), logger)
    const { sql, write } = yield* Effect.provideContext(
      Effect.map(SqlClient.SqlClient, (sql) => ({
        sql,
        write: sql`INSERT INTO ${sql(`taken_${area}`)} (step) VALUES (0)`
      })),
      older
    )
    yield* start(older, 1)
    yield* write
    yield* start(newer, 3)
    assert.deepStrictEqual(logged, [])
    yield* write
    yield* start(older, 1)
    assert.lengthOf(logged, 1)
    assert.include(logged[0], `A newer version of the gateway has upgraded this database (tables for ${area})`)
    yield* write
    const rows = yield* sql<{ readonly step: number }>`SELECT step FROM ${sql(`taken_${area}`)} ORDER BY step`
    assert.deepStrictEqual(
      rows.map(({ step }) => step),
      [0, 0, 0, 1, 2, 3]
    )
  })

describe("two versions on one database", () => {
  it.live(
    "work on one SQLite file: the newer upgrades its tables, the older keeps working and logs that there is a newer one",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        yield* oneBesideTheOther(NodeSqlite.layer({ filename: `${folder}/gateway.db` }), "versions")
      })
  )

  it.live.skipIf(!hasPostgres)("work on one Postgres", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* postgresUrl)
      yield* oneBesideTheOther(PgClient.layer({ url }), `versions${process.pid}`)
    })
  )
})

const versionOf = ({ sql, use }: Store["Service"]) =>
  Effect.map(use(sql<{ readonly version: number | string }>`SELECT version FROM effect_llm_access_version`), (rows) =>
    rows.map(({ version }) => Number(version))
  )

describe("a database", () => {
  it.live("creates its tables before it is first used", () =>
    Effect.gen(function* () {
      const file = `${yield* temporary}/gateway.db`
      assert.deepStrictEqual(yield* versionOf(yield* store(file)), [1])
      const again = yield* store(file)
      assert.deepStrictEqual(yield* versionOf(again), [1])
      assert.isTrue(yield* again.isReady)
    })
  )

  it.live("is not ready while it can only be read", () =>
    Effect.gen(function* () {
      const file = `${yield* temporary}/gateway.db`
      const { isReady, responds } = yield* store(file)
      const readyAs = (expected: boolean) =>
        Effect.repeat(isReady, { until: (ready) => ready === expected, schedule: Schedule.spaced("50 millis") }).pipe(
          Effect.timeout("20 seconds")
        )
      yield* readyAs(true)
      const other = new DatabaseSync(file)
      other.exec("BEGIN IMMEDIATE")
      yield* readyAs(false)
      assert.isTrue(yield* responds)
      other.exec("COMMIT")
      other.close()
      yield* readyAs(true)
    })
  )

  it.live.skipIf(!hasPostgres)("is not ready while a Postgres is read-only", () =>
    Effect.gen(function* () {
      const { isReady, responds, sql } = yield* store(yield* postgresUrl)
      const readOnly = Effect.andThen(sql`SET TRANSACTION READ ONLY`, Effect.all({ responds, isReady }))
      // Its transaction is rolled back, since a statement failed.
      const seen = yield* Effect.flip(sql.withTransaction(Effect.flatMap(readOnly, Effect.fail)))
      assert.deepStrictEqual(seen, { responds: true, isReady: false })
    })
  )

  it.live("that rejects a statement does not count as unavailable", () =>
    Effect.gen(function* () {
      const { sql, use } = yield* store(":memory:")
      const error = yield* Effect.flip(use(sql`INSERT INTO effect_llm_access_version (id, version) VALUES (1, 1)`))
      assert.strictEqual(error._tag, "StoreError")
      assert.isFalse(error.isAway)
      assert.include(error.message, "refused a statement: UNIQUE constraint failed")
    })
  )

  it.live.skipIf(!hasPostgres)(
    "that cancels a statement or aborts a transaction does not count as unavailable, and has the reason",
    () =>
      Effect.gen(function* () {
        const { sql, use } = yield* store(yield* postgresUrl)
        const slow = sql.withTransaction(Effect.andThen(sql`SET LOCAL statement_timeout = 20`, sql`SELECT pg_sleep(5)`))
        const error = yield* Effect.flip(use(slow))
        assert.deepInclude(error, { _tag: "StoreError", isAway: false })
        assert.strictEqual(
          error.message,
          "the gateway's database refused a statement: canceling statement due to statement timeout"
        )
      })
  )

  it.live.skipIf(!hasPostgres)("that rejects its address prevents the start of a gateway, with advice", () =>
    Effect.gen(function* () {
      const url = new URL(yield* postgresUrl)
      const refusal = (change: Partial<Record<"username" | "pathname", string>>) =>
        Effect.map(Effect.flip(store(Object.assign(new URL(url), change).href)), ({ message }) => message)
      const unknown = yield* refusal({ pathname: "/nowhere" })
      assert.match(unknown, /^settings: stores\.sql: the database is not there: create it, or name another one \(the /)
      assert.include(unknown, 'database "nowhere" does not exist')
      const stranger = yield* refusal({ username: "stranger" })
      assert.match(stranger, /^settings: stores\.sql: the database does not let the user in: correct the user and the /)
      assert.include(stranger, 'role "stranger" does not exist')
      const nobody = new URL(url)
      nobody.username = ""
      const variables = ConfigProvider.layer(ConfigProvider.fromUnknown({ USER: url.username }))
      assert.isTrue(yield* (yield* Effect.provide(store(nobody.href), variables)).isReady)
    })
  )

  it.live.skipIf(!hasPostgres)("that is down at the start or later is used again once it is back", () =>
    Effect.gen(function* () {
      const { open, shut, url } = yield* gate(yield* postgresUrl)
      shut()
      const database = yield* store(url)
      const error = yield* Effect.flip(versionOf(database))
      assert.isTrue(error.isAway)
      assert.isFalse(yield* database.isReady)
      const isBack = versionOf(database).pipe(Effect.retry(Schedule.spaced("10 millis")), Effect.timeout("30 seconds"))
      yield* Effect.promise(open)
      assert.lengthOf(yield* isBack, 1)
      shut()
      assert.isTrue((yield* Effect.flip(versionOf(database))).isAway)
      yield* Effect.promise(open)
      assert.lengthOf(yield* isBack, 1)
    }).pipe(Effect.provide(Logger.layer([])))
  )
})

describe("the default database", () => {
  const found = (settings: string | undefined, home: string) =>
    Effect.map(defaultDatabase(settings), Redacted.value).pipe(
      Effect.provide([NodeServices.layer, UserDirectories.layerPlatform("linux")]),
      Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ HOME: home, XDG_DATA_HOME: `${home}/data` })))
    )

  it.live("is a file beside the settings, or in the data directory, readable only by its owner", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const beside = yield* found(path.join(folder, "effect-llm.yaml"), folder)
      assert.strictEqual(beside, path.join(folder, "effect-llm.db"))
      assert.strictEqual((yield* fs.stat(beside)).mode & 0o777, 0o600)
      for (const settings of [undefined, path.join(folder, "not there", "effect-llm.yaml")])
        assert.strictEqual(yield* found(settings, folder), path.join(folder, "data", "effect-llm", "gateway.db"))
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
