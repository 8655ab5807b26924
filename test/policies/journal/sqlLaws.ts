/** What holds of the journal in SQLite and in Postgres. */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer, Schema, type Scope } from "effect"
import { SqlClient } from "effect/sql"
import { RateLimitError } from "../../../src/domain/ChatResponse.ts"
import * as Journal from "../../../src/policies/Journal.ts"
import { Entry } from "../../../src/policies/journal/CallRecord.ts"
import * as JournalSql from "../../../src/policies/JournalSql.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import { priced } from "../priced.ts"
import { chatModel } from "../telemetry/spans.ts"

const busy = () => new RateLimitError({ provider: "lab", status: 429, requestId: "req-0" })
export const model = chatModel({ id: "lab/0", outcomes: ["answers"], millis: 0 }).pipe(Model.withCost, Journal.standard)
const makeRetried = () =>
  chatModel({ id: "lab/0", outcomes: [busy, "answers"], millis: 0 }).pipe(
    Model.retry(Retry.make({ times: 1, base: 0 })),
    Model.withCost,
    Journal.standard
  )
const failing = chatModel({ id: "lab/0", outcomes: [busy], millis: 0 }).pipe(Journal.standard)

const decode = Schema.decodeUnknownSync(Entry)

let tables = 0
/** A table of its own for each test, gone with it. */
export const table = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const name = `journal_${process.pid}_${++tables}`
  yield* Effect.addFinalizer(() => Effect.ignore(sql`DROP TABLE IF EXISTS ${sql(name)}`))
  return name
})

export const flushed = <A, E, R>(calls: Effect.Effect<A, E, R>) =>
  Effect.andThen(
    Effect.ignore(calls),
    Effect.flatMap(Journal.Journal, ({ flush }) => flush)
  )

