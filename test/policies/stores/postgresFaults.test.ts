/** What becomes of calls while a Postgres that processes share is not as it should be: budgets do what they were told to, and in time. */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Duration, Effect, Exit, Layer, Logger, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { layerWith } from "../../../src/catalog/Pricing.ts"
import { PolicyStoreError } from "../../../src/domain/PolicyErrors.ts"
import * as Budget from "../../../src/policies/Budget.ts"
import { Budgets } from "../../../src/policies/Budgets.ts"
import * as BudgetStoreSql from "../../../src/policies/BudgetStoreSql.ts"
import * as ScriptedModel from "../../../src/testing/ScriptedModel.ts"
import { hasPostgres, postgresLayer, postgresUrl } from "../../services/services.ts"

let databases = 0

/** A database of the test's own, and what an administrator does to it. */
const ownDatabase = Effect.gen(function* () {
  const name = `faults_${process.pid}_${databases++}`
  const url = new URL(yield* postgresUrl)
  url.pathname = `/${name}`
  const run = (statement: string) =>
    Effect.orDie(
      Effect.provide(
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)),
        postgresLayer
      )
    )
  const drop = run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`)
  yield* Effect.acquireRelease(run(`CREATE DATABASE ${name}`), () => run(`DROP DATABASE ${name} WITH (FORCE)`))
  return { url: url.href, drop, alter: (how: string) => Effect.andThen(run(`ALTER DATABASE ${name} ${how}`), drop) }
})

type Database = Effect.Success<typeof ownDatabase>

const clientOf = (url: string, startupParameters: Record<string, string> = {}) =>
  PgClient.layer({ url: Redacted.make(url), maxConnections: 4, startupParameters })

const budgetsOf = (url: string, startupParameters?: Record<string, string>) =>
  Layer.fresh(
    Budgets.layerWith({ timeout: "1 second" }).pipe(
      Layer.provide(BudgetStoreSql.layer),
      Layer.provide(clientOf(url, startupParameters)),
      Layer.orDie
    )
  )

const faults: ReadonlyArray<{
  readonly name: string
  readonly begin: (database: Database) => Effect.Effect<unknown>
  readonly end: (database: Database) => Effect.Effect<unknown>
}> = [
  {
    name: "it has become read only",
    begin: ({ alter }) => alter("SET default_transaction_read_only = on"),
    end: ({ alter }) => alter("RESET default_transaction_read_only")
  },
  {
    name: "it accepts no connections",
    begin: ({ alter }) => alter("ALLOW_CONNECTIONS false"),
    end: ({ alter }) => alter("ALLOW_CONNECTIONS true")
  },
  {
    name: "every statement takes too long for it",
    begin: ({ alter }) => alter("SET statement_timeout = 1"),
    end: ({ alter }) => alter("RESET statement_timeout")
  }
]

const errorOf = (exit: Exit.Exit<unknown, unknown>) => Option.getOrUndefined(Exit.findErrorOption(exit))

const tokens = (limit: number) => Budget.tokens("team", { limit, per: "all" })

describe.skipIf(!hasPostgres)("a Postgres that budgets share", () => {
  const model = ScriptedModel.make(() => ({ answer: "Hi" }), { id: "lab/m" })
  const callWith = (whenStoreFails: "allow" | "fail") =>
    Effect.exit(
      model.pipe(Budget.enforce(tokens(1_000_000), { unpriced: "allow", whenStoreFails })).generate("Hi")
    ) as Effect.Effect<Exit.Exit<unknown, unknown>, never, Budgets>

  for (const { begin, end, name } of faults) {
    it.live(`where ${name}, calls pass or fail as configured, and recover later`, () =>
      Effect.gen(function* () {
        const database = yield* ownDatabase
        const calls = Effect.gen(function* () {
          const strict = callWith("fail")
          assert.isTrue(Exit.isSuccess(yield* strict))
          yield* begin(database)
          let failed = 0
          for (let times = 0; times < 4; times++) {
            const [took, exit] = yield* Effect.timed(strict)
            assert.isBelow(Duration.toMillis(took), 4000)
            // A statement may be done in time all the same.
            if (Exit.isSuccess(exit)) continue
            failed++
            const error = errorOf(exit)
            assert.instanceOf(error, PolicyStoreError)
            assert.notMatch(error.message, /\n|postgres/)
            const [tookOpen, open] = yield* Effect.timed(callWith("allow"))
            assert.isTrue(Exit.isSuccess(open), String(errorOf(open)))
            assert.isBelow(Duration.toMillis(tookOpen), 4000)
          }
          if (!name.startsWith("every statement")) assert.strictEqual(failed, 4)
          yield* end(database)
          let exit = yield* strict
          for (let tries = 0; Exit.isFailure(exit) && tries < 100; tries++) {
            yield* Effect.sleep(50)
            exit = yield* strict
          }
          assert.isTrue(Exit.isSuccess(exit), String(errorOf(exit)))
        })
        yield* Effect.provide(calls, [budgetsOf(database.url), layerWith({})])
      }).pipe(Effect.scoped, Effect.provide(Logger.layer([])), Effect.timeout("60 seconds"))
    )
  }

  it.live("may close connections that are idle, and no call fails for it", () =>
    Effect.gen(function* () {
      const database = yield* ownDatabase
      const calls = Effect.gen(function* () {
        for (let times = 0; times < 5; times++) {
          const exits = yield* Effect.all(
            Array.from({ length: 4 }, () => callWith("fail")),
            { concurrency: 4 }
          )
          for (const exit of exits) assert.isTrue(Exit.isSuccess(exit), String(errorOf(exit)))
          yield* database.drop
          // A client has to hear of it: what is under way then is not repeated, since it may have been done.
          yield* Effect.sleep(100)
        }
      })
      yield* Effect.provide(calls, [budgetsOf(database.url), layerWith({})])
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([])), Effect.timeout("60 seconds"))
  )

  it.live("may run serializable transactions, which grant exactly the limit without failures", () =>
    Effect.gen(function* () {
      const database = yield* ownDatabase
      const budget = tokens(300)
      const reserve = Effect.gen(function* () {
        const budgets = yield* Budgets
        const one = Effect.result(budgets.reserve([budget], { usd: BigDecimal.fromNumberUnsafe(0), tokens: 10 }))
        return yield* Effect.all(
          Array.from({ length: 25 }, () => one),
          { concurrency: "unbounded" }
        )
      })
      const serializable = { default_transaction_isolation: "serializable" }
      const process_ = Effect.provide(reserve, budgetsOf(database.url, serializable))
      const results = (yield* Effect.all([process_, process_], { concurrency: 2 })).flat()
      const tags = results.map((result) => (result._tag === "Success" ? "granted" : result.failure._tag))
      assert.deepStrictEqual(
        { granted: tags.filter((tag) => tag === "granted").length, tags: [...new Set(tags)].toSorted() },
        { granted: 30, tags: ["BudgetExceededError", "granted"] }
      )
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([])), Effect.timeout("60 seconds"))
  )
})
