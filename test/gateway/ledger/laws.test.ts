import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Effect, Layer, Random, Schema } from "effect"
import * as Calls from "../../../src/gateway/ledger/Calls.ts"
import { type LedgerRow, rowOf as rowOfCall } from "../../../src/gateway/ledger/LedgerRow.ts"
import { add, dayMillis, dayOf, none, type Sums } from "../../../src/gateway/ledger/RollUp.ts"
import * as Spend from "../../../src/gateway/ledger/Spend.ts"
import * as Tables from "../../../src/gateway/ledger/Tables.ts"
import * as Write from "../../../src/gateway/ledger/Write.ts"
import type { CallRecord } from "../../../src/policies/journal/CallRecord.ts"
import { hasPostgres } from "../../services/services.ts"
import { noon, postgresDatabase, rowAt, sqliteFile, storeAt, using } from "./ledger.ts"

const pick = Schema.Literals(["a", "b", "", "c'\"%_~,;\n"])

/** What tells calls apart, at most four values of each; costs of any size, and calls without one. */
const Some = Schema.Struct({
  day: Schema.Literals([0, 1, 2]),
  key: pick,
  user: pick,
  team: pick,
  provider: pick,
  session: pick,
  tags: Schema.Array(pick).check(Schema.isMaxLength(3)),
  outcome: Schema.Literals(["success", "error", "refused", "interrupted", "defect"]),
  tokens: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })),
  cost: Schema.Literals(["", "0", "0.1", "0.2", "0.000000000000000123", "123456789.000000001", "7"]),
  isEstimated: Schema.Boolean
})

const rowOf = ({
  cost,
  day,
  isEstimated,
  key,
  provider,
  session,
  tags,
  team,
  tokens,
  user,
  ...some
}: typeof Some.Type) => {
  const texts = { key, user, team, provider, session }
  const known = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""))
  const named = [...new Set(tags)].filter((tag) => tag !== "")
  return rowAt(noon + day * dayMillis, {
    ...some,
    ...known,
    ...(named.length > 0 && { tags: named }),
    ...(tokens > 0 && { inputTokens: tokens, outputTokens: tokens % 7 }),
    ...(cost === "" ? { unpriced: "NoPrice" } : { cost, ...(isEstimated && { estimated: true }) })
  })
}

/** The sums of one call. */
const sumsOf = (row: LedgerRow): Sums => ({
  calls: 1,
  failed: row.outcome === "error" || row.outcome === "defect" ? 1 : 0,
  refused: row.outcome === "refused" ? 1 : 0,
  cached: row.cached === true ? 1 : 0,
  estimated: row.estimated === true ? 1 : 0,
  unpriced: row.unpriced === undefined ? 0 : 1,
  inputTokens: row.inputTokens ?? 0,
  cacheReadTokens: row.cacheReadTokens ?? 0,
  cacheWriteTokens: row.cacheWriteTokens ?? 0,
  outputTokens: row.outputTokens ?? 0,
  reasoningTokens: row.reasoningTokens ?? 0,
  millis: row.millis,
  cost: row.cost ?? "0"
})

const fold = (rows: ReadonlyArray<LedgerRow>): Sums => rows.reduce<Sums>((sums, row) => add(sums, sumsOf(row)), none)

/** The sums of a fold, by group. */
const foldBy = (rows: ReadonlyArray<LedgerRow>, groupsOf: (row: LedgerRow) => ReadonlyArray<string>) => {
  const groups = new Map<string, Sums>()
  for (const row of rows)
    for (const group of groupsOf(row)) groups.set(group, add(groups.get(group) ?? none, sumsOf(row)))
  return Object.fromEntries([...groups].sort())
}

const spendBy = (by: ReadonlyArray<Spend.Dimension>, more: Spend.SpendFilters = {}) =>
  Effect.map(using(Spend.spend({ ...more, by, from: dayOf(noon), to: dayOf(noon) + 3 })), ({ groups, total }) => ({
    total,
    groups: Object.fromEntries(
      groups
        .map((group) => {
          const sums = Object.fromEntries(Object.keys(none).map((name) => [name, group[name as keyof Sums]]))
          return [by.map((dimension) => group[dimension]).join("|"), sums] as const
        })
        .sort(([a], [b]) => (a < b ? -1 : 1))
    )
  }))

