import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as SqlTransaction from "effect-llm/policies/SqlTransaction"
import * as RequestId from "../http/RequestId.ts"
import {
  callColumns,
  type Column,
  dayTable,
  type RollUpTable,
  tagTable,
  textColumns,
  typesPostgres,
  typesSqlite
} from "./Columns.ts"
import { dayMillis } from "./RollUp.ts"

/** What is kept in a table for each day: calls, and the texts of those that keep them. */
export type Daily = "calls" | "texts"

const columnsOf: { readonly [D in Daily]: ReadonlyArray<Column> } = { calls: callColumns, texts: textColumns }

/** Over all days, in Postgres. */
const parentOf = (daily: Daily): string => `effect_llm_ledger_${daily}`

/** The table of a day, such as `effect_llm_ledger_calls_20261130`. */
export const tableOf = (daily: Daily, day: number): string => `${parentOf(daily)}_${dateOf(day).replaceAll("-", "")}`

/** A day as `2026-11-30`. */
export const dateOf = (day: number): string => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(day * dayMillis))

const isPostgres = (sql: SqlClient): boolean => sql.onDialectOrElse({ pg: () => true, orElse: () => false })

const definitions = (sql: SqlClient, columns: ReadonlyArray<Column>): string => {
  const types = isPostgres(sql) ? typesPostgres : typesSqlite
  // Ids are compared by their bytes, so that they sort by time in every database.
  const collation = isPostgres(sql) ? ' COLLATE "C"' : ""
  return columns
    .map(({ kind, name, required }) =>
      [name, types[kind] + (name === "id" ? collation : ""), required === true ? "NOT NULL" : ""].join(" ").trimEnd()
    )
    .join(", ")
}

const withoutRowid = (sql: SqlClient): string => (isPostgres(sql) ? "" : " WITHOUT ROWID")

/** Creates the tables that are not per day. */
export const create: Effect.Effect<void, SqlError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  for (const { by, name, sums } of [dayTable, tagTable]) {
    const key = by.map(({ name }) => name).join(", ")
    yield* sql.unsafe(
      `CREATE TABLE ${name} (${definitions(sql, [...by, ...sums])}, PRIMARY KEY (${key}))${withoutRowid(sql)}`
    )
  }
  yield* sql`CREATE TABLE effect_llm_ledger_partitions (
    daily TEXT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (daily, day)
  )`
  if (!isPostgres(sql)) return
  for (const daily of ["calls", "texts"] as const)
    yield* sql.unsafe(
      `CREATE TABLE ${parentOf(daily)} (${definitions(sql, columnsOf[daily])}, PRIMARY KEY (id)) PARTITION BY RANGE (id)`
    )
})

/** The days that have a table, the newest first. */
export const daysOf = Effect.fnUntraced(function* (
  daily: Daily
): Effect.fn.Return<ReadonlyArray<number>, SqlError, SqlClient> {
  const sql = yield* SqlClient
  const rows = yield* sql<{ readonly day: number | string }>`SELECT day FROM effect_llm_ledger_partitions
    WHERE daily = ${daily} ORDER BY day DESC`
  return rows.map(({ day }) => Number(day))
})

/** Of several processes that change tables, one does at a time. Only within a transaction. */
const alone = Effect.flatMap(SqlClient, (sql) =>
  // SQLite lets one write at a time anyway.
  isPostgres(sql) ? Effect.asVoid(sql`SELECT pg_advisory_xact_lock(7266, 12)`) : Effect.void
)

/** Makes the table of a day. Only within a transaction. */
export const addDay = Effect.fnUntraced(function* (daily: Daily, day: number) {
  const sql = yield* SqlClient
  yield* alone
  if ((yield* daysOf(daily)).includes(day)) return
  const table = tableOf(daily, day)
  const from = RequestId.from(day * dayMillis)
  const to = RequestId.from((day + 1) * dayMillis)
  yield* sql.unsafe(
    isPostgres(sql)
      ? `CREATE TABLE ${table} PARTITION OF ${parentOf(daily)} FOR VALUES FROM ('${from}') TO ('${to}')`
      : `CREATE TABLE ${table} (${definitions(sql, columnsOf[daily])}, PRIMARY KEY (id)) WITHOUT ROWID`
  )
  yield* sql`INSERT INTO effect_llm_ledger_partitions ${sql.insert({ daily, day })}`
})

