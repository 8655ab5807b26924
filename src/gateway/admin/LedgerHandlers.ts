import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { api } from "../AdminApi.ts"
import * as Calls from "../ledger/Calls.ts"
import { callColumns } from "../ledger/Columns.ts"
import { measures } from "../ledger/RollUp.ts"
import type { Call } from "./api/LedgerApi.ts"
import { NotFound } from "./api/Problems.ts"
import * as Csv from "./Csv.ts"
import { callsOf, page, reader, shadows, spend, toCall } from "./LedgerQueries.ts"

const encoder = new TextEncoder()

/** Calls and spend. */
export const ledgerHandlers = HttpApiBuilder.group(
  api,
  "ledger",
  Effect.fnUntraced(function* (handlers) {
    const queries = yield* reader
    const { ledger, readPart, read } = queries

    /** Reads pages as the client consumes them. */
    const pages = (query: Omit<Calls.CallsQuery, "after" | "limit">, write: (calls: ReadonlyArray<Call>) => string) =>
      Stream.paginate(undefined as string | undefined, (after) =>
        Effect.map(readPart(Calls.page({ ...query, after, limit: 1000 })), ({ calls, next }) => [
          [encoder.encode(write(calls.map(toCall)))],
          next === undefined ? Option.none() : Option.some<string | undefined>(next)
        ])
      )

    return handlers.handleAll({
      spend: ({ query }) => spend(queries, query),
      spendCsv: ({ query }) =>
        Effect.map(spend(queries, query), ({ by, groups }) =>
          Stream.succeed(encoder.encode(Csv.table([...by, ...measures, "cost"], groups)))
        ),
      shadows: ({ query }) => shadows(queries, query),
      calls: ({ query }) => page(queries, query),
      callsCsv: Effect.fnUntraced(function* ({ query }) {
        const filters = yield* callsOf(query)
        yield* read(Effect.void)
        const fields = callColumns.map(({ field }) => field)
        return Stream.concat(
          Stream.succeed(encoder.encode(Csv.line(fields))),
          pages(filters, (calls) => Csv.rows(fields, calls))
        )
      }),
      callsJson: Effect.fnUntraced(function* ({ query }) {
        const filters = yield* callsOf(query)
        yield* read(Effect.void)
        return pages(filters, (calls) => calls.map((call) => `${JSON.stringify(call)}\n`).join(""))
      }),
      liveCalls: () => Effect.succeed(Stream.map(ledger.live, toCall)),
      call: Effect.fnUntraced(function* ({ params: { id } }) {
        const found = yield* read(Calls.find(id))
        if (found === undefined) return yield* new NotFound({ detail: `there is no call ${id}` })
        return { call: toCall(found.call), ...(found.texts !== undefined && { texts: found.texts }) }
      })
    })
  })
)
