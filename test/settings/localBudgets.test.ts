/** Budgets of a SQLite file: in memory for one process, in tables for several, and exact on the way from one to the other. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Context, Effect, Fiber, FileSystem, Layer, Logger } from "effect"
import { readdirSync, writeFileSync } from "node:fs"
import { setImmediate } from "node:timers/promises"
import * as NodeSqlite from "../../src/integrations/NodeSqlite.ts"
import { BudgetStore } from "../../src/policies/BudgetStore.ts"
import { spoolDirectory } from "../../src/settings/stores/DatabaseAddress.ts"
import * as LocalBudgets from "../../src/settings/stores/LocalBudgets.ts"

const file = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeServices.layer),
  Effect.map((folder) => `${folder}/gateway.db`)
)

const t0 = Date.UTC(2026, 0, 15)
const units = (count: number) => BigDecimal.make(BigInt(count), 0)
const charge = { account: "a", amount: units(1), at: t0 }
const demand = { ...charge, limit: units(200), start: t0 }

/** Opens the budgets of a process with the file, until a scope ends. */
const processes = (path: string) =>
  LocalBudgets.layer(spoolDirectory(path) ?? "").pipe(
    Layer.provide(NodeSqlite.layer({ filename: path })),
    Layer.fresh,
    Layer.build,
    Effect.map(Context.get(BudgetStore))
  )

describe("budgets of a file", () => {
  it.live("never exceed the limit while a second process joins and leaves", () =>
    Effect.gen(function* () {
      const path = yield* file
      const open = processes(path)
      let granted = 0
      let refused = 0
      let settled = 0
      let isTwo = false
      const spend = (store: BudgetStore["Service"], name: string, until: () => boolean) =>
        Effect.gen(function* () {
          for (let index = 0; !until(); index++) {
            const id = `${name}:${index}`
            const result = yield* store.reserve({ id, expiresAt: t0 + 60_000, demands: [demand] })
            if (result.granted) granted++
            else refused++
            // Half of them cost nothing in the end.
            if (result.granted && index % 2 === 0) {
              settled++
              yield* store.settle(id, [{ ...charge, amount: units(0) }], t0 + 86_400_000)
            }
            yield* Effect.promise(() => setImmediate())
          }
        })
      yield* Effect.scoped(
        Effect.gen(function* () {
          const first = yield* open
          yield* spend(first, "alone", () => granted >= 40)
          assert.isAbove(readdirSync(spoolDirectory(path) ?? "").filter((name) => name.endsWith(".ndjson")).length, 0)
          const busy = yield* Effect.forkChild(spend(first, "first", () => isTwo && refused > 10))
          const second = yield* open
          yield* spend(second, "second", () => {
            isTwo = granted > 40
            return refused > 10
          })
          yield* Fiber.join(busy)
        })
      )
      assert.strictEqual(granted - settled, 200)
      assert.isFalse(readdirSync(spoolDirectory(path) ?? "").some((name) => name.endsWith(".ndjson")))
      const last = yield* open
      const { reserved, spent } = yield* last.balance("a", t0)
      assert.strictEqual(BigDecimal.format(BigDecimal.sum(reserved, spent)), "200")
    }).pipe(Effect.scoped)
  )

  it.live("are in the tables alone where no file can be beside the database, with one sentence on why", () =>
    Effect.gen(function* () {
      const path = yield* file
      const logged: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void logged.push(message))])
      writeFileSync(`${path}-spool`, "a file where a folder would be")
      const { reserved } = yield* Effect.provide(
        BudgetStore.use((store) =>
          Effect.andThen(store.reserve({ id: "1", expiresAt: t0 + 60_000, demands: [demand] }), store.balance("a", t0))
        ),
        LocalBudgets.layer(spoolDirectory(path) ?? "").pipe(
          Layer.provide(NodeSqlite.layer({ filename: path })),
          Layer.provideMerge(logger)
        )
      )
      assert.strictEqual(BigDecimal.format(reserved), "1")
      assert.deepStrictEqual(logged, [
        [
          `Calls with budgets take longer, since each waits for the database: ${path}-spool cannot be used, because it is a file, and a directory is needed. Remove that file, or move the database (stores.sql), and start again.`
        ]
      ])
    }).pipe(Effect.scoped)
  )
})
