import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import type { CallRecord } from "effect-llm/policies/Journal"
import * as RequestId from "../http/RequestId.ts"
import { nameOf, usual } from "./Columns.ts"
import type { LedgerRow } from "./LedgerRow.ts"
import { dayOf } from "./RollUp.ts"
import { callOf } from "./Rows.ts"
import * as Tables from "./Tables.ts"

/** The fields that calls can be filtered by. */
export const filters = [
  "key",
  "user",
  "endUser",
  "team",
  "session",
  "run",
  "model",
  "provider",
  "servedModel",
  "outcome",
  "error",
  "capability"
] as const

export type Filters = { readonly [F in (typeof filters)[number]]?: string | undefined } & {
  readonly tag?: string | undefined
}

/** From a moment on, and before another, in milliseconds since 1970. */
export interface Period {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export interface CallsQuery extends Filters, Period {
  /** The id of the last call that is known. */
  readonly after?: string | undefined
  readonly limit: number
}

/** A page of calls, the newest first, and after which the next one begins. */
export interface Page {
  readonly calls: ReadonlyArray<LedgerRow>
  readonly next: string | undefined
}

/** The days of a period that have calls, the newest first. */
export const daysIn = ({ from = 0, to = Number.MAX_SAFE_INTEGER }: Period) =>
  Effect.map(Tables.daysOf("calls"), (days) => days.filter((day) => day >= dayOf(from) && day <= dayOf(to - 1)))

/** The conditions of filters, on the table of a day. */
export const conditions = (sql: SqlClient, query: Filters, period: Period) => [
  ...filters.flatMap((filter) => {
    const value = query[filter]
    if (value === undefined) return []
    const column = sql(nameOf(filter))
    return isUsual(filter, value) ? [sql`${column} IS NULL`] : [sql`${column} = ${value}`]
  }),
  ...(query.tag === undefined ? [] : [sql`tags LIKE ${`%${escaped(JSON.stringify(query.tag))}%`} ESCAPE '~'`]),
  ...(period.from === undefined ? [] : [sql`id >= ${RequestId.from(period.from)}`]),
  ...(period.to === undefined ? [] : [sql`id < ${RequestId.from(period.to)}`])
]

const isUsual = (filter: string, value: string): boolean =>
  Object.entries(usual).some(([field, most]) => field === filter && most === value)

const escaped = (text: string): string => text.replaceAll(/[~%_]/g, (sign) => `~${sign}`)

/** A page of calls. A day is read at a time, so that the newest are there at once. */
export const page = Effect.fnUntraced(function* (query: CallsQuery): Effect.fn.Return<Page, SqlError, SqlClient> {
  const sql = yield* SqlClient
  const { after, limit } = query
  const last = after === undefined ? undefined : RequestId.millisOf(after)
  const calls: Array<LedgerRow> = []
  for (const day of yield* daysIn({
    ...query,
    to: last === undefined ? query.to : Math.min(last + 1, query.to ?? Infinity)
  })) {
    const where = sql.and([...conditions(sql, query, query), after === undefined ? sql`1 = 1` : sql`id < ${after}`])
    const rows = yield* sql`SELECT * FROM ${sql(Tables.tableOf("calls", day))} WHERE ${where}
      ORDER BY id DESC LIMIT ${limit + 1 - calls.length}`
    calls.push(...rows.map(callOf))
    if (calls.length > limit) break
  }
  const shown = calls.slice(0, limit)
  return { calls: shown, next: calls.length > limit ? shown.at(-1)?.id : undefined }
})

/** All calls, the newest first, read as they are taken. */
export const stream = (query: Omit<CallsQuery, "after" | "limit">): Stream.Stream<LedgerRow, SqlError, SqlClient> =>
  Stream.paginate(undefined as string | undefined, (after) =>
    Effect.map(page({ ...query, after, limit: 1000 }), ({ calls, next }) => [
      calls,
      next === undefined ? Option.none() : Option.some<string | undefined>(next)
    ])
  )

/** A call, and its texts where they are kept. */
export const find = Effect.fnUntraced(function* (
  id: string
): Effect.fn.Return<
  { readonly call: LedgerRow; readonly texts: CallRecord["content"] } | undefined,
  SqlError,
  SqlClient
> {
  const sql = yield* SqlClient
  const millis = RequestId.millisOf(id)
  if (millis === undefined) return undefined
  const day = dayOf(millis)
  if (!(yield* Tables.daysOf("calls")).includes(day)) return undefined
  const [row] = yield* sql`SELECT * FROM ${sql(Tables.tableOf("calls", day))} WHERE id = ${id}`
  if (row === undefined) return undefined
  const hasTexts = (yield* Tables.daysOf("texts")).includes(day)
  const [kept] = hasTexts
    ? yield* sql<{ readonly texts: string }>`SELECT texts FROM ${sql(Tables.tableOf("texts", day))} WHERE id = ${id}`
    : []
  return { call: callOf(row), texts: kept && (JSON.parse(kept.texts) as CallRecord["content"]) }
})
