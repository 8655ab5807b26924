import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { daysIn } from "./Calls.ts"
import type { LedgerRow } from "./LedgerRow.ts"
import { dayMillis, type Sums, sumOf } from "./RollUp.ts"
import { callOf } from "./Rows.ts"
import * as Tables from "./Tables.ts"

/** The id of the call of a shadow, by that of the call that it is of. */
export const shadowIdOf = (id: string): string => `${id}${mark}`

const mark = ".s"

/** How long calls took: half of them at most, and 19 of 20. */
export interface Durations {
  readonly median: number
  readonly p95: number
}

/** The figures of one side of a comparison. */
export interface Side extends Omit<Sums, "millis"> {
  readonly millis: Durations
  /** Of streams. */
  readonly firstTokenMillis?: Durations
  readonly outcomes: { readonly [outcome: string]: number }
}

/** A model and its shadow, by the requests that both have had. */
export interface Comparison {
  readonly model: string
  readonly shadow: string
  readonly pairs: number
  readonly primary: Side
  readonly mirrored: Side
}

export interface ShadowsQuery {
  /** Whole days (UTC), in days since 1970: from one on, and before another. */
  readonly from: number
  readonly to: number
  readonly model?: string | undefined
}

/** The most pairs that are compared, the newest. */
export const mostPairs = 10_000

/** How many shadows are read at a time. */
const pageSize = 500

interface Pair {
  readonly primary: LedgerRow
  readonly shadow: LedgerRow
}

/** Compares models with their shadows by the calls that are kept, the newest of them. */
export const compare = Effect.fnUntraced(function* ({
  from,
  model,
  to
}: ShadowsQuery): Effect.fn.Return<ReadonlyArray<Comparison>, SqlError, SqlClient> {
  const groups = new Map<string, Array<Pair>>()
  let count = 0
  for (const day of yield* daysIn({ from: from * dayMillis, to: to * dayMillis })) {
    if (count >= mostPairs) break
    for (const pair of yield* pairsOf(day, model, mostPairs - count)) {
      const id = JSON.stringify([pair.primary.model, pair.shadow.model])
      const group = groups.get(id)
      if (group === undefined) groups.set(id, [pair])
      else group.push(pair)
      count++
    }
  }
  return [...groups.values()].map(comparisonOf).toSorted((a, b) => b.pairs - a.pairs)
})

const pairsOf = Effect.fnUntraced(function* (day: number, model: string | undefined, most: number) {
  const sql = yield* SqlClient
  const table = sql(Tables.tableOf("calls", day))
  const pairs: Array<Pair> = []
  let before: string | undefined
  while (pairs.length < most) {
    const rows = yield* sql`SELECT * FROM ${table} WHERE ${sql.and([
      sql`id LIKE ${`%${mark}`}`,
      before === undefined ? sql`1 = 1` : sql`id < ${before}`
    ])} ORDER BY id DESC LIMIT ${Math.min(pageSize, most - pairs.length)}`
    if (rows.length === 0) return pairs
    const shadows = rows.map(callOf)
    const ids = shadows.map(({ id }) => id.slice(0, -mark.length))
    const named = model === undefined ? [] : [sql`model = ${model}`]
    const found = yield* sql`SELECT * FROM ${table} WHERE ${sql.and([sql.in("id", ids), ...named])}`
    const primaries = new Map(found.map(callOf).map((call) => [call.id, call]))
    for (const [index, shadow] of shadows.entries()) {
      const primary = primaries.get(ids[index] ?? "")
      if (primary !== undefined) pairs.push({ primary, shadow })
    }
    before = shadows.at(-1)?.id
  }
  return pairs
})

const comparisonOf = (pairs: ReadonlyArray<Pair>): Comparison => ({
  model: pairs[0]?.primary.model ?? "",
  shadow: pairs[0]?.shadow.model ?? "",
  pairs: pairs.length,
  primary: sideOf(pairs.map(({ primary }) => primary)),
  mirrored: sideOf(pairs.map(({ shadow }) => shadow))
})

/** A call is as long as it took, whatever its end was. */
const sideOf = (calls: ReadonlyArray<LedgerRow>): Side => {
  const firstTokenMillis = durationsOf(calls.flatMap(({ firstTokenMillis }) => firstTokenMillis ?? []))
  const outcomes: { [outcome: string]: number } = {}
  for (const { outcome } of calls) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  return {
    ...sumOf(calls),
    millis: durationsOf(calls.map(({ millis }) => millis)) ?? { median: 0, p95: 0 },
    ...(firstTokenMillis && { firstTokenMillis }),
    outcomes
  }
}

const durationsOf = (millis: ReadonlyArray<number>): Durations | undefined => {
  const sorted = millis.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0
  return sorted.length === 0 ? undefined : { median: at(0.5), p95: at(0.95) }
}
