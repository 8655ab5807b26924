import { assert, it, layer as describeWith } from "@effect/vitest"
import { BigDecimal, Effect, Fiber, Layer, Schema, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { formatDecimal } from "../../../src/catalog/Money.ts"
import { BudgetStore, type BudgetStoreError, type Demand } from "../../../src/policies/BudgetStore.ts"
import { MemoryLedger } from "../../../src/policies/budget/MemoryLedger.ts"
import { forEveryStore, fresh, heldAccount, inSqlite } from "./stores.ts"

const decimal = BigDecimal.fromStringUnsafe
const minute = 60_000
const day = 24 * 60 * minute
const t0 = Date.UTC(2026, 0, 15)

const demand = (account: string, amount: string, options: Partial<Demand> = {}): Demand => ({
  account,
  amount: decimal(amount),
  limit: decimal("10"),
  start: t0,
  at: t0,
  ...options
})

const balance = (account: string, start = t0) =>
  Effect.map(
    BudgetStore.use((store) => store.balance(account, start)),
    ({ reserved, spent }) => ({ spent: formatDecimal(spent), reserved: formatDecimal(reserved) })
  )

const reserve = (id: string, demands: ReadonlyArray<Demand>, expiresAt = t0 + minute) =>
  BudgetStore.use((store) => store.reserve({ id, expiresAt, demands }))

const settle = (id: string, account: string, amount: string, at = t0) =>
  BudgetStore.use((store) => store.settle(id, [{ account, amount: decimal(amount), at }], t0 + day))

/** A result with its amounts in decimal. */
const show = (value: unknown): unknown => {
  if (BigDecimal.isBigDecimal(value)) return formatDecimal(value)
  if (Array.isArray(value)) return value.map(show)
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, show(part)]))
    : value
}

/** One thing that is done to a store, with small numbers for accounts, reservations and times. */
const Step = Schema.Struct({
  op: Schema.Literals(["reserve", "reserve", "settle", "expire", "release", "renew", "balance"]),
  id: Schema.Literals([0, 1, 2, 3]),
  first: Schema.Literals([0, 1]),
  both: Schema.Boolean,
  amount: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50 })),
  at: Schema.Literals([0, 1, 2, 90]),
  start: Schema.Literals([0, 0, 0, 1, 2])
})
const Steps = Schema.Array(Step).check(Schema.isMaxLength(14))

it.effect("in SQLite, concurrent operations are one transaction", () => {
  let transactions = 0
  const tracer = Tracer.make({
    span: (options) => {
      if (options.name === "sql.transaction") transactions++
      return new Tracer.NativeSpan(options)
    }
  })
  return Effect.gen(function* () {
    const [a, id] = [fresh("a"), fresh("id")]
    transactions = 0
    const asked = Array.from({ length: 50 }, (_, index) => reserve(`${id}${index}`, [demand(a, "0.1")]))
    yield* Effect.all(asked, { concurrency: "unbounded" })
    // The first one waits for no others.
    assert.strictEqual(transactions, 2)
    assert.deepStrictEqual(yield* balance(a), { spent: "0", reserved: "5" })
  }).pipe(Effect.provide(Layer.provide(inSqlite, Layer.succeed(Tracer.Tracer, tracer))))
})

