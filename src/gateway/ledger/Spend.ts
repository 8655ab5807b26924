import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { conditions, daysIn, type Filters } from "./Calls.ts"
import { dayTable, nameOf, tagTable } from "./Columns.ts"
import { add, dayDimensions, dayMillis, type Measure, measures, none, type Sums } from "./RollUp.ts"
import { moneyOf } from "./Rows.ts"
import * as Tables from "./Tables.ts"

/** What is in no roll-up: these are summed up over the calls, as far back as those are kept. */
export const unrolled = ["session", "run"] as const

/** The fields that spend can be grouped by. */
export const dimensions = ["day", ...dayDimensions, "tag", ...unrolled] as const

export type Dimension = (typeof dimensions)[number]

export type SpendFilters = Pick<Filters, Exclude<Dimension, "day">>

export interface SpendQuery extends SpendFilters {
  /** Whole days (UTC), in days since 1970: from one on, and before another. */
  readonly from: number
  readonly to: number
  readonly by: ReadonlyArray<Dimension>
}

/** The sums of a group; what it is the group of is empty where calls lack it. */
export type Group = Sums & { readonly [D in Dimension]?: string }

export interface Spend {
  readonly groups: ReadonlyArray<Group>
  readonly total: Sums
}

/** What was spent, by the roll-ups of days. With tags, a call counts in each of its own; the total counts it once. */
export const spend = Effect.fnUntraced(function* (query: SpendQuery): Effect.fn.Return<Spend, SqlError, SqlClient> {
  const read = unrolled.some((dimension) => query.by.includes(dimension) || query[dimension] !== undefined)
    ? overCalls
    : overDays
  const groups = yield* read(query)
  const isTold = query.by.includes("tag") && query.tag === undefined
  const total = (isTold ? yield* read({ ...query, by: [] }) : groups).reduce<Sums>(
    (sum, group) => add(sum, group),
    none
  )
  return { groups, total }
})

type SumRow = { readonly [M in Measure | "cost"]: unknown } & { readonly [D in Dimension]?: unknown }

const overDays = Effect.fnUntraced(function* (query: SpendQuery) {
  const sql = yield* SqlClient
  const { by, from, to } = query
  const { name } = by.includes("tag") || query.tag !== undefined ? tagTable : dayTable
  const where = sql.and([
    sql`day >= ${from}`,
    sql`day < ${to}`,
    ...[...dayDimensions, "tag" as const].flatMap((dimension) =>
      query[dimension] === undefined ? [] : [sql`${sql(nameOf(dimension))} = ${query[dimension]}`]
    )
  ])
  const sums = measures.map((measure) => `SUM(${nameOf(measure)}) AS "${measure}"`)
  const rows = yield* sql<SumRow>`SELECT ${sql.literal([...selected(by), ...sums, costIn(sql)].join(", "))}
    FROM ${sql(name)} WHERE ${where} ${grouped(sql, by)}`
  return rows.flatMap((row) => groupOf(row, by))
})

/** The days of calls are summed up one by one. */
const overCalls = Effect.fnUntraced(function* (query: SpendQuery) {
  const sql = yield* SqlClient
  const groups = new Map<string, Group>()
  const period = { from: query.from * dayMillis, to: query.to * dayMillis }
  const by = query.by.filter((dimension) => dimension !== "day")
  for (const day of yield* daysIn(period)) {
    const where = sql.and([sql`1 = 1`, ...conditions(sql, query, period)])
    const sums = measures.map((measure) => `${sumsOfCalls[measure]} AS "${measure}"`)
    const rows = yield* sql<SumRow>`SELECT ${sql.literal([...selected(by), ...sums, costIn(sql)].join(", "))}
      FROM ${sql(Tables.tableOf("calls", day))} WHERE ${where} ${grouped(sql, by)}`
    for (const group of rows.flatMap((row) => groupOf(row, by))) {
      const own = query.by.includes("day") ? { ...group, day: Tables.dateOf(day) } : group
      const id = JSON.stringify(query.by.map((dimension) => own[dimension]))
      const before = groups.get(id)
      groups.set(id, before === undefined ? own : { ...own, ...add(before, own) })
    }
  }
  return [...groups.values()]
})

const flag = (condition: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`

const count = (measure: Measure): string => `COALESCE(SUM(${nameOf(measure)}), 0)`

/** How each measure is made of calls. */
const sumsOfCalls: { readonly [M in Measure]: string } = {
  calls: "COUNT(*)",
  failed: flag("outcome IN ('error', 'defect')"),
  refused: flag("outcome = 'refused'"),
  cached: flag("cached"),
  estimated: flag("estimated"),
  unpriced: flag("unpriced IS NOT NULL"),
  inputTokens: count("inputTokens"),
  cacheReadTokens: count("cacheReadTokens"),
  cacheWriteTokens: count("cacheWriteTokens"),
  outputTokens: count("outputTokens"),
  reasoningTokens: count("reasoningTokens"),
  millis: count("millis")
}

const costIn = (sql: SqlClient): string =>
  `${sql.onDialectOrElse({ pg: () => "SUM", orElse: () => "decimal_sum" })}(cost) AS cost`

const selected = (by: ReadonlyArray<Dimension>): ReadonlyArray<string> =>
  by.map((dimension) => (dimension === "day" ? "day" : `COALESCE(${nameOf(dimension)}, '') AS "${dimension}"`))

const grouped = (sql: SqlClient, by: ReadonlyArray<Dimension>) => {
  const names = by.map(nameOf).join(", ")
  return by.length === 0 ? sql`` : sql`GROUP BY ${sql.literal(names)} ORDER BY ${sql.literal(names)}`
}

/** A sum over no rows is not a group. */
const groupOf = (row: SumRow, by: ReadonlyArray<Dimension>): ReadonlyArray<Group> =>
  Number(row.calls ?? 0) === 0
    ? []
    : [
        {
          ...Object.fromEntries(
            by.map((dimension) => [
              dimension,
              dimension === "day" ? Tables.dateOf(Number(row.day)) : String(row[dimension])
            ])
          ),
          ...sumsIn(row)
        }
      ]

const sumsIn = (row: { readonly [M in Measure | "cost"]: unknown }): Sums => ({
  calls: Number(row.calls),
  failed: Number(row.failed),
  refused: Number(row.refused),
  cached: Number(row.cached),
  estimated: Number(row.estimated),
  unpriced: Number(row.unpriced),
  inputTokens: Number(row.inputTokens),
  cacheReadTokens: Number(row.cacheReadTokens),
  cacheWriteTokens: Number(row.cacheWriteTokens),
  outputTokens: Number(row.outputTokens),
  reasoningTokens: Number(row.reasoningTokens),
  millis: Number(row.millis),
  cost: moneyOf(row.cost ?? "0")
})