export const laws = (client: Layer.Layer<SqlClient.SqlClient, unknown>) => {
  const test = (name: string, effect: Effect.Effect<void, unknown, SqlClient.SqlClient | Scope.Scope>) =>
    it.live(name, () => Effect.provide(Effect.scoped(effect), client))

  test(
    "each field of an entry has its column, and what is absent is null",
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const name = yield* table
      const write = yield* JournalSql.sink({ table: name }).make
      const at = "2026-11-30T12:00:00.000Z"
      const least = {
        _tag: "Call",
        at,
        millis: 5,
        capability: "chat",
        streamed: false,
        model: "group",
        outcome: "success"
      }
      const failed = { model: "a/b", error: "ServerError", millis: 1 }
      const succeeded = { model: "a/b", millis: 2 }
      yield* write([
        decode({
          ...least,
          id: "1",
          firstTokenMillis: 3,
          streamed: true,
          provider: "p",
          servedModel: "m",
          tenant: "t",
          team: "e",
          key: "k",
          user: "u",
          session: "s",
          run: "r",
          tags: { a: "b" },
          finishReason: "stop",
          error: "E",
          status: 500,
          attempts: [failed, succeeded],
          inputTokens: 10,
          cacheReadTokens: 11,
          cacheWriteTokens: 12,
          outputTokens: 13,
          reasoningTokens: 14,
          units: { outputImages: 1 },
          cost: { _tag: "Priced", usd: "0.5" },
          cached: true,
          requestId: "q",
          traceId: "x",
          content: { c: "d" }
        }),
        decode({
          ...least,
          id: "2",
          attempts: [succeeded],
          cost: { _tag: "Unpriced", reason: "NoPrice", atLeast: "0.25" }
        }),
        decode({ ...least, id: "3", attempts: [failed], cached: false, cost: { _tag: "Unpriced", reason: "NoRate" } }),
        decode({ _tag: "Dropped", id: "4", at, count: 7 })
      ])
      const rows = yield* sql<Record<string, unknown>>`SELECT * FROM ${sql(name)} ORDER BY id`
      const numbers = (row: Record<string, unknown>) =>
        Object.fromEntries(
          Object.entries(row)
            .filter(([, value]) => value !== null)
            .map(([column, value]) => [column, /^[\d.]+$/.test(String(value)) ? Number(value) : value])
        )
      const base = {
        at: Date.parse(at),
        millis: 5,
        capability: "chat",
        streamed: 0,
        model: "group",
        outcome: "success"
      }
      assert.deepStrictEqual(rows.map(numbers), [
        {
          ...base,
          id: 1,
          first_token_millis: 3,
          streamed: 1,
          provider: "p",
          served_model: "m",
          tenant: "t",
          team: "e",
          key_id: "k",
          end_user: "u",
          session: "s",
          run: "r",
          tags: '{"a":"b"}',
          finish_reason: "stop",
          error: "E",
          status: 500,
          attempts: JSON.stringify([failed, succeeded]),
          input_tokens: 10,
          cache_read_tokens: 11,
          cache_write_tokens: 12,
          output_tokens: 13,
          reasoning_tokens: 14,
          units: '{"outputImages":1}',
          cost: 0.5,
          cached: 1,
          request_id: "q",
          trace_id: "x",
          content: '{"c":"d"}'
        },
        { ...base, id: 2, cost: 0.25, unpriced: "NoPrice" },
        { ...base, id: 3, attempts: JSON.stringify([failed]), cached: 0, unpriced: "NoRate" },
        { id: 4, at: Date.parse(at), outcome: "dropped", dropped: 7 }
      ])
    })
  )

  test(
    "rows have the content of records",
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const name = yield* table
      const who = { tenant: "acme", session: "s-1", tags: { stage: "prod" } }
      yield* flushed(
        Effect.andThen(
          Journal.annotate(makeRetried().generate({ messages: "Hi", user: "user-1" }), who),
          failing.generate("Hi")
        )
      ).pipe(Effect.provide(Journal.layer([JournalSql.sink({ table: name })])), priced)
      const [row, failed] = yield* sql<Record<string, unknown>>`SELECT * FROM ${sql(name)} ORDER BY outcome DESC`
      const { at, attempts, id, ...columns } = Object.fromEntries(
        Object.entries(row ?? {}).filter(([, value]) => value !== null)
      )
      assert.isString(id)
      assert.isAbove(Number(at), 0)
      assert.lengthOf(JSON.parse(String(attempts)) as ReadonlyArray<unknown>, 2)
      assert.strictEqual(Number(columns["cost"]), 0.0003)
      const numbers = ["millis", "streamed", "input_tokens", "output_tokens", "cache_read_tokens"]
      assert.deepStrictEqual(numbers.map((column) => [column, Number(columns[column])]).slice(1), [
        ["streamed", 0],
        ["input_tokens", 100],
        ["output_tokens", 20],
        ["cache_read_tokens", 60]
      ])
      assert.deepInclude(columns, {
        capability: "chat",
        model: "lab/0",
        provider: "lab",
        served_model: "0-2026-01-01",
        tenant: "acme",
        end_user: "user-1",
        session: "s-1",
        tags: `{"stage":"prod"}`,
        outcome: "success",
        finish_reason: "stop",
        request_id: "req-1"
      })
      assert.deepInclude(failed, { outcome: "error", error: "RateLimitError", cost: null, request_id: "req-0" })
      assert.strictEqual(Number(failed?.["status"]), 429)
    })
  )

  test(
    "a batch that is written twice is stored once, and an existing table is reused",
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const name = yield* table
      const twice: Journal.Sink<SqlClient.SqlClient> = {
        ...JournalSql.sink({ table: name }),
        make: Effect.map(
          JournalSql.sink({ table: name }).make,
          (write) => (entries) => Effect.andThen(write(entries), write(entries))
        )
      }
      for (let round = 0; round < 2; round++) {
        yield* flushed(Effect.forEach(Array.from({ length: 1500 }), () => model.generate("Hi"))).pipe(
          Effect.provide(Journal.layer([twice], { batchSize: 1500 })),
          priced
        )
      }
      const [count] = yield* sql<{ readonly count: unknown }>`SELECT COUNT(*) AS count FROM ${sql(name)}`
      assert.strictEqual(Number(count?.count), 3000)
    })
  )

  test(
    "rows that are older than the retention are deleted",
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const name = yield* table
      const layer = Journal.layer([JournalSql.sink({ table: name, retention: "1 day" })])
      yield* flushed(model.generate("Hi")).pipe(Effect.provide(layer), priced)
      yield* sql`UPDATE ${sql(name)} SET at = at - ${2 * 86_400_000}`
      yield* flushed(Effect.andThen(model.generate("Hi"), model.generate("Hi"))).pipe(Effect.provide(layer), priced)
      const rows = yield* sql`SELECT id FROM ${sql(name)}`
      assert.lengthOf(rows, 2)
    })
  )
}
