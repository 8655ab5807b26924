/** Processes that share a budget cannot overspend it, and what one of them held when it was killed is charged. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { formatDecimal } from "../../../src/catalog/Money.ts"
import * as NodeSqlite from "../../../src/integrations/NodeSqlite.ts"
import * as Budget from "../../../src/policies/Budget.ts"
import { Budgets } from "../../../src/policies/Budgets.ts"
import * as BudgetStoreRedis from "../../../src/policies/BudgetStoreRedis.ts"
import * as BudgetStoreSql from "../../../src/policies/BudgetStoreSql.ts"
import { BudgetStore } from "../../../src/policies/BudgetStore.ts"
import { hasPostgres, hasRedis, postgresUrl, redisLayer, redisUrl } from "../../services/services.ts"
import { fresh, own } from "./stores.ts"

const schema = `${own}_p`

interface Shared {
  readonly where: string
  readonly layer: Layer.Layer<BudgetStore>
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "budgets-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const redis = Effect.map(redisUrl, (where): Shared => ({
  where,
  layer: BudgetStoreRedis.layer({ prefix: schema }).pipe(Layer.provide(redisLayer))
}))

const sqlite = Effect.map(folder, (path): Shared => {
  const where = join(path, "budgets.db")
  return { where, layer: Layer.orDie(BudgetStoreSql.layer.pipe(Layer.provide(NodeSqlite.layer({ filename: where })))) }
})

const postgres = Effect.gen(function* () {
  const where = yield* postgresUrl
  const client = PgClient.layer({ url: Redacted.make(where), startupParameters: { search_path: schema } })
  yield* Effect.provide(
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE SCHEMA ${sql(schema)}`),
    client
  )
  return { where, layer: Layer.orDie(BudgetStoreSql.layer.pipe(Layer.provide(client))) } satisfies Shared
})

const spender = fileURLToPath(new URL("spender.ts", import.meta.url))

/** Starts a process, and collects what it says it has spent. */
const start = (args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [spender, ...args], { stdio: ["pipe", "pipe", "inherit"] })
  const lines: Array<string> = []
  const waiting: Array<() => void> = []
  const resume = () => {
    for (const resume of waiting.splice(0)) resume()
  }
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line)
    resume()
  })
  // Not the end of its output, after which it may take a moment to exit.
  child.on("close", resume)
  const after = (word: string) =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
  return {
    spent: () => after("spent"),
    ends: () => after("ended"),
    go: () => child.stdin.write("go\n"),
    kill: () => child.kill("SIGKILL"),
    exited: once(child, "close"),
    /** Waits until it has said so much. */
    until: async (count: number) => {
      while (lines.length < count && child.exitCode === null && child.signalCode === null)
        await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
}

const cases = [
  ["redis", hasRedis, redis],
  ["sqlite", true, sqlite],
  ["postgres", hasPostgres, postgres]
] as const

for (const [kind, isThere, shared] of cases) {
  describe.skipIf(!isThere)(`${kind}`, () => {
    it.live(
      "is spent by several processes up to its limit, by exactly the cost of their calls",
      () =>
        Effect.gen(function* () {
          const { layer, where } = yield* shared
          const budget = Budget.usd(fresh("shared"), { limit: "0.4", per: "all" })
          const args = [kind, where, schema, budget.id, "0.4", "3"]
          const killed = start(args)
          const others = [start(args), start(args)]
          yield* Effect.promise(async () => {
            await Promise.all([killed, ...others].map(({ until }) => until(1)))
            for (const { go } of [killed, ...others]) go()
            await killed.until(4)
            killed.kill()
            await Promise.all([killed, ...others].map(({ exited }) => exited))
          })
          for (const { ends } of others)
            assert.deepStrictEqual(ends(), [Array(3).fill("BudgetExceededError").join(",")])

          yield* Effect.gen(function* () {
            const store = yield* BudgetStore
            const status = Budgets.use((budgets) => budgets.spent(budget))
            const before = yield* status
            const told = BigDecimal.sumAll(
              [killed, ...others].flatMap(({ spent }) => spent().map((text) => BigDecimal.fromStringUnsafe(text)))
            )
            // The killed process may have settled what it could not say any more, three calls at most.
            const unsaid = BigDecimal.subtract(before.spent, told)
            assert.isTrue(BigDecimal.isGreaterThanOrEqualTo(unsaid, BigDecimal.make(0n, 0)), formatDecimal(unsaid))
            assert.isTrue(
              BigDecimal.isLessThanOrEqualTo(unsaid, BigDecimal.fromStringUnsafe("0.0301")),
              formatDecimal(unsaid)
            )
            const total = BigDecimal.sum(before.spent, before.reserved)
            assert.isTrue(BigDecimal.isLessThanOrEqualTo(total, budget.limit), formatDecimal(total))
            // What it held is a whole number of reservations, which expire and are charged.
            assert.isTrue(
              ["0", "0.02", "0.04", "0.06"].includes(formatDecimal(before.reserved)),
              formatDecimal(before.reserved)
            )
            yield* store.expire(Date.now() + 10 * 60_000, "charge")
            const after = yield* status
            assert.strictEqual(formatDecimal(after.reserved), "0")
            assert.strictEqual(formatDecimal(after.spent), formatDecimal(total))
          }).pipe(Effect.provide(Budgets.layerWith({ timeout: "30 seconds" }).pipe(Layer.provideMerge(layer))))
        }).pipe(Effect.scoped),
      120_000
    )
  })
}
