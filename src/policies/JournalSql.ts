/**
 * A sink of the journal that writes rows to SQLite or Postgres.
 *
 * ```ts
 * import * as Journal from "effect-llm/policies/Journal"
 * import * as JournalSql from "effect-llm/policies/JournalSql"
 *
 * const journal = Journal.layer([JournalSql.sink({ retention: "90 days" })]) // needs a SqlClient
 * ```
 *
 * It makes its table, `effect_llm_calls`, itself. A row without text takes less than 300 bytes.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as BigDecimal from "effect/BigDecimal"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { type CallRecord, Entry } from "./journal/CallRecord.ts"
import type { Sink } from "./Journal.ts"

/**
 * - `table`: the name of the table (`effect_llm_calls`).
 * - `retention`: rows of calls further back are deleted, 10,000 at a time (default: none are).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly table?: string | undefined
  readonly retention?: Duration.Input | undefined
}

/**
 * Inserts a row per entry, many at a time. `at` is in milliseconds since 1970, `cost` is exact, in US dollars, and null where
 * `unpriced` says why; `attempts` is JSON, and null of a call with one that succeeded; `dropped` counts the records that are
 * missing before the row.
 *
 * @since 0.1.0
 * @category sinks
 */
export const sink = ({ retention, table = "effect_llm_calls" }: Options = {}): Sink<SqlClient.SqlClient> => ({
  name: `sql ${table}`,
  make: Effect.sync(() => {
    let isMigrated = false
    const keptMillis = retention === undefined ? undefined : Duration.toMillis(Duration.fromInputUnsafe(retention))
    return Effect.fnUntraced(function* (entries) {
      const sql = yield* SqlClient.SqlClient
      if (!isMigrated) yield* migrate(table)
      isMigrated = true
      for (const rows of Arr.chunksOf(Arr.map(entries, rowOf), mostRows)) {
        yield* sql`INSERT INTO ${sql(table)} ${sql.insert(rows)} ON CONFLICT (id) DO NOTHING`
      }
      if (keptMillis !== undefined) yield* removeBefore(table, (yield* Clock.currentTimeMillis) - keptMillis)
    })
  })
})

/** SQLite takes 32,766 parameters. */
const mostRows = 900

const migrate = Effect.fnUntraced(function* (table: string) {
  const sql = yield* SqlClient.SqlClient
  const { decimal, integer } = sql.onDialectOrElse({
    pg: () => ({ integer: sql.literal("BIGINT"), decimal: sql.literal("NUMERIC") }),
    orElse: () => ({ integer: sql.literal("INTEGER"), decimal: sql.literal("TEXT") })
  })
  yield* sql`CREATE TABLE IF NOT EXISTS ${sql(table)} (
    id TEXT PRIMARY KEY,
    at ${integer} NOT NULL,
    millis ${integer},
    first_token_millis ${integer},
    capability TEXT,
    streamed ${integer},
    model TEXT,
    provider TEXT,
    served_model TEXT,
    tenant TEXT,
    team TEXT,
    key_id TEXT,
    end_user TEXT,
    session TEXT,
    run TEXT,
    tags TEXT,
    outcome TEXT NOT NULL,
    finish_reason TEXT,
    error TEXT,
    status ${integer},
    attempts TEXT,
    input_tokens ${integer},
    cache_read_tokens ${integer},
    cache_write_tokens ${integer},
    output_tokens ${integer},
    reasoning_tokens ${integer},
    units TEXT,
    cost ${decimal},
    unpriced TEXT,
    cached ${integer},
    request_id TEXT,
    trace_id TEXT,
    content TEXT,
    dropped ${integer}
  )`
  yield* sql`CREATE INDEX IF NOT EXISTS ${sql(`${table}_at`)} ON ${sql(table)} (at)`
})

const removeBefore = Effect.fnUntraced(function* (table: string, millis: number) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`DELETE FROM ${sql(table)} WHERE id IN (SELECT id FROM ${sql(table)} WHERE at < ${millis} LIMIT 10000)`
})

const encode = Schema.encodeSync(Entry)

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))

/** A row; every row has all columns, since rows are inserted together. */
const rowOf = (entry: Entry): Record<string, unknown> => {
  const record = entry._tag === "Call" ? entry : undefined
  const encoded = encode(entry)
  const attempts = encoded._tag === "Call" ? encoded.attempts : []
  return {
    id: entry.id,
    at: DateTime.toEpochMillis(entry.at),
    millis: record?.millis ?? null,
    first_token_millis: record?.firstTokenMillis ?? null,
    capability: record?.capability ?? null,
    streamed: record === undefined ? null : Number(record.streamed),
    model: record?.model ?? null,
    provider: record?.provider ?? null,
    served_model: record?.servedModel ?? null,
    tenant: record?.tenant ?? null,
    team: record?.team ?? null,
    key_id: record?.key ?? null,
    end_user: record?.user ?? null,
    session: record?.session ?? null,
    run: record?.run ?? null,
    tags: json(record?.tags),
    outcome: record?.outcome ?? "dropped",
    finish_reason: record?.finishReason ?? null,
    error: record?.error ?? null,
    status: record?.status ?? null,
    attempts: attempts.length > 1 || attempts[0]?.error !== undefined ? json(attempts) : null,
    input_tokens: record?.inputTokens ?? null,
    cache_read_tokens: record?.cacheReadTokens ?? null,
    cache_write_tokens: record?.cacheWriteTokens ?? null,
    output_tokens: record?.outputTokens ?? null,
    reasoning_tokens: record?.reasoningTokens ?? null,
    units: json(record?.units),
    ...costOf(record?.cost),
    cached: record?.cached === undefined ? null : Number(record.cached),
    request_id: record?.requestId ?? null,
    trace_id: record?.traceId ?? null,
    content: json(record?.content),
    dropped: entry._tag === "Dropped" ? entry.count : null
  }
}

const costOf = (cost: CallRecord["cost"]): { readonly cost: string | null; readonly unpriced: string | null } => {
  if (cost === undefined) return { cost: null, unpriced: null }
  const usd = cost._tag === "Priced" ? cost.usd : cost.atLeast
  return {
    cost: usd === undefined ? null : BigDecimal.format(usd),
    unpriced: cost._tag === "Priced" ? null : cost.reason
  }
}
