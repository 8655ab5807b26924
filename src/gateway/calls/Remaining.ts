import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { formatDecimal } from "effect-llm/catalog/Money"
import type { BudgetExceededError } from "effect-llm/domain/ChatResponse"
import type { LocalRateLimitError } from "effect-llm/domain/PolicyErrors"
import type { Left } from "effect-llm/policies/RateLimit"
import type { Remaining } from "../access/Caller.ts"
import type { Dialect } from "../dialects/Dialect.ts"
import { type Failure, reasonOf } from "./Failure.ts"

/** A limit as it appears in headers. */
interface Window {
  readonly limit: number
  readonly remaining: number
  readonly resetMillis: number | undefined
}

/** Headers that are being written. */
type Headers = Record<string, string>

/** The names of the headers of one limit. */
interface Names {
  readonly limit: string
  readonly remaining: string
  readonly reset: string
}

const known = new Map<string, Names>()

/** OpenAI's header names for what is left of a limit. */
export const namesOf = (what: string): Names => {
  const before = known.get(what)
  if (before !== undefined) return before
  const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((field) => `x-ratelimit-${field}-${what}`)
  const names = { limit, remaining, reset } as Names
  if (known.size < mostNames) known.set(what, names)
  return names
}

/** Providers name their limits. */
const mostNames = 100

const anthropicNames: { readonly [what in "requests" | "tokens"]: Names } = {
  requests: {
    limit: "anthropic-ratelimit-requests-limit",
    remaining: "anthropic-ratelimit-requests-remaining",
    reset: "anthropic-ratelimit-requests-reset"
  },
  tokens: {
    limit: "anthropic-ratelimit-tokens-limit",
    remaining: "anthropic-ratelimit-tokens-remaining",
    reset: "anthropic-ratelimit-tokens-reset"
  }
}

/** What is left of a caller's limits, in OpenAI's headers, or Anthropic's for Anthropic's clients. */
export const addLimits = (headers: Headers, left: ReadonlyArray<Left>, dialect: Dialect, nowMillis: number): void => {
  for (const what of ["requests", "tokens"] as const) {
    let least: Left | undefined
    for (const limit of left)
      if (limit.meter === what && (least === undefined || limit.remaining < least.remaining)) least = limit
    if (least === undefined) continue
    const { limit, millis: resetMillis, remaining } = least
    add(headers, what, { limit, remaining, resetMillis }, dialect, nowMillis)
  }
}

const add = (
  headers: Headers,
  what: "requests" | "tokens",
  { limit, remaining, resetMillis }: Window,
  { name }: Dialect,
  nowMillis: number
): void => {
  const names = namesOf(what)
  headers[names.limit] = String(limit)
  headers[names.remaining] = String(remaining)
  if (resetMillis !== undefined) headers[names.reset] = `${Math.ceil(resetMillis) / 1000}s`
  if (name !== "anthropic") return
  const own = anthropicNames[what]
  headers[own.limit] = String(limit)
  headers[own.remaining] = String(remaining)
  if (resetMillis !== undefined) headers[own.reset] = instant(nowMillis + resetMillis)
}

let last = { seconds: 0, text: "" }

/** RFC 3339, in whole seconds as Anthropic has it. A budget begins anew at the same time for all calls. */
const instant = (millis: number): string => {
  const seconds = Math.ceil(millis / 1000)
  if (last.seconds !== seconds || last.text === "")
    last = { seconds, text: DateTime.formatIso(DateTime.makeUnsafe(seconds * 1000)).replace(".000Z", "Z") }
  return last.text
}

/** What is left of the tightest budget in dollars, and of the tightest in tokens. */
export const addBudgets = (headers: Headers, budgets: ReadonlyArray<Remaining>): void => {
  if (budgets.length === 0) return
  for (const unit of ["usd", "tokens"] as const) {
    let least: Remaining | undefined
    for (const budget of budgets)
      if (budget.unit === unit && (least === undefined || Number(budget.remaining) < Number(least.remaining)))
        least = budget
    if (least !== undefined) addBudget(headers, least)
  }
}

const budgetNames: { readonly [unit in Remaining["unit"]]: Names } = {
  usd: {
    limit: "x-effect-llm-budget-limit",
    remaining: "x-effect-llm-budget-remaining",
    reset: "x-effect-llm-budget-reset"
  },
  tokens: {
    limit: "x-effect-llm-budget-limit-tokens",
    remaining: "x-effect-llm-budget-remaining-tokens",
    reset: "x-effect-llm-budget-reset-tokens"
  }
}

const addBudget = (
  headers: Headers,
  { limit, remaining, resetsAtMillis, unit }: Pick<Remaining, "limit" | "remaining" | "resetsAtMillis" | "unit">
): void => {
  const names = budgetNames[unit]
  headers[names.remaining] = remaining
  headers[names.limit] = limit
  if (resetsAtMillis !== undefined) headers[names.reset] = instant(resetsAtMillis)
}

/** The headers of a rejection, for the limit or budget that caused it. */
export const addOfFailure = (headers: Headers, failure: Failure, dialect: Dialect, nowMillis: number): void => {
  // The limits of a deployment are not the caller's.
  if (failure._tag === "LocalRateLimitError") return addRefusal(headers, failure, dialect, nowMillis)
  const reason = reasonOf(failure)
  if (reason._tag === "BudgetExceededError") addExceeded(headers, reason)
}

const addRefusal = (
  headers: Headers,
  { allowed, limit, requested, retryAfter }: LocalRateLimitError,
  dialect: Dialect,
  nowMillis: number
): void => {
  // A call larger than the whole limit says nothing about what is left.
  if (limit === "concurrency" || requested > allowed) return
  const resetMillis = retryAfter && Duration.toMillis(retryAfter)
  add(headers, limit, { limit: allowed, remaining: 0, resetMillis }, dialect, nowMillis)
}

const addExceeded = (
  headers: Headers,
  { limit, reserved, resetsAt, spent, unit, unpriced }: BudgetExceededError
): void => {
  if (unpriced !== undefined) return
  const left = BigDecimal.subtract(BigDecimal.subtract(limit, spent), reserved)
  addBudget(headers, {
    unit,
    limit: formatDecimal(limit),
    remaining: BigDecimal.isNegative(left) ? "0" : formatDecimal(left),
    resetsAtMillis: resetsAt && DateTime.toEpochMillis(resetsAt)
  })
}
