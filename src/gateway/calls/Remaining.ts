import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { formatDecimal } from "effect-llm/catalog/Money"
import type { BudgetExceededError } from "effect-llm/domain/ChatResponse"
import type { LocalRateLimitError } from "effect-llm/domain/PolicyErrors"
import type { Left } from "effect-llm/policies/RateLimit"
import type { Remaining } from "../access/Caller.ts"
import type { Dialect } from "../dialects/Dialect.ts"
import type { AnswerHeaders } from "../http/Answer.ts"
import { type Failure, reasonOf } from "./Failure.ts"

/** A limit as headers say it. */
interface Window {
  readonly limit: number
  readonly remaining: number
  readonly resetMillis: number | undefined
}

/** What is left of limits of a caller, in the names of OpenAI's clients, and those of Anthropic's where they ask. */
export const ofLimits = (left: ReadonlyArray<Left>, dialect: Dialect, nowMillis: number): AnswerHeaders => {
  const headers: Record<string, string> = {}
  for (const what of ["requests", "tokens"] as const) {
    let least: Left | undefined
    for (const limit of left)
      if (limit.meter === what && (least === undefined || limit.remaining < least.remaining)) least = limit
    if (least !== undefined) add(headers, what, { ...least, resetMillis: least.millis }, dialect, nowMillis)
  }
  return headers
}

const add = (
  headers: Record<string, string>,
  what: "requests" | "tokens",
  { limit, remaining, resetMillis }: Window,
  { name }: Dialect,
  nowMillis: number
): void => {
  const reset = resetMillis === undefined ? {} : { reset: `${Math.ceil(resetMillis) / 1000}s` }
  const said = { limit: String(limit), remaining: String(remaining), ...reset }
  for (const [field, value] of Object.entries(said)) headers[`x-ratelimit-${field}-${what}`] = value
  if (name !== "anthropic") return
  const times = resetMillis === undefined ? {} : { reset: instant(nowMillis + resetMillis) }
  for (const [field, value] of Object.entries({ ...said, ...times }))
    headers[`anthropic-ratelimit-${what}-${field}`] = value
}

/** RFC 3339, in whole seconds as Anthropic has it. */
const instant = (millis: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(Math.ceil(millis / 1000) * 1000)).replace(".000Z", "Z")

/** What is left of the budget of dollars that has least, and of the one of tokens. */
export const ofBudgets = (budgets: ReadonlyArray<Remaining>): AnswerHeaders => {
  const headers: Record<string, string> = {}
  for (const unit of ["usd", "tokens"] as const) {
    let least: Remaining | undefined
    for (const budget of budgets)
      if (budget.unit === unit && (least === undefined || Number(budget.remaining) < Number(least.remaining)))
        least = budget
    if (least !== undefined) Object.assign(headers, ofBudget(least))
  }
  return headers
}

const ofBudget = ({
  limit,
  remaining,
  resetsAtMillis,
  unit
}: Pick<Remaining, "limit" | "remaining" | "resetsAtMillis" | "unit">): AnswerHeaders => {
  const end = unit === "usd" ? "" : "-tokens"
  return {
    [`x-effect-llm-budget-remaining${end}`]: remaining,
    [`x-effect-llm-budget-limit${end}`]: limit,
    ...(resetsAtMillis !== undefined && { [`x-effect-llm-budget-reset${end}`]: instant(resetsAtMillis) })
  }
}

/** What a refusal says of the limit or the budget that it met. */
export const ofFailure = (failure: Failure, dialect: Dialect, nowMillis: number): AnswerHeaders => {
  // The limits of a deployment are not the caller's.
  if (failure._tag === "LocalRateLimitError") return ofRefusal(failure, dialect, nowMillis)
  const reason = reasonOf(failure)
  return reason._tag === "BudgetExceededError" ? ofExceeded(reason) : {}
}

const ofRefusal = (
  { allowed, limit, requested, retryAfter }: LocalRateLimitError,
  dialect: Dialect,
  nowMillis: number
): AnswerHeaders => {
  // A call that is larger than the limit says nothing of what is left of it.
  if (limit === "concurrency" || requested > allowed) return {}
  const headers: Record<string, string> = {}
  const resetMillis = retryAfter && Duration.toMillis(retryAfter)
  add(headers, limit, { limit: allowed, remaining: 0, resetMillis }, dialect, nowMillis)
  return headers
}

const ofExceeded = ({ limit, reserved, resetsAt, spent, unit, unpriced }: BudgetExceededError): AnswerHeaders => {
  if (unpriced !== undefined) return {}
  const left = BigDecimal.subtract(BigDecimal.subtract(limit, spent), reserved)
  return ofBudget({
    unit,
    limit: formatDecimal(limit),
    remaining: BigDecimal.isNegative(left) ? "0" : formatDecimal(left),
    resetsAtMillis: resetsAt && DateTime.toEpochMillis(resetsAt)
  })
}
