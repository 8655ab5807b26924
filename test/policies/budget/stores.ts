/** The stores of budgets, for laws that hold of each: in memory, in Redis, in an SQLite file and in Postgres. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Latch, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as NodeSqlite from "../../../src/integrations/NodeSqlite.ts"
import { BudgetStore } from "../../../src/policies/BudgetStore.ts"
import * as BudgetStoreBuffered from "../../../src/policies/BudgetStoreBuffered.ts"
import * as BudgetStoreMemory from "../../../src/policies/BudgetStoreMemory.ts"
import * as BudgetStoreRedis from "../../../src/policies/BudgetStoreRedis.ts"
import * as BudgetStoreSql from "../../../src/policies/BudgetStoreSql.ts"
import { hasPostgres, hasRedis, postgresUrl, redisLayer } from "../../services/services.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "budgets-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const sqlite = Layer.unwrap(Effect.map(folder, (path) => NodeSqlite.layer({ filename: join(path, "budgets.db") })))

/** A journal in memory, which tests keep as that of a process that was killed. */
export class TestJournal implements BudgetStoreBuffered.Journal {
  kept: Array<{ readonly position: number; readonly operation: string }> = []
  append(position: number, operation: string) {
    this.kept.push({ position, operation })
  }
  read() {
    return [...this.kept]
  }
  forget(position: number) {
    this.kept = this.kept.filter((one) => one.position > position)
  }
}

/** In memory over a file; what is in memory goes to the file now and then. */
const buffered = Layer.effect(
  BudgetStore,
  Effect.map(
    Effect.suspend(() => BudgetStoreBuffered.make({ journal: new TestJournal(), interval: "1 day" })),
    ({ fold, store }) => {
      let operations = 0
      const now = Effect.suspend(() => (++operations % 5 === 0 ? fold : Effect.void))
      return BudgetStore.of({
        reserve: (request) => Effect.andThen(now, store.reserve(request)),
        settle: (id, charges, expiresAt) => Effect.andThen(now, store.settle(id, charges, expiresAt)),
        renew: (ids, expiresAt) => Effect.andThen(now, store.renew(ids, expiresAt)),
        expire: (time, whenAbandoned) => Effect.andThen(now, store.expire(time, whenAbandoned)),
        balance: (account, start) => Effect.andThen(now, store.balance(account, start))
      })
    }
  )
)

let names = 0

/** A name of an account or budget that nobody else uses: the servers are shared. */
export const fresh = (name: string): string => `${name}-${process.pid}-${performance.timeOrigin}-${names++}`

/** What this file of tests keeps in the servers, apart from what others do. */
export const own = `budgets_${process.pid}_${Math.floor(performance.timeOrigin)}`

export const postgresConfig = Effect.map(postgresUrl, (url) => ({
  url: Redacted.make(url),
  startupParameters: { search_path: own },
  maxConnections: 4
}))

const postgres = Layer.unwrap(
  Effect.gen(function* () {
    const config = yield* postgresConfig
    const create = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE SCHEMA IF NOT EXISTS ${sql(own)}`)
    yield* Effect.provide(create, PgClient.layer(config))
    return PgClient.layer(config)
  })
)

/** Keeps the account of a store in Postgres locked until the scope is closed; what it gives waits until somebody waits for that. */
export const heldAccount = Effect.fnUntraced(function* (account: string) {
  const sql = yield* Effect.map(Layer.build(Layer.orDie(postgres)), Context.get(SqlClient.SqlClient))
  const isLocked = yield* Latch.make()
  const transaction = sql.withTransaction(
    Effect.andThen(
      sql`SELECT 1 FROM effect_llm_budget_accounts WHERE account = ${account} FOR UPDATE`,
      Effect.andThen(isLocked.open, Effect.never)
    )
  )
  yield* Effect.forkScoped(transaction)
  yield* isLocked.await
  const blocked = sql<{ readonly count: number }>`SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND query LIKE '%lock_timeout%'`
  return Effect.repeat(blocked, { until: ([row]) => (row?.count ?? 0) > 0 })
})

export const inSqlite = Layer.orDie(BudgetStoreSql.layer.pipe(Layer.provide(sqlite)))

export interface StoreKind {
  readonly name: "memory" | "redis" | "sqlite" | "postgres" | "buffered"
  readonly isThere: boolean
  readonly layer: Layer.Layer<BudgetStore>
}

export const stores: ReadonlyArray<StoreKind> = [
  { name: "memory", isThere: true, layer: BudgetStoreMemory.layer },
  { name: "redis", isThere: hasRedis, layer: BudgetStoreRedis.layer({ prefix: own }).pipe(Layer.provide(redisLayer)) },
  { name: "sqlite", isThere: true, layer: inSqlite },
  { name: "buffered", isThere: true, layer: Layer.orDie(buffered.pipe(Layer.provide(sqlite))) },
  { name: "postgres", isThere: hasPostgres, layer: Layer.orDie(BudgetStoreSql.layer.pipe(Layer.provide(postgres))) }
]

export const forEveryStore = (laws: (kind: StoreKind) => void): void => {
  for (const kind of stores) describe.skipIf(!kind.isThere)(`${kind.name}`, () => void laws(kind))
}
