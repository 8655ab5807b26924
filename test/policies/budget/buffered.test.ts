/** Budgets in memory over a database: what a process that dies leaves behind is what it has done. */
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Exit, Schema, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { formatDecimal } from "../../../src/catalog/Money.ts"
import * as NodeSqlite from "../../../src/integrations/NodeSqlite.ts"
import * as BudgetStoreBuffered from "../../../src/policies/BudgetStoreBuffered.ts"
import * as BudgetStoreSql from "../../../src/policies/BudgetStoreSql.ts"
import { BudgetStore } from "../../../src/policies/BudgetStore.ts"
import { mostAccounts, MemoryLedger } from "../../../src/policies/budget/MemoryLedger.ts"
import { TestJournal } from "./stores.ts"

const minute = 60_000
const day = 24 * 60 * minute
const t0 = Date.UTC(2026, 0, 15)

const Step = Schema.Struct({
  op: Schema.Literals(["reserve", "reserve", "settle", "settle", "renew", "expire", "release", "fold", "die", "close"]),
  id: Schema.Literals([0, 1, 2]),
  amount: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6 })),
  at: Schema.Literals([0, 1, 2, 90]),
  start: Schema.Literals([0, 0, 1])
})
const Steps = Schema.Array(Step).check(Schema.isMaxLength(16))

const show = ({
  reserved,
  spent
}: {
  readonly reserved: BigDecimal.BigDecimal
  readonly spent: BigDecimal.BigDecimal
}) => [formatDecimal(spent), formatDecimal(reserved)]

/** A process that keeps budgets over the database: it can be ended, or die. */
const begin = Effect.fnUntraced(function* (journal: BudgetStoreBuffered.Journal) {
  const scope = yield* Scope.make()
  const made = yield* Effect.provideService(
    BudgetStoreBuffered.make({ journal, interval: "1 day" }),
    Scope.Scope,
    scope
  )
  return { ...made, end: Scope.close(scope, Exit.void) }
})

const database = () => NodeSqlite.layer({ filename: ":memory:" })

