import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Calls from "../ledger/Calls.ts"
import { Ledger } from "../ledger/Ledger.ts"
import type { LedgerRow } from "../ledger/LedgerRow.ts"
import { dayMillis, dayOf } from "../ledger/RollUp.ts"
import * as Shadows from "../ledger/Shadows.ts"
import * as Spend from "../ledger/Spend.ts"
import { dateOf } from "../ledger/Tables.ts"
import { Store } from "../store/Store.ts"
import type { Call } from "./api/LedgerApi.ts"
import { Invalid, Unavailable } from "./api/Problems.ts"

export const toCall = (row: LedgerRow): Call => ({ ...row, at: DateTime.formatIso(DateTime.makeUnsafe(row.at)) })

/** How long a query waits until calls that have just ended are in the database. */
const flushTimeout = "2 seconds"

/** Reads from the database of the ledger, once that has written the calls it holds. */
export const reader = Effect.gen(function* () {
  const ledger = yield* Ledger
  const { sql, use } = yield* Store
  const flushed = Effect.timeoutOption(ledger.flush, flushTimeout)
  const unavailable = () => new Unavailable({ detail: "the gateway's database does not respond" })
  const read = <A>(effect: Effect.Effect<A, SqlError, SqlClient>): Effect.Effect<A, Unavailable> =>
    Effect.andThen(flushed, use(Effect.provideService(effect, SqlClient, sql))).pipe(Effect.mapError(unavailable))
  /** For a response whose head is sent already, which a failure can only cut short. */
  const readPart = <A>(effect: Effect.Effect<A, SqlError, SqlClient>): Effect.Effect<A> =>
    Effect.orDie(use(Effect.provideService(effect, SqlClient, sql)))
  return { ledger, read, readPart }
})

export type CallsQuery = Calls.Filters & { readonly from?: string | undefined; readonly to?: string | undefined }

const millisOf = Effect.fnUntraced(function* (name: string, text: string | undefined, isEnd = false) {
  if (text === undefined) return undefined
  const moment = DateTime.make(text)
  if (Option.isNone(moment)) return yield* new Invalid({ detail: `${name} is not a time: ${JSON.stringify(text)}` })
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text)
  return DateTime.toEpochMillis(moment.value) + (isDay && isEnd ? dayMillis : 0)
})

const backwards = new Invalid({ detail: "`from` is after `to`" })

/** The filters of a query, with its times in milliseconds. */
export const callsOf = Effect.fnUntraced(function* (query: CallsQuery) {
  const [from, to] = [yield* millisOf("from", query.from), yield* millisOf("to", query.to, true)]
  if (from !== undefined && to !== undefined && from > to) return yield* backwards
  return { ...query, from, to }
})

export type SpendQuery = Spend.SpendFilters & {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly by?: string | undefined
}

const isDimension = (name: string): name is Spend.Dimension => Spend.dimensions.some((known) => known === name)

/** Whole days: those of a query, or the last 30. */
const daysOf = Effect.fnUntraced(function* ({ from, to }: Pick<SpendQuery, "from" | "to">) {
  const today = dayOf(yield* Clock.currentTimeMillis)
  const last = dayOf((yield* millisOf("to", to)) ?? today * dayMillis)
  const first = dayOf((yield* millisOf("from", from)) ?? (last - 29) * dayMillis)
  if (first > last) return yield* backwards
  return { from: first, to: last + 1 }
})

const spendOf = Effect.fnUntraced(function* ({ by = "day", from, to, ...filters }: SpendQuery) {
  const days = yield* daysOf({ from, to })
  const names = by === "" ? [] : [...new Set(by.split(",").map((name) => name.trim()))]
  const unknown = names.find((name) => !isDimension(name))
  if (unknown !== undefined)
    return yield* new Invalid({ detail: `\`by\` is any of ${Spend.dimensions.join(", ")}, not ${unknown}` })
  const dimensions = names.filter(isDimension)
  const isUnrolled = Spend.unrolled.some((name) => dimensions.includes(name) || filters[name] !== undefined)
  if (isUnrolled && dimensions.includes("tag"))
    return yield* new Invalid({ detail: "`by` cannot combine tags with sessions or runs" })
  return { ...filters, ...days, by: dimensions }
})

/** The spend that a query selects. */
export const spend = Effect.fnUntraced(function* ({ read }: Effect.Success<typeof reader>, query: SpendQuery) {
  const filters = yield* spendOf(query)
  const { groups, total } = yield* read(Spend.spend(filters))
  const [from, to] = [dateOf(filters.from), dateOf(filters.to - 1)]
  return { from, to, currency: "USD" as const, by: filters.by, groups, total }
})

/** The models and shadows that a query selects. */
export const shadows = Effect.fnUntraced(function* (
  { read }: Effect.Success<typeof reader>,
  { model, ...period }: { readonly model?: string } & Pick<SpendQuery, "from" | "to">
) {
  const days = yield* daysOf(period)
  const comparisons = yield* read(Shadows.compare({ ...days, model }))
  return { from: dateOf(days.from), to: dateOf(days.to - 1), comparisons }
})

/** The page of calls that a query selects. */
export const page = Effect.fnUntraced(function* (
  { read }: Effect.Success<typeof reader>,
  { after, limit = 100, ...query }: CallsQuery & { readonly after?: string | undefined; readonly limit?: number }
) {
  return yield* read(
    Effect.map(Calls.page({ ...(yield* callsOf(query)), after, limit }), ({ calls, next }) => ({
      calls: calls.map(toCall),
      ...(next !== undefined && { next })
    }))
  )
})
