/** A process that spends from a budget it shares with others, until it is refused or killed; says what each call has cost. */
import { once } from "node:events"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { formatDecimal } from "../../../src/catalog/Money.ts"
import { usd } from "../../../src/policies/budget/Limit.ts"
import { Budgets } from "../../../src/policies/Budgets.ts"
import type { BudgetStore } from "../../../src/policies/BudgetStore.ts"

const [kind = "", where = "", own = "", id = "", limit = "", fibers = ""] = process.argv.slice(2)

/** What it does not need it does not load, so that it starts soon. */
const storeOf = async (): Promise<Layer.Layer<BudgetStore, unknown>> => {
  if (kind === "redis") {
    const NodeRedis = await import("@effect/platform-node/NodeRedis")
    const { layer } = await import("../../../src/policies/BudgetStoreRedis.ts")
    return layer({ prefix: own }).pipe(Layer.provide(NodeRedis.layer({ url: where })))
  }
  const { layer } = await import("../../../src/policies/BudgetStoreSql.ts")
  if (kind === "sqlite") {
    const NodeSqlite = await import("../../../src/integrations/NodeSqlite.ts")
    return layer.pipe(Layer.provide(NodeSqlite.layer({ filename: where })))
  }
  const { PgClient } = await import("@effect/sql-pg")
  const options = { url: Redacted.make(where), startupParameters: { search_path: own }, maxConnections: 3 }
  return layer.pipe(Layer.provide(PgClient.layer(options)))
}

const budget = usd(id, { limit, per: "all" })

/** Each call reserves a cent more than it costs at most, and costs an amount that no number of Lua or JSON holds exactly. */
const call = (n: number) =>
  Effect.gen(function* () {
    const budgets = yield* Budgets
    const most = BigDecimal.fromStringUnsafe("0.02")
    const cost = BigDecimal.make(10_000_000_000_000_000_000_001n + BigInt(n), 24)
    const reservation = yield* budgets.reserve([budget], { usd: most, tokens: 0 })
    yield* Effect.sleep(n % 3)
    yield* budgets.settle(reservation, { usd: cost, tokens: 0 })
    process.stdout.write(`spent ${formatDecimal(cost)}\n`)
  })

const spend = Effect.gen(function* () {
  for (let n = 0; ; n++) {
    const result = yield* Effect.result(call(n))
    if (Result.isFailure(result)) return result.failure._tag
  }
})

const program = Effect.gen(function* () {
  // The store is there; all processes begin together.
  yield* Budgets
  process.stdout.write("ready\n")
  yield* Effect.promise(() => once(process.stdin, "data"))
  process.stdin.destroy()
  const ends = yield* Effect.forEach(Array.from({ length: Number(fibers) }), () => spend, { concurrency: "unbounded" })
  process.stdout.write(`ended ${ends.join(",")}\n`)
})

const budgets = Budgets.layerWith({ timeout: "10 seconds" })
await Effect.runPromise(Effect.provide(program, budgets.pipe(Layer.provide(Layer.orDie(await storeOf())))))