describe("budgets in memory over a database", () => {
  it.effect.prop(
    "survive their process exactly, whatever had reached the tables",
    [Steps],
    Effect.fnUntraced(
      function* ([steps]) {
        const journal = new TestJournal()
        const model = new MemoryLedger()
        let current = yield* begin(journal)
        let processes = 1
        for (const { amount: units, at, id: number, op, start } of steps) {
          const { store } = current
          const now = t0 + at * minute
          // The ids of a process are its own.
          const id = `${processes}:${number}`
          const amount = BigDecimal.make(BigInt(units), 0)
          const window = t0 + start * minute
          switch (op) {
            case "reserve": {
              const demand = { account: "a", amount, limit: BigDecimal.make(10n, 0), start: window, at: now }
              const request = { id, expiresAt: now + minute, demands: [demand, { ...demand, account: "b" }] }
              assert.strictEqual((yield* store.reserve(request)).granted, model.reserve(request).granted)
              break
            }
            case "settle": {
              const charges = [{ account: "a", amount, at: now }]
              yield* store.settle(id, charges, now + day)
              model.settle(id, charges, now + day)
              break
            }
            case "renew":
              yield* store.renew([id], now + minute)
              model.renew([id], now + minute)
              break
            case "expire":
            case "release":
              yield* store.expire(now, op === "expire" ? "charge" : "release")
              model.expire(now, op === "expire" ? "charge" : "release")
              break
            case "fold":
              yield* current.fold
              break
            case "die":
              processes++
              current = yield* begin(journal)
              break
            case "close":
              yield* current.end
              assert.deepStrictEqual(journal.kept, [])
              processes++
              current = yield* begin(journal)
          }
          for (const account of ["a", "b"])
            assert.deepStrictEqual(
              show(yield* current.store.balance(account, window)),
              show(model.balance(account, window))
            )
        }
      },
      (effect) => Effect.provide(effect, database())
    ),
    { arbitrary: { runs: 60 } }
  )

  it.effect("are in the tables for processes that use those, with reservations", () =>
    Effect.gen(function* () {
      const { close, store } = yield* begin(new TestJournal())
      const demand = (amount: string) => ({
        account: "a",
        amount: BigDecimal.fromStringUnsafe(amount),
        limit: BigDecimal.make(10n, 0),
        start: t0,
        at: t0
      })
      yield* store.reserve({ id: "open", expiresAt: t0 + minute, demands: [demand("2")] })
      yield* store.reserve({ id: "over", expiresAt: t0 + minute, demands: [demand("3")] })
      yield* store.settle("over", [{ account: "a", amount: BigDecimal.make(1n, 0), at: t0 }], t0 + day)
      yield* close
      const tables = yield* BudgetStore.pipe(Effect.provide(BudgetStoreSql.layer))
      assert.deepStrictEqual(show(yield* tables.balance("a", t0)), ["1", "2"])
      yield* tables.settle("open", [{ account: "a", amount: BigDecimal.make(5n, 0), at: t0 }], t0 + day)
      assert.deepStrictEqual(show(yield* tables.balance("a", t0)), ["6", "0"])
      const late = yield* Effect.flip(store.settle("open", [], t0 + day))
      assert.strictEqual(late._tag, "BudgetStoreError")
    }).pipe(Effect.provide(database()))
  )

  it.effect("grant nothing before the journal has it", () =>
    Effect.gen(function* () {
      const journal = new TestJournal()
      let isFull = false
      const { store } = yield* begin({
        read: () => [],
        forget: () => {},
        append: (position, operation) => {
          if (isFull) throw new Error("no room")
          journal.append(position, operation)
        }
      })
      const demand = { account: "a", amount: BigDecimal.make(2n, 0), limit: BigDecimal.make(10n, 0), start: t0, at: t0 }
      yield* store.reserve({ id: "first", expiresAt: t0 + minute, demands: [demand] })
      isFull = true
      assert.isTrue(
        Exit.isFailure(yield* Effect.exit(store.reserve({ id: "second", expiresAt: t0 + minute, demands: [demand] })))
      )
      assert.isTrue(Exit.isFailure(yield* Effect.exit(store.settle("first", [], t0 + day))))
      assert.deepStrictEqual(show(yield* store.balance("a", t0)), ["0", "2"])
      isFull = false
      yield* store.settle("first", [{ account: "a", amount: BigDecimal.make(1n, 0), at: t0 }], t0 + day)
      assert.deepStrictEqual(show(yield* store.balance("a", t0)), ["1", "0"])
    }).pipe(Effect.provide(database()))
  )

  it.effect("keep what a failing database has not accepted, and write it once", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const journal = new TestJournal()
      const { end, fold, store } = yield* begin(journal)
      const charge = (id: string) =>
        store.settle(id, [{ account: "a", amount: BigDecimal.make(1n, 0), at: t0 }], t0 + day)
      yield* charge("1")
      yield* fold
      yield* sql`ALTER TABLE effect_llm_budget_amounts RENAME TO gone`
      yield* charge("2")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(fold)))
      yield* charge("3")
      yield* sql`ALTER TABLE gone RENAME TO effect_llm_budget_amounts`
      yield* end
      assert.deepStrictEqual(journal.kept, [])
      const tables = yield* BudgetStore.pipe(Effect.provide(BudgetStoreSql.layer))
      assert.deepStrictEqual(show(yield* tables.balance("a", 0)), ["3", "0"])
    }).pipe(Effect.provide(database()))
  )

  it("evict accounts that the tables have, if there are many", () => {
    const ledger = new MemoryLedger(new Map())
    const amount = BigDecimal.make(1n, 0)
    const accounts = Array.from({ length: mostAccounts + 1 }, (_, index) => `user ${index}`)
    const spend = (account: string) => {
      ledger.know(account, t0, BigDecimal.make(0n, 0))
      ledger.settle(`call of ${account}`, [{ account, amount, at: t0 }], t0 + day)
    }
    const areKnown = () => accounts.filter((account) => ledger.isKnown(account, t0)).length
    accounts.slice(1).forEach(spend)
    assert.lengthOf(ledger.take().amounts, mostAccounts)
    assert.strictEqual(areKnown(), mostAccounts)
    spend("user 0")
    assert.strictEqual(areKnown(), mostAccounts + 1)
    assert.lengthOf(ledger.take().amounts, 1)
    assert.strictEqual(areKnown(), 0)
  })
})
