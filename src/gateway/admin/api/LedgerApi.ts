import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import { filters } from "../../ledger/Calls.ts"
import { LedgerRow } from "../../ledger/LedgerRow.ts"
import { measures } from "../../ledger/RollUp.ts"
import { mostPairs } from "../../ledger/Shadows.ts"
import { dimensions } from "../../ledger/Spend.ts"
import { Day, Moment, Storable } from "../../../settings/schema/Scalars.ts"
import { Invalid, NotFound, Unavailable } from "./Problems.ts"

const Text = Schema.optionalKey(Storable)

const textsOf = <const Names extends ReadonlyArray<string>>(names: Names) =>
  Object.fromEntries(names.map((name) => [name, Text])) as { readonly [N in Names[number]]: typeof Text }

const Usd = Schema.String.annotate({ description: "US dollars, exact", examples: ["0.0001375"] })

/** A call in the ledger. */
export const Call = Schema.Struct({
  ...LedgerRow.fields,
  at: Schema.String.annotate({ description: "When it began", examples: ["2026-11-30T12:00:00.000Z"] }),
  cost: Schema.optional(Usd).annotateKey({
    description: "Exact; for an `unpriced` call, the part that is known"
  })
}).annotate({
  identifier: "Call",
  examples: [
    {
      id: "req_0mil2fvr4k3x9q1",
      at: "2026-11-30T12:00:00.000Z",
      millis: 1200,
      firstTokenMillis: 431,
      capability: "chat",
      streamed: true,
      key: "key_8f3k2j",
      user: "ann",
      model: "fast",
      provider: "openai",
      servedModel: "gpt-6-luna",
      outcome: "success",
      finishReason: "stop",
      inputTokens: 812,
      outputTokens: 64,
      cost: "0.0001375"
    }
  ]
})

export interface Call extends Schema.Schema.Type<typeof Call> {}

const Time = Moment.annotate({
  description: "A day, or a time with its zone",
  examples: ["2026-11-01", "2026-11-01T06:00:00Z"]
})

const callFilters = {
  ...textsOf(filters),
  outcome: Schema.optionalKey(LedgerRow.fields.outcome),
  tag: Text,
  from: Schema.optionalKey(Time).annotateKey({ description: "The start, inclusive" }),
  to: Schema.optionalKey(Time).annotateKey({ description: "The end, exclusive; a day is included" })
}

export const callsQuery = {
  ...callFilters,
  after: Text.annotateKey({ description: "The `next` of the page before" }),
  limit: Schema.optionalKey(
    Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 1000 }))
  ).annotateKey({ description: "At most 1000. Default: 100" })
}

export const CallsPage = Schema.Struct({ calls: Schema.Array(Call), next: Text }).annotate({ identifier: "Calls" })

const counts = Object.fromEntries(measures.map((measure) => [measure, Schema.Int])) as {
  readonly [M in (typeof measures)[number]]: typeof Schema.Int
}

/** Sums over calls. */
const Sums = Schema.Struct({ ...counts, cost: Usd }).annotate({
  identifier: "Sums",
  description: "Sums over calls. The cost includes the known part of those that are `unpriced`"
})

const groupFields = Object.fromEntries(dimensions.map((dimension) => [dimension, Text])) as {
  readonly [D in (typeof dimensions)[number]]: typeof Text
}

/** Sums over the calls of one group. */
const SpendGroup = Schema.Struct({ ...groupFields, ...Sums.fields }).annotate({
  identifier: "SpendGroup",
  description: "Sums over the calls with these values; an empty string stands for calls without one"
})

const { day: _day, ...spendFilters } = groupFields

export const spendQuery = {
  ...spendFilters,
  from: Schema.optionalKey(Day).annotateKey({ description: "The first day (UTC). Default: 29 days before the last" }),
  to: Schema.optionalKey(Day).annotateKey({ description: "The last day (UTC). Default: today" }),
  by: Schema.optionalKey(Schema.String).annotateKey({
    description: `What to group by, separated by commas: ${dimensions.join(", ")}. Default: day`
  })
}

