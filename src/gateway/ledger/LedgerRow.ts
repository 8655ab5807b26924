import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { formatDecimal } from "effect-llm/catalog/Money"
import type { CallRecord } from "effect-llm/policies/Journal"
import { millisOf } from "../http/RequestId.ts"
import { providerKeyTag } from "./Who.ts"

const Text = Schema.optional(Schema.String)
const Count = Schema.optional(Schema.Int)

/** A call as the ledger keeps it: what is not known is left out. */
export const LedgerRow = Schema.Struct({
  /** The id of the request; of its further calls, with a number. It sorts by time. */
  id: Schema.String,
  /** When the call began, in milliseconds since 1970, and how long it took. */
  at: Schema.Int,
  millis: Schema.Int,
  firstTokenMillis: Count,
  capability: Schema.String,
  streamed: Schema.Boolean,
  key: Text,
  user: Text,
  /** Whom the request names, where the key has a user of its own. */
  endUser: Text,
  team: Text,
  session: Text,
  run: Text,
  tags: Schema.optional(Schema.Array(Schema.String)),
  /** The name that was called; the provider and model that responded. */
  model: Schema.String,
  provider: Text,
  servedModel: Text,
  /** `refused` is a call that met a limit or a budget, and no provider. */
  outcome: Schema.Literals(["success", "error", "refused", "interrupted", "defect"]),
  error: Text,
  status: Count,
  finishReason: Text,
  /** Absent of a call with one attempt, which succeeded. */
  attempts: Schema.optional(
    Schema.Array(
      Schema.Struct({
        model: Schema.String,
        error: Text,
        millis: Schema.Int,
        waitMillis: Count,
        cost: Text
      })
    )
  ),
  inputTokens: Count,
  cacheReadTokens: Count,
  cacheWriteTokens: Count,
  outputTokens: Count,
  reasoningTokens: Count,
  units: Schema.optional(Schema.Record(Schema.String, Schema.Finite)),
  /** US dollars, exact; where `unpriced` says why something is missing, what is known at least. */
  cost: Text,
  /** Whether the cost, or the tokens, are estimates: of calls that were cut short. */
  estimated: Schema.optional(Schema.Boolean),
  unpriced: Text,
  cached: Schema.optional(Schema.Boolean),
  /** The provider's id of the request. */
  requestId: Text,
  traceId: Text
})

export interface LedgerRow extends Schema.Schema.Type<typeof LedgerRow> {}

/** A row, and the texts of its call where they are kept. */
export interface LedgerEntry {
  readonly row: LedgerRow
  readonly texts?: CallRecord["content"]
}

/** What a row has in addition to the record of the call. */
export interface RowContext {
  readonly id: string
  readonly endUser: string | undefined
}

/** The row of a call. */
export const rowOf = (record: CallRecord, { endUser, id }: RowContext): LedgerRow => ({
  id,
  at: millisOf(id) ?? DateTime.toEpochMillis(record.at),
  millis: Math.round(record.millis),
  firstTokenMillis: rounded(record.firstTokenMillis),
  capability: record.capability,
  streamed: record.streamed,
  key: textOf(record.key),
  user: textOf(record.user),
  endUser: textOf(endUser),
  team: textOf(record.team),
  session: textOf(record.session),
  run: textOf(record.run),
  tags: record.tags === undefined ? undefined : tagsOf(record.tags),
  model: textOf(record.model) ?? "",
  provider: textOf(record.provider),
  servedModel: textOf(record.servedModel),
  outcome: isRefused(record) ? "refused" : record.outcome,
  error: errorOf(record),
  status: record.status,
  finishReason: record.finishReason,
  attempts: attemptsOf(record),
  inputTokens: record.inputTokens,
  cacheReadTokens: record.cacheReadTokens,
  cacheWriteTokens: record.cacheWriteTokens,
  outputTokens: record.outputTokens,
  reasoningTokens: record.reasoningTokens,
  units: record.units,
  ...chargeOf(record),
  cached: record.cached,
  requestId: textOf(record.requestId),
  traceId: record.traceId
})

/** What a call cost the gateway: nothing if its caller pays the provider directly. */
const chargeOf = ({ cost, estimatedTokens, tags }: CallRecord): Pick<LedgerRow, "cost" | "estimated" | "unpriced"> =>
  tags?.[providerKeyTag] === "own"
    ? { estimated: estimatedTokens, unpriced: "the caller's own key" }
    : {
        cost: costOf(cost),
        estimated: (cost?._tag === "Priced" ? cost.estimated : undefined) ?? estimatedTokens,
        unpriced: cost?._tag === "Unpriced" ? cost.reason : undefined
      }

/** Of a chain that failed, the error of its last attempt. */
const errorOf = ({ attempts, error }: CallRecord): string | undefined =>
  error === "AllFailedError" ? (attempts.at(-1)?.error ?? error) : error

/** Errors of our own, before a provider was called. */
const refusals: ReadonlySet<string | undefined> = new Set([
  "BudgetExceededError",
  "LocalRateLimitError",
  "PolicyStoreError",
  "Refused"
])

const isRefused = (record: CallRecord): boolean =>
  record.outcome === "error" &&
  record.cost === undefined &&
  refusals.has(errorOf(record)) &&
  record.attempts.every(({ error }) => refusals.has(error))

/** Longer names are cut: who calls decides on them, and rows stay small. */
const longest = 200

/** Postgres keeps no NUL and no half of a character, be it one that was cut. */
const textOf = (text: string | undefined): string | undefined =>
  text === undefined || text === ""
    ? undefined
    : plain.test(text)
      ? text
      : text.slice(0, longest).replaceAll("\0", "").toWellFormed()

/** What stays as it is, as nearly all names do. */
const plain = /^[ -~]{1,200}$/

/** A tag is a name, or `name=value`. */
const tagsOf = (tags: NonNullable<CallRecord["tags"]>): ReadonlyArray<string> | undefined => {
  const all = Object.entries(tags).flatMap(([name, value]) => textOf(value === "" ? name : `${name}=${value}`) ?? [])
  return all.length === 0 ? undefined : [...new Set(all)].slice(0, 20)
}

const attemptsOf = ({ attempts }: CallRecord): LedgerRow["attempts"] =>
  attempts.length === 0 || (attempts.length === 1 && attempts[0]?.error === undefined)
    ? undefined
    : attempts.map(({ cost, error, millis, model, waitMillis }) => ({
        model: textOf(model) ?? "",
        error,
        millis: Math.round(millis),
        waitMillis: rounded(waitMillis),
        cost: costOf(cost)
      }))

const costOf = (cost: CallRecord["cost"]): string | undefined => {
  const usd = cost?._tag === "Priced" ? cost.usd : cost?.atLeast
  return usd === undefined ? undefined : formatDecimal(usd)
}

const rounded = (millis: number | undefined): number | undefined =>
  millis === undefined ? undefined : Math.round(millis)