/** Drops the tables of days before one, and says how many. */
export const dropBefore = Effect.fnUntraced(function* (daily: Daily, before: number) {
  const sql = yield* SqlClient
  const old = (yield* daysOf(daily)).filter((day) => day < before)
  for (const day of old)
    yield* SqlTransaction.run(
      sql,
      Effect.gen(function* () {
        yield* alone
        yield* sql.unsafe(`DROP TABLE IF EXISTS ${tableOf(daily, day)}`)
        yield* sql`DELETE FROM effect_llm_ledger_partitions WHERE daily = ${daily} AND day = ${day}`
      })
    )
  return old.length
})

/** Reads rows out of one parameter of JSON: as many as there are, by one statement. */
const fromJson = (sql: SqlClient, columns: ReadonlyArray<Column>): string =>
  isPostgres(sql)
    ? `SELECT ${columns.map(({ field }) => `"${field}"`).join(", ")} FROM json_to_recordset($1::json) AS r(${columns
        .map(({ field, kind }) => `"${field}" ${typesPostgres[kind]}`)
        .join(", ")})`
    : `SELECT ${columns.map(({ field }) => `value ->> '$.${field}'`).join(", ")} FROM json_each(?) WHERE true`

/** Rows as a parameter. Texts are kept as they came, but for NUL and halves of characters, for which Postgres would refuse all rows. */
const jsonOf = (rows: ReadonlyArray<object>): string => {
  const json = JSON.stringify(rows)
  return /\\u(?:d|0000)/.test(json) ? JSON.stringify(rows, (_, value: unknown) => storable(value)) : json
}

const storable = (value: unknown): unknown =>
  typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value

type Row = { readonly [field: string]: unknown }

/** Inserts rows of one day that are not there yet, and gives the ids of those. */
export const insert = Effect.fnUntraced(function* (daily: Daily, day: number, rows: ReadonlyArray<Row>) {
  const sql = yield* SqlClient
  const columns = columnsOf[daily]
  const inserted = isPostgres(sql)
    ? yield* sql.unsafe(insertion(daily, day, fromJson(sql, columns)), [jsonOf(rows)]).values
    : (yield* Effect.forEach(
        partsOf(rows),
        (part) => sql.unsafe(insertionOf(daily, day, part.length), valuesOf(columns, part)).values
      )).flat()
  return new Set(inserted.map(([id]) => String(id)))
})

const insertion = (daily: Daily, day: number, source: string): string =>
  `INSERT INTO ${tableOf(daily, day)} (${columnsOf[daily].map(({ name }) => name).join(", ")}) ${source}
  ON CONFLICT (id) DO NOTHING RETURNING id`

/** As many rows are in one statement of SQLite, which reads parameters much faster than JSON. */
const mostRows = 64

/** Parts of few sizes, so that few statements have to be prepared. */
const partsOf = (rows: ReadonlyArray<Row>): ReadonlyArray<ReadonlyArray<Row>> => {
  const parts: Array<ReadonlyArray<Row>> = []
  let at = 0
  for (let size = mostRows; size >= 1; size /= 2)
    for (; at + size <= rows.length; at += size) parts.push(rows.slice(at, at + size))
  return parts
}

const valuesOf = (columns: ReadonlyArray<Column>, rows: ReadonlyArray<Row>): ReadonlyArray<unknown> => {
  const values: Array<unknown> = []
  for (const row of rows) for (const { field } of columns) values.push(row[field])
  return values
}

/** The statements of the days that are written to. */
const insertions = new Map<string, string>()
const mostInsertions = 100

const insertionOf = (daily: Daily, day: number, size: number): string => {
  const key = `${daily} ${day} ${size}`
  const known = insertions.get(key)
  if (known !== undefined) return known
  const row = `(${columnsOf[daily].map(() => "?").join(", ")})`
  const made = insertion(daily, day, `VALUES ${Array.from({ length: size }, () => row).join(", ")}`)
  if (insertions.size >= mostInsertions) insertions.clear()
  insertions.set(key, made)
  return made
}

/** Adds roll-ups to those that are there. */
export const addUp = Effect.fnUntraced(function* ({ by, name, sums }: RollUpTable, rollUps: ReadonlyArray<object>) {
  if (rollUps.length === 0) return
  const sql = yield* SqlClient
  const columns = [...by, ...sums]
  const sum = (column: Column): string =>
    column.kind === "money" && !isPostgres(sql)
      ? `decimal_add(${name}.${column.name}, excluded.${column.name})`
      : `${name}.${column.name} + excluded.${column.name}`
  yield* sql.unsafe(
    `INSERT INTO ${name} (${columns.map(({ name }) => name).join(", ")}) ${fromJson(sql, columns)}
    ON CONFLICT (${by.map(({ name }) => name).join(", ")}) DO UPDATE SET ${sums
      .map((column) => `${column.name} = ${sum(column)}`)
      .join(", ")}`,
    [jsonOf(rollUps)]
  )
})