forEveryStore((kind) => {
  describeWith(kind.layer)((it) => {
    it.effect("grants all demands or none", () =>
      Effect.gen(function* () {
        const [a, b, id] = [fresh("a"), fresh("b"), fresh("id")]
        const refused = yield* reserve(id, [demand(a, "4"), demand(b, "11")])
        assert.isTrue(!refused.granted && refused.refused === 1)
        assert.deepStrictEqual(yield* balance(a), { spent: "0", reserved: "0" })
        const granted = yield* reserve(id, [demand(a, "4"), demand(b, "10")])
        assert.isTrue(granted.granted)
        if (granted.granted) assert.deepStrictEqual(granted.totals.map(BigDecimal.format), ["4", "10"])
        assert.deepStrictEqual(yield* balance(a), { spent: "0", reserved: "4" })
        const more = yield* reserve(fresh("id"), [demand(b, "0.000000000000000000000000000001")])
        assert.isTrue(!more.granted)
        if (!more.granted) assert.strictEqual(BigDecimal.format(more.balance.reserved), "10")
      })
    )

    it.effect("settles once, replacing the reservation by what was spent", () =>
      Effect.gen(function* () {
        const [a, id] = [fresh("a"), fresh("id")]
        yield* reserve(id, [demand(a, "4")])
        yield* reserve(id, [demand(a, "2", { at: t0 + minute })])
        yield* settle(id, a, "5.000000000000000000000000000001")
        yield* settle(id, a, "5.000000000000000000000000000001")
        yield* settle(id, a, "9")
        assert.deepStrictEqual(yield* balance(a), { spent: "5.000000000000000000000000000001", reserved: "0" })
        // What came first was used up first.
        assert.strictEqual((yield* balance(a, t0 + minute)).spent, "1.000000000000000000000000000001")
        const late = yield* reserve(id, [demand(a, "1")])
        assert.isTrue(late.granted)
        assert.strictEqual((yield* balance(a)).spent, "5.000000000000000000000000000001")
      })
    )

    it.effect("grants no more than the limit to concurrent calls", () =>
      Effect.gen(function* () {
        const [all, id] = [fresh("all"), fresh("id")]
        const own = Array.from({ length: 40 }, (_, index) => fresh(`own${index}`))
        const asked = own.map((name, index) => reserve(`${id}${index}`, [demand(all, "1"), demand(name, "1")]))
        const results = yield* Effect.all(asked, { concurrency: "unbounded" })
        const granted = results.flatMap((result, index) => (result.granted ? [index] : []))
        assert.strictEqual(granted.length, 10)
        assert.deepStrictEqual(yield* balance(all), { spent: "0", reserved: "10" })
        yield* Effect.forEach(granted, (index) => settle(`${id}${index}`, all, "0.1"), { concurrency: "unbounded" })
        assert.deepStrictEqual(yield* balance(all), { spent: "1", reserved: "0" })
      })
    )

    it.effect.skipIf(kind.name !== "postgres")("fails only the operation that Postgres cannot read", () =>
      Effect.gen(function* () {
        const [account, id] = [fresh("a"), fresh("id")]
        const ids = ["0", "1", "\0", "3", "4"]
        const results = yield* Effect.forEach(
          ids,
          (name) => Effect.result(reserve(`${id}${name}`, [demand(account, "1")])),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          results.map(({ _tag }) => _tag),
          ["Success", "Success", "Failure", "Success", "Success"]
        )
        assert.deepStrictEqual(yield* balance(account), { spent: "0", reserved: "4" })
      })
    )

    it.effect.skipIf(kind.name !== "postgres")("continues after a statement that Postgres never responds to", () =>
      Effect.gen(function* () {
        const [held, free] = [fresh("held"), fresh("free")]
        yield* reserve(fresh("id"), [demand(held, "1")])
        const hangs = yield* heldAccount(held)
        const waiting = yield* Effect.forkChild(Effect.result(reserve(fresh("id"), [demand(held, "1")])))
        yield* hangs
        const next = yield* Effect.forkChild(reserve(fresh("id"), [demand(free, "1")]))
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual((yield* Fiber.join(waiting))._tag, "Failure")
        assert.isTrue((yield* Fiber.join(next)).granted)
      })
    )

    it.effect.skipIf(kind.name !== "postgres")("does not wait for an account that another client keeps locked", () =>
      Effect.gen(function* () {
        const [held, free] = [fresh("held"), fresh("free")]
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* reserve(fresh("id"), [demand(held, "1")])
            const hangs = yield* heldAccount(held)
            const one = (accounts: ReadonlyArray<string>) =>
              reserve(
                fresh("id"),
                accounts.map((account) => demand(account, "1"))
              )
            // The first is a statement of its own, and those after it are one.
            const waiting = yield* Effect.forEach([[held], [free, held], [held]], (accounts) =>
              Effect.forkDetach(one(accounts), { startImmediately: true })
            )
            const others = yield* Effect.all([one([free]), one([free])], { concurrency: "unbounded" })
            assert.isTrue(others.every(({ granted }) => granted))
            yield* hangs
            // From now on nobody else waits even for a moment.
            assert.isTrue((yield* one([free])).granted)
            assert.isTrue(waiting.every((fiber) => fiber.pollUnsafe() === undefined))
            return waiting
          })
        ).pipe(
          Effect.flatMap((waiting) => Effect.forEach(waiting, Fiber.join)),
          Effect.map((results) => assert.isTrue(results.every(({ granted }) => granted)))
        )
        assert.deepStrictEqual(yield* balance(held), { spent: "0", reserved: "4" })
        assert.deepStrictEqual(yield* balance(free), { spent: "0", reserved: "4" })
      })
    )

    it.effect("charges amounts that were never reserved", () =>
      Effect.gen(function* () {
        const [a, id] = [fresh("a"), fresh("id")]
        yield* settle(id, a, "0.5")
        yield* settle(id, a, "0.5")
        assert.deepStrictEqual(yield* balance(a), { spent: "0.5", reserved: "0" })
      })
    )

    it.effect("charges an abandoned reservation in full, and corrects that when its call settles after all", () =>
      Effect.gen(function* () {
        const store = yield* BudgetStore
        const [a, id, kept] = [fresh("a"), fresh("id"), fresh("id")]
        yield* reserve(id, [demand(a, "4")])
        yield* reserve(kept, [demand(a, "1")])
        yield* store.renew([kept], t0 + day)
        yield* store.expire(t0 + minute, "charge")
        assert.deepStrictEqual(yield* balance(a), { spent: "4", reserved: "1" })
        yield* settle(id, a, "1.5")
        assert.deepStrictEqual(yield* balance(a), { spent: "1.5", reserved: "1" })
        yield* settle(kept, a, "0")
      })
    )

    it.effect("releases an abandoned reservation with `release`", () =>
      Effect.gen(function* () {
        const store = yield* BudgetStore
        const [a, b, id] = [fresh("a"), fresh("b"), fresh("id")]
        yield* reserve(id, [demand(a, "4"), demand(b, "3")])
        yield* store.expire(t0 + minute, "release")
        assert.deepStrictEqual(yield* balance(a), { spent: "0", reserved: "0" })
        yield* settle(id, a, "1.5")
        assert.deepStrictEqual(yield* balance(a), { spent: "1.5", reserved: "0" })
        assert.deepStrictEqual(yield* balance(b), { spent: "0", reserved: "0" })
      })
    )

    it.effect("loses nothing when a window changes", () =>
      Effect.gen(function* () {
        const a = fresh("a")
        for (const [index, at] of [t0 - 40 * day, t0 - day, t0, t0 + minute].entries()) {
          yield* settle(fresh("id"), a, `${10 ** index}`, at)
        }
        const spent = (start: number) => Effect.map(balance(a, start), ({ spent }) => spent)
        const starts = [t0, t0 - day, t0 + minute, 0, t0, t0 + day, t0 - 40 * day]
        assert.deepStrictEqual(yield* Effect.forEach(starts, spent), [
          "1100",
          "1110",
          "1000",
          "1111",
          "1100",
          "0",
          "1111"
        ])
        yield* reserve(fresh("id"), [demand(a, "1", { start: t0 + minute, at: t0 + minute, limit: decimal("2000") })])
        assert.deepStrictEqual(yield* Effect.forEach(starts, spent), [
          "1100",
          "1110",
          "1000",
          "1111",
          "1100",
          "0",
          "1111"
        ])
      })
    )

    it.effect("sums charges older than every window, and keeps the sum", () =>
      Effect.gen(function* () {
        const a = fresh("a")
        for (const days of [1000, 900, 800, 2, 1, 0]) yield* settle(fresh("id"), a, "1", t0 - days * day)
        assert.strictEqual((yield* balance(a, 0)).spent, "6")
        assert.strictEqual((yield* balance(a, t0 - 300 * day)).spent, "3")
        assert.strictEqual((yield* balance(a, t0 - 950 * day)).spent, "3")
      })
    )

    it.effect.prop(
      "behaves like the store in memory",
      [Steps],
      Effect.fnUntraced(function* ([steps]) {
        const store = yield* BudgetStore
        const model = new MemoryLedger()
        const run = fresh("run")
        for (const { amount: size, at, both, first, id, op, start } of steps) {
          const time = t0 + at * minute
          const amount = BigDecimal.make(BigInt(size) * 123_456_789_012_345_678_901_234_567_891n, 30)
          const accounts = both ? [first, 1 - first] : [first]
          const name = (account: number) => `${run}-${account}`
          const demands = accounts.map((account) =>
            demand(name(account), "0", { amount, at: time, start: t0 + start * minute })
          )
          const reservation = `${run}-r${id}`
          const charges = [0, 1].map((account) => ({ account: name(account), amount, at: time }))
          const operations = {
            reserve: [
              store.reserve({ id: reservation, expiresAt: time + minute, demands }),
              () => model.reserve({ id: reservation, expiresAt: time + minute, demands })
            ],
            settle: [
              store.settle(reservation, charges, time + day),
              () => model.settle(reservation, charges, time + day)
            ],
            expire: [Effect.asVoid(store.expire(time, "charge")), () => void model.expire(time, "charge")],
            release: [Effect.asVoid(store.expire(time, "release")), () => void model.expire(time, "release")],
            renew: [store.renew([reservation], time + minute), () => model.renew([reservation], time + minute)],
            balance: [
              store.balance(name(first), t0 + start * minute),
              () => model.balance(name(first), t0 + start * minute)
            ]
          } satisfies Record<string, [Effect.Effect<unknown, BudgetStoreError>, () => unknown]>
          const [real, modelled] = operations[op]
          const actual: unknown = yield* real
          if (op !== "renew" && op !== "settle") assert.deepStrictEqual(show(actual), show(modelled()), op)
          else modelled()
        }
        for (const account of [0, 1]) {
          const name = `${run}-${account}`
          assert.deepStrictEqual(show(yield* store.balance(name, t0)), show(model.balance(name, t0)))
        }
        // Nothing of this run is left for the next to expire.
        for (const id of [0, 1, 2, 3]) {
          yield* store.settle(
            `${run}-r${id}`,
            [
              { account: `${run}-0`, amount: decimal("0"), at: t0 },
              { account: `${run}-1`, amount: decimal("0"), at: t0 }
            ],
            t0
          )
        }
      }),
      { arbitrary: { runs: kind.name === "postgres" ? 15 : 60 } }
    )

    /** Changes of what several calls have reserved and spent, with small numbers for accounts, calls and windows. */
    const Change = Schema.Struct({
      id: Schema.Literals([0, 1, 2, 3, 4, 5]),
      settles: Schema.Boolean,
      accounts: Schema.Literals(["a", "b", "ab", "ba"]),
      amount: Schema.Literals(["0", "0.3", "1", "4"]),
      start: Schema.Literals([0, 0, 0, 1, 2, 3, 4, 5])
    })
    // Of one that writes now and then, some would wait for that and others would not.
    if (kind.name !== "buffered")
      it.effect.prop(
        "gives concurrent operations the results of some sequence",
        [Schema.Array(Change).check(Schema.isMaxLength(40))],
        Effect.fnUntraced(function* ([changes]) {
          const store = yield* BudgetStore
          const model = new MemoryLedger()
          const run = fresh("run")
          const at = t0 + 3 * minute
          const operations: ReadonlyArray<readonly [Effect.Effect<unknown, BudgetStoreError>, () => unknown]> =
            changes.map(({ accounts, amount, id, settles, start }) => {
              const parts = [...accounts].map((account) =>
                demand(`${run}-${account}`, amount, { at, start: t0 + start * minute })
              )
              const name = `${run}-${id}`
              return settles
                ? [Effect.asVoid(store.settle(name, parts, t0 + day)), () => model.settle(name, parts, t0 + day)]
                : [
                    store.reserve({ id: name, expiresAt: t0 + day, demands: parts }),
                    () => model.reserve({ id: name, expiresAt: t0 + day, demands: parts })
                  ]
            })
          const actual = yield* Effect.forEach(operations, ([real]) => real, { concurrency: "unbounded" })
          assert.deepStrictEqual(show(actual), show(operations.map(([, modelled]) => modelled())))
          for (const account of ["a", "b"])
            for (const start of [t0, t0 + 4 * minute]) {
              const name = `${run}-${account}`
              assert.deepStrictEqual(show(yield* store.balance(name, start)), show(model.balance(name, start)))
            }
        }),
        { arbitrary: { runs: kind.name === "postgres" ? 15 : 60 } }
      )
  })
})