const databases = [
  { name: "SQLite", address: sqliteFile, isThere: true },
  { name: "Postgres", address: postgresDatabase, isThere: hasPostgres }
]

describe.each(databases)("the ledger in $name", ({ address, isThere }) => {
  it.live.skipIf(!isThere)(
    "has sums that are the fold of its rows, however often, in what parts and by how many writers these were written",
    () =>
      Effect.gen(function* () {
        const at = yield* address
        // Two processes with a connection each.
        const stores = [yield* Layer.build(storeAt(at)), yield* Layer.build(Layer.fresh(storeAt(at)))]
        const all: Array<LedgerRow> = []
        const writers = stores.map((store) => ({ store, write: Write.make() }))
        for (let round = 0; round < 6; round++) {
          const rows = yield* Effect.forEach(Array.from({ length: 12 }), () => sample)
          all.push(...rows)
          const halves = [rows.slice(0, 8), rows.slice(4)]
          yield* Effect.forEach(
            writers,
            ({ store, write }, index) =>
              Effect.provideContext(using(write((halves[index] ?? []).map((row) => ({ row })))), store),
            { concurrency: "unbounded" }
          )
        }
        const [store = Context.empty() as never] = stores
        yield* Effect.gen(function* () {
          const own = (row: LedgerRow) => new Date(row.at).toISOString().slice(0, 10)
          const whole = yield* spendBy([])
          assert.deepStrictEqual(whole.total, fold(all))
          const cases: ReadonlyArray<
            readonly [by: ReadonlyArray<Spend.Dimension>, of: (row: LedgerRow) => ReadonlyArray<string>]
          > = [
            [["day"], (row) => [own(row)]],
            [["key", "provider"], (row) => [`${row.key ?? ""}|${row.provider ?? ""}`]],
            [["day", "user", "team"], (row) => [`${own(row)}|${row.user ?? ""}|${row.team ?? ""}`]],
            [["tag"], (row) => row.tags ?? []],
            [["session", "day"], (row) => [`${row.session ?? ""}|${own(row)}`]]
          ]
          for (const [by, of] of cases) {
            const { groups, total } = yield* spendBy(by)
            assert.deepStrictEqual(groups, foldBy(all, of), by.join())
            assert.deepStrictEqual(total, fold(all), by.join())
          }
          const ofTag = all.filter(({ tags }) => tags?.includes("a"))
          assert.deepStrictEqual((yield* spendBy(["key"], { tag: "a" })).total, fold(ofTag))
          // What is read is what was written.
          const { calls, next } = yield* using(Calls.page({ limit: 1000 }))
          const byId = (rows: ReadonlyArray<LedgerRow>) => rows.toSorted((a, b) => (a.id < b.id ? 1 : -1))
          assert.deepStrictEqual(calls, byId(all))
          assert.isUndefined(next)
          // Pages follow each other without a gap.
          const paged: Array<LedgerRow> = []
          let after: string | undefined
          do {
            const page: Calls.Page = yield* using(Calls.page({ limit: 7, after, tag: "c'\"%_~,;\n" }))
            paged.push(...page.calls)
            after = page.next
          } while (after !== undefined)
          assert.deepStrictEqual(paged, byId(all.filter(({ tags }) => tags?.includes("c'\"%_~,;\n"))))
        }).pipe(Effect.provideContext(store))
      })
  )

  it.live.skipIf(!isThere)(
    "is written by several processes that know different days, without waiting for each other",
    () =>
      Effect.gen(function* () {
        const at = yield* address
        const stores = yield* Effect.forEach([1, 2, 3], () => Layer.build(Layer.fresh(storeAt(at))), { concurrency: 3 })
        const writers = stores.map((store) => {
          const write = Write.make()
          return (rows: ReadonlyArray<LedgerRow>) =>
            Effect.provideContext(using(write(rows.map((row) => ({ row, texts: { text: row.id } })))), store)
        })
        const all: Array<LedgerRow> = []
        for (let round = 0; round < 5; round++) {
          const rows = [0, 1, 2].map((day) => rowAt(noon + (3 * round + day) * dayMillis, { tags: ["a"] }))
          yield* writers[round % 3]?.(rows.slice(0, 1)) ?? Effect.void
          yield* Effect.forEach(writers, (write) => write(rows), { concurrency: "unbounded" })
          all.push(...rows)
        }
        const counted = using(Spend.spend({ by: [], from: dayOf(noon), to: dayOf(noon) + 15 }))
        const [store = Context.empty() as never] = stores
        assert.deepStrictEqual((yield* Effect.provideContext(counted, store)).total, fold(all))
      })
  )

  it.live.skipIf(!isThere)("drops the tables of days after the retention, and keeps their sums", () =>
    Effect.gen(function* () {
      const store = yield* Layer.build(storeAt(yield* address))
      yield* Effect.gen(function* () {
        const rows = [0, 1, 2].map((day) => rowAt(noon + day * dayMillis, { cost: "0.25" }))
        yield* using(Write.make()(rows.map((row) => ({ row, texts: { text: row.id } }))))
        assert.strictEqual(yield* using(Tables.dropBefore("calls", dayOf(noon) + 2)), 2)
        assert.deepStrictEqual(yield* using(Tables.daysOf("calls")), [dayOf(noon) + 2])
        assert.strictEqual((yield* using(Tables.daysOf("texts"))).length, 3)
        const { calls } = yield* using(Calls.page({ limit: 10 }))
        assert.deepStrictEqual(calls, rows.slice(2))
        assert.isUndefined(yield* using(Calls.find(rows[0]?.id ?? "")))
        assert.deepInclude(yield* using(Calls.find(rows[2]?.id ?? "")), { texts: { text: rows[2]?.id ?? "" } })
        assert.strictEqual((yield* spendBy([])).total.cost, "0.75")
      }).pipe(Effect.provideContext(store))
    })
  )
})

