import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { api } from "../AdminApi.ts"
import * as Calls from "../ledger/Calls.ts"
import { callColumns } from "../ledger/Columns.ts"
import { Ledger } from "../ledger/Ledger.ts"
import type { LedgerRow } from "../ledger/LedgerRow.ts"
import { dayMillis, dayOf, measures } from "../ledger/RollUp.ts"
import * as Spend from "../ledger/Spend.ts"
import { dateOf } from "../ledger/Tables.ts"
import { Store } from "../store/Store.ts"
import type { Call } from "./api/LedgerApi.ts"
import { Invalid, NotFound, Unavailable } from "./api/Problems.ts"
import * as Csv from "./Csv.ts"

const shown = (row: LedgerRow): Call => ({ ...row, at: DateTime.formatIso(DateTime.makeUnsafe(row.at)) })

/** Calls that have just ended are read too, unless the database is behind. */
const flushTimeout = "2 seconds"

/** What queries need: a ledger that has written, and its database. */
const reading = Effect.gen(function* () {
  const ledger = yield* Ledger
  const { sql, use } = yield* Store
  const flushed = Effect.timeoutOption(ledger.flush, flushTimeout)
  const unavailable = () => new Unavailable({ detail: "the gateway's database does not respond" })
  const read = <A>(effect: Effect.Effect<A, SqlError, SqlClient>): Effect.Effect<A, Unavailable> =>
    Effect.andThen(flushed, use(Effect.provideService(effect, SqlClient, sql))).pipe(Effect.mapError(unavailable))
  /** A part of an answer that is sent already. */
  const part = <A>(effect: Effect.Effect<A, SqlError, SqlClient>): Effect.Effect<A> =>
    Effect.orDie(use(Effect.provideService(effect, SqlClient, sql)))
  return { ledger, read, part }
})

type CallsQuery = Calls.Filters & { readonly from?: string | undefined; readonly to?: string | undefined }

const millisOf = Effect.fnUntraced(function* (name: string, text: string | undefined, isEnd = false) {
  if (text === undefined) return undefined
  const moment = DateTime.make(text)
  if (Option.isNone(moment)) return yield* new Invalid({ detail: `${name} is no time: ${JSON.stringify(text)}` })
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text)
  return DateTime.toEpochMillis(moment.value) + (isDay && isEnd ? dayMillis : 0)
})

const callsOf = Effect.fnUntraced(function* (query: CallsQuery) {
  return { ...query, from: yield* millisOf("from", query.from), to: yield* millisOf("to", query.to, true) }
})

type SpendQuery = Spend.SpendFilters & {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly by?: string | undefined
}

const isDimension = (name: string): name is Spend.Dimension => Spend.dimensions.some((known) => known === name)

const spendOf = Effect.fnUntraced(function* ({ by = "day", from, to, ...filters }: SpendQuery) {
  const today = dayOf(yield* Clock.currentTimeMillis)
  const last = dayOf((yield* millisOf("to", to)) ?? today * dayMillis)
  const first = dayOf((yield* millisOf("from", from)) ?? (last - 29) * dayMillis)
  if (first > last) return yield* new Invalid({ detail: "`from` is after `to`" })
  const names = by === "" ? [] : [...new Set(by.split(",").map((name) => name.trim()))]
  const unknown = names.find((name) => !isDimension(name))
  if (unknown !== undefined)
    return yield* new Invalid({ detail: `\`by\` is any of ${Spend.dimensions.join(", ")}, not ${unknown}` })
  const dimensions = names.filter(isDimension)
  const isUnrolled = Spend.unrolled.some((name) => dimensions.includes(name) || filters[name] !== undefined)
  if (isUnrolled && dimensions.includes("tag"))
    return yield* new Invalid({ detail: "tags are not told apart together with sessions and runs" })
  return { ...filters, from: first, to: last + 1, by: dimensions }
})

const encoder = new TextEncoder()

/** Calls and spend. */
export const ledgerHandlers = HttpApiBuilder.group(
  api,
  "ledger",
  Effect.fnUntraced(function* (handlers) {
    const { ledger, part, read } = yield* reading

    const spend = Effect.fnUntraced(function* (query: SpendQuery) {
      const asked = yield* spendOf(query)
      const { groups, total } = yield* read(Spend.spend(asked))
      const [from, to] = [dateOf(asked.from), dateOf(asked.to - 1)]
      return { from, to, currency: "USD" as const, by: asked.by, groups, total }
    })

    /** Pages are read as the caller takes them. */
    const pages = (query: Omit<Calls.CallsQuery, "after" | "limit">, write: (calls: ReadonlyArray<Call>) => string) =>
      Stream.paginate(undefined as string | undefined, (after) =>
        Effect.map(part(Calls.page({ ...query, after, limit: 1000 })), ({ calls, next }) => [
          [encoder.encode(write(calls.map(shown)))],
          next === undefined ? Option.none() : Option.some<string | undefined>(next)
        ])
      )

    return handlers.handleAll({
      spend: ({ query }) => spend(query),
      spendCsv: ({ query }) =>
        Effect.map(spend(query), ({ by, groups }) =>
          Stream.succeed(encoder.encode(Csv.table([...by, ...measures, "cost"], groups)))
        ),
      calls: Effect.fnUntraced(function* ({ query: { after, limit = 100, ...query } }) {
        return yield* read(
          Effect.map(Calls.page({ ...(yield* callsOf(query)), after, limit }), ({ calls, next }) => ({
            calls: calls.map(shown),
            ...(next !== undefined && { next })
          }))
        )
      }),
      callsCsv: Effect.fnUntraced(function* ({ query }) {
        const asked = yield* callsOf(query)
        yield* read(Effect.void)
        const fields = callColumns.map(({ field }) => field)
        return Stream.concat(
          Stream.succeed(encoder.encode(Csv.line(fields))),
          pages(asked, (calls) => Csv.rows(fields, calls))
        )
      }),
      callsJson: Effect.fnUntraced(function* ({ query }) {
        const asked = yield* callsOf(query)
        yield* read(Effect.void)
        return pages(asked, (calls) => calls.map((call) => `${JSON.stringify(call)}\n`).join(""))
      }),
      liveCalls: () => Effect.succeed(Stream.map(ledger.live, shown)),
      call: Effect.fnUntraced(function* ({ params: { id } }) {
        const found = yield* read(Calls.find(id))
        if (found === undefined) return yield* new NotFound({ detail: `there is no call ${id}` })
        return { call: shown(found.call), ...(found.texts !== undefined && { texts: found.texts }) }
      })
    })
  })
)
