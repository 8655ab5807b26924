import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import { formatDecimal } from "effect-llm/catalog/Money"
import * as Detector from "effect-llm/policies/Detector"
import type { Answer } from "../http/Answer.ts"
import type { Received } from "../http/Received.ts"
import type { RequestNotes } from "../http/RequestNotes.ts"
import type { LedgerRow } from "../ledger/LedgerRow.ts"
import { given } from "../../settings/Given.ts"

/** As much of a path or of a name is logged as its client sent. */
const longest = 200

/** A path as it was sent, without what looks like a key. */
const shownPath = (path: string): string => {
  const text = path.slice(0, longest)
  return Detector.find(Detector.standard, text).reduceRight(
    (shown, { detector, end, start }) => `${shown.slice(0, start)}[${detector}]${shown.slice(end)}`,
    text
  )
}

/** What all calls of a request cost; `undefined` where nothing is known of it. */
const costOf = (calls: ReadonlyArray<LedgerRow>): string | undefined => {
  const costs = calls.flatMap(({ cost }) => (cost === undefined ? [] : [cost]))
  const [only] = costs
  return costs.length < 2 ? only : formatDecimal(BigDecimal.sumAll(costs.map(BigDecimal.fromStringUnsafe)))
}

const sum = (calls: ReadonlyArray<LedgerRow>, count: "inputTokens" | "outputTokens"): number | undefined =>
  calls.some((call) => call[count] !== undefined)
    ? calls.reduce((total, call) => total + (call[count] ?? 0), 0)
    : undefined

const servedBy = ({ provider, servedModel }: LedgerRow): string | undefined =>
  provider === undefined || servedModel === undefined ? servedModel : `${provider}/${servedModel}`

/** Writes a line for a request that is over: no key, no query, and no text of it or of its response. */
export const logged = (
  { id, method, path, remote }: Received,
  { caller, dialect, route }: RequestNotes,
  { headers, status }: Answer,
  millis: number,
  isWhole: boolean
): Effect.Effect<void> => {
  const calls = caller?.calls ?? []
  const call = calls.at(-1)
  const shown = path === route ? path : shownPath(path)
  const fields = {
    request: id,
    method,
    route,
    path: shown,
    status,
    millis,
    client: remote,
    key: caller?.id,
    user: caller?.user,
    team: caller?.team,
    dialect,
    model: call?.model.slice(0, longest),
    deployment: headers["x-effect-llm-deployment"] ?? (call && servedBy(call)),
    attempts: call?.attempts?.length,
    inputTokens: sum(calls, "inputTokens"),
    outputTokens: sum(calls, "outputTokens"),
    cost: costOf(calls),
    error: call?.error,
    cut: isWhole ? undefined : true
  }
  return Effect.annotateLogs(Effect.logInfo(`${method} ${shown} ${status}`), given(fields))
}