const sample = Effect.gen(function* () {
  const int = (most: number) => Random.nextIntBetween(0, most)
  const text = Effect.map(int(4), (index) => pick.literals[index] ?? "")
  return rowOf({
    day: ((yield* int(3)) % 3) as 0,
    key: yield* text,
    user: yield* text,
    team: yield* text,
    provider: yield* text,
    session: yield* text,
    tags: [yield* text, yield* text],
    outcome: Some.fields.outcome.literals[yield* int(5)] ?? "success",
    tokens: yield* int(1_000_000),
    cost: Some.fields.cost.literals[yield* int(7)] ?? "",
    isEstimated: (yield* int(2)) === 1
  })
})

/** A call as the journal has it. */
const called: CallRecord = {
  _tag: "Call",
  id: "call",
  at: DateTime.makeUnsafe(noon),
  millis: 1,
  capability: "chat",
  streamed: false,
  model: "fast",
  outcome: "success",
  attempts: []
}

describe.each(databases)("names of callers and providers, in $name", ({ address, isThere }) => {
  it.live.skipIf(!isThere)("are written, whatever their characters are", () =>
    Effect.gen(function* () {
      const store = yield* Layer.build(storeAt(yield* address))
      const awkward = ["a\0b", "\ud800", "x\udc00y", `${"a".repeat(199)}😀`, `${"a".repeat(300)}`, "\u2028\ufffe'\"\\"]
      const entries = awkward.map((text, index) => {
        const id = rowAt(noon + index).id
        const record = {
          ...called,
          id,
          model: text,
          servedModel: text,
          provider: text,
          user: text,
          session: text,
          run: text,
          team: text,
          tags: { [text]: text },
          requestId: text,
          attempts: [{ model: text, error: "ServerError", millis: 1 }]
        }
        return { row: rowOfCall(record, { id, endUser: text }), texts: { input: text, output: text } }
      })
      yield* Effect.gen(function* () {
        yield* using(Write.make()(entries))
        const { calls } = yield* using(Calls.page({ limit: 100 }))
        assert.strictEqual(calls.length, awkward.length)
        for (const call of calls) {
          assert.isTrue(JSON.stringify(call).isWellFormed())
          assert.isAtMost(call.model.length, 200)
        }
      }).pipe(Effect.provideContext(store))
    })
  )
})
