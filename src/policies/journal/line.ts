import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import type { CallRecord, Entry, Spent } from "./CallRecord.ts"

/** An entry in one line for people. */
export const line = (entry: Entry): string =>
  entry._tag === "Dropped"
    ? `${DateTime.formatIso(entry.at)} ${entry.count} records were dropped`
    : words(entry)
        .filter((word) => word !== undefined)
        .join(" ")

const words = (record: CallRecord): ReadonlyArray<string | undefined> => {
  const failed = record.attempts.filter(({ error }) => error !== undefined).length
  return [
    DateTime.formatIso(record.at),
    record.capability,
    oneLine(record.model),
    record.servedModel === undefined || record.model.endsWith(`/${record.servedModel}`)
      ? undefined
      : `-> ${oneLine(record.servedModel)}`,
    record.error ?? record.finishReason ?? record.outcome,
    record.status?.toString(),
    `${record.millis} ms`,
    record.firstTokenMillis === undefined ? undefined : `(first token ${record.firstTokenMillis} ms)`,
    record.inputTokens === undefined ? undefined : `${record.inputTokens} in`,
    record.outputTokens === undefined ? undefined : `${record.outputTokens} out`,
    record.cost && costOf(record.cost),
    record.cached === true ? "cached" : undefined,
    failed === 0 || record.attempts.length === 1 ? undefined : `${record.attempts.length} attempts`,
    record.tenant && `tenant=${oneLine(record.tenant)}`,
    record.team && `team=${oneLine(record.team)}`,
    record.key && `key=${oneLine(record.key)}`,
    record.user && `user=${oneLine(record.user)}`,
    record.requestId && `request=${oneLine(record.requestId)}`
  ]
}

const costOf = (cost: Spent): string =>
  cost._tag === "Priced"
    ? `$${BigDecimal.format(cost.usd)}${cost.estimated === true ? " (estimated)" : ""}`
    : `unpriced (${cost.reason})`

/** Ids come from outside: none may begin a line of its own. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}/gu, " ")