export const Spend = Schema.Struct({
  from: Day,
  to: Day,
  currency: Schema.Literal("USD"),
  by: Schema.Array(Schema.Literals(dimensions)),
  groups: Schema.Array(SpendGroup),
  total: Sums
}).annotate({ identifier: "Spend" })

const Durations = Schema.Struct({ median: Schema.Int, p95: Schema.Int }).annotate({
  description: "Milliseconds that half of the calls took at most, and 19 of 20"
})

const { millis: _millis, ...sideFields } = Sums.fields

const Side = Schema.Struct({
  ...sideFields,
  millis: Durations,
  firstTokenMillis: Schema.optionalKey(Durations).annotateKey({ description: "Of streams" }),
  outcomes: Schema.Record(Schema.String, Schema.Int).annotateKey({ description: "How many calls ended so" })
}).annotate({ identifier: "ShadowSide" })

/** Models and their shadows, side by side. */
export const Shadows = Schema.Struct({
  from: Day,
  to: Day,
  comparisons: Schema.Array(
    Schema.Struct({
      model: Schema.String.annotateKey({ description: "The model that callers called" }),
      shadow: Schema.String.annotateKey({ description: "The model that got the same requests after it" }),
      pairs: Schema.Int.annotateKey({ description: `Requests that both have had; at most the newest ${mostPairs}` }),
      primary: Side,
      mirrored: Side
    })
  )
}).annotate({ identifier: "Shadows" })

export interface Shadows extends Schema.Schema.Type<typeof Shadows> {}

const shadowsQuery = { model: Text, from: spendQuery.from, to: spendQuery.to }

const csv = HttpApiSchema.StreamUint8Array({ contentType: "text/csv; charset=utf-8" })
const ndjson = HttpApiSchema.StreamUint8Array({ contentType: "application/x-ndjson" })

/** Calls and what they cost. */
export const ledgerApi = HttpApiGroup.make("ledger")
  .add(
    HttpApiEndpoint.get("spend", "/spend", {
      query: spendQuery,
      success: Spend,
      error: [Invalid, Unavailable]
    }).annotate(OpenApi.Summary, "Spend by day, key, user, team, model, provider, tag, session or run"),
    HttpApiEndpoint.get("spendCsv", "/spend.csv", {
      query: spendQuery,
      success: csv,
      error: [Invalid, Unavailable]
    }).annotate(OpenApi.Summary, "The same as CSV"),
    HttpApiEndpoint.get("shadows", "/shadows", {
      query: shadowsQuery,
      success: Shadows,
      error: [Invalid, Unavailable]
    }).annotate(OpenApi.Summary, "Models and their shadows compared, over the requests that both served"),
    HttpApiEndpoint.get("calls", "/calls", {
      query: callsQuery,
      success: CallsPage,
      error: [Invalid, Unavailable]
    }).annotate(OpenApi.Summary, "Calls, the newest first"),
    HttpApiEndpoint.get("callsCsv", "/calls.csv", {
      query: callFilters,
      success: csv,
      error: [Invalid, Unavailable]
    }).annotate(OpenApi.Summary, "All calls as CSV, the newest first"),
    HttpApiEndpoint.get("callsJson", "/calls.ndjson", {
      query: callFilters,
      success: ndjson,
      error: [Invalid, Unavailable]
    }).annotate(OpenApi.Summary, "All calls as lines of JSON, the newest first"),
    HttpApiEndpoint.get("liveCalls", "/calls/live", {
      success: HttpApiSchema.StreamSse({ data: Call })
    }).annotate(OpenApi.Summary, "The calls of all processes as they end, as server-sent events"),
    HttpApiEndpoint.get("call", "/calls/:id", {
      params: { id: Storable },
      success: Schema.Struct({
        call: Call,
        texts: Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
      }).annotate({ identifier: "CallWithTexts" }),
      error: [NotFound, Unavailable]
    }).annotate(OpenApi.Summary, "One call with its attempts, and its texts where they are stored")
  )
  .annotate(OpenApi.Title, "Ledger")
  .annotate(OpenApi.Description, "Calls, who made them and what they cost")
