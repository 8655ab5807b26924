import * as BigDecimal from "effect/BigDecimal"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { normalize } from "../../catalog/Money.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { Cost, Unpriced } from "../../domain/Cost.ts"
import * as ModelId from "../../domain/ModelId.ts"
import { tagOf } from "../../domain/ProviderError.ts"
import { instantOf, millisOf } from "../watch/Instant.ts"
import type { CallEnd } from "../watch/CallEnd.ts"
import type { Content } from "../telemetry/Content.ts"
import type { Summary } from "../telemetry/Summary.ts"
import { costs } from "../WithCost.ts"
import type { Annotations, CallRecord, RecordedAttempt, Spent } from "./CallRecord.ts"

/** What is known of a call besides its end. */
export interface Known {
  readonly capability: string
  readonly streamed: boolean
  readonly annotations: Annotations
  readonly traceId: string | undefined
}

/** The record of a call that is over. */
export const recordOf = (
  id: string,
  beganAtMillis: number,
  end: CallEnd<CallRequest, Summary, unknown>,
  { annotations, capability, streamed, traceId }: Known,
  content: Content | undefined
): CallRecord => {
  const { attempts, cutShort, exit, model, request, timings } = end
  const response = Exit.isSuccess(exit) ? exit.value : undefined
  const error = Exit.isSuccess(exit) ? undefined : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  const cut = outcomeOf(exit) === "interrupted" ? cutShort?.() : undefined
  const called = cut === undefined || cut.model.includes(",") ? undefined : ModelId.parse(cut.model)
  const usage = cut?.usage ?? end.usage
  return {
    _tag: "Call",
    id,
    at: instantOf(beganAtMillis),
    millis: timings.total === undefined ? 0 : millisOf(timings.total),
    firstTokenMillis: timings.firstToken && millisOf(timings.firstToken),
    capability,
    streamed,
    model,
    provider: response?.provider ?? cut?.reported.provider ?? called?.provider,
    servedModel: response?.model ?? cut?.reported.model ?? called?.model,
    tenant: annotations.tenant,
    team: annotations.team,
    key: annotations.key,
    user: annotations.user ?? request.user,
    session: annotations.session,
    run: annotations.run,
    tags: annotations.tags,
    outcome: outcomeOf(exit),
    finishReason: response?.finishReason,
    error: error === undefined ? undefined : tagOf(error),
    status: statusOf(error),
    attempts: attempts.map(attemptOf),
    inputTokens: usage?.inputTokens.total,
    cacheReadTokens: usage?.inputTokens.cacheRead,
    cacheWriteTokens: usage?.inputTokens.cacheWrite,
    outputTokens: usage?.outputTokens.total,
    reasoningTokens: usage?.outputTokens.reasoning,
    estimatedTokens: cut?.isEstimated === true ? true : undefined,
    units: usage?.units,
    cost: spentOf(costs({ cost: cut?.cost ?? end.cost, attempts })),
    cached: response?.cached === undefined || response.cached === false ? undefined : true,
    requestId: response?.requestId ?? requestIdOf(error),
    traceId,
    content
  }
}

const outcomeOf = (exit: Exit.Exit<unknown, unknown>): CallRecord["outcome"] => {
  if (Exit.isSuccess(exit)) return "success"
  if (Cause.hasFails(exit.cause)) return "error"
  return Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "defect"
}

const statusOf = (error: unknown): number | undefined =>
  Predicate.hasProperty(error, "status") && Number.isInteger(error.status) ? Number(error.status) : undefined

const requestIdOf = (error: unknown): string | undefined =>
  Predicate.hasProperty(error, "requestId") && typeof error.requestId === "string" ? error.requestId : undefined

const attemptOf = ({ cost, duration, error, model, wait }: Attempt): RecordedAttempt => ({
  model,
  error: error && tagOf(error),
  millis: millisOf(duration),
  waitMillis: wait && millisOf(wait),
  cost: spentOf(cost === undefined ? [] : [cost])
})

/** The sum of costs; one that is unknown makes the sum a lower bound. */
const spentOf = (all: ReadonlyArray<Cost>): Spent | undefined => {
  let usd: BigDecimal.BigDecimal | undefined
  let unpriced: Unpriced | undefined
  let isEstimated = false
  for (const cost of all) {
    if (cost._tag === "Unpriced") unpriced ??= cost
    else {
      usd = usd === undefined ? cost.total : BigDecimal.sum(usd, cost.total)
      isEstimated ||= cost.flags.some(({ _tag }) => _tag === "Estimated")
    }
  }
  const known = usd && normalize(usd)
  if (unpriced !== undefined) return { _tag: "Unpriced", reason: unpriced.reason._tag, atLeast: known }
  return known && { _tag: "Priced", usd: known, estimated: isEstimated ? true : undefined }
}
