import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { CallRequest } from "../../domain/CallRequest.ts"
import { RateLimitError } from "../../domain/ChatResponse.ts"
import type { RateLimits } from "../../domain/RateLimits.ts"
import { isFromProvider, isTooLarge } from "../../domain/ErrorFields.ts"
import { isKnown } from "../../domain/Usage.ts"
import type { CallEnd } from "../watch/CallEnd.ts"
import type { Settlement } from "../RateLimitStore.ts"
import { type Amounts, amountOf, type Meter, type NamedClaim } from "./Limits.ts"

type End = CallEnd<CallRequest, unknown, unknown>
type Used = Omit<Amounts, "isGuess">

/** What a call really took: what was reported; nothing where the provider refused it; else what was estimated. */
const actual = ({ exit, timings, usage }: End, amounts: Used): Used => {
  if (usage !== undefined && isKnown(usage)) {
    const { inputTokens, outputTokens } = usage
    return { input: inputTokens.total ?? amounts.input, output: outputTokens.total ?? amounts.output }
  }
  const error: unknown = Option.getOrUndefined(Exit.findErrorOption(exit))
  return timings.firstToken === undefined && isRefusal(error) ? { input: 0, output: 0 } : amounts
}

/** Whether no model was at work: the provider rejected the request, or it was never sent. */
const isRefusal = (error: unknown): boolean => {
  if (!Predicate.isObject(error)) return false
  const { _tag: tag } = error
  return notSent.has(tag) || (isFromProvider(error) && !brokenOff.has(tag))
}

const notSent: ReadonlySet<unknown> = new Set([
  "BudgetExceededError",
  "CircuitOpenError",
  "InvalidRequestError",
  "LocalRateLimitError",
  "PolicyStoreError",
  "UnsupportedParameterError"
])
const brokenOff: ReadonlySet<unknown> = new Set([
  "StreamInterruptedError",
  "ResponseParseError",
  "ResponseTooLargeError"
])

/** What to tell the store at the end of a call. */
export const settlementsOf = (
  claims: ReadonlyArray<NamedClaim>,
  amounts: Used,
  end: End,
  learns: boolean
): ReadonlyArray<Settlement> => {
  const used = actual(end, amounts)
  const pauseMillis = learns ? pauseOf(end) : undefined
  const limits = learns ? limitsOf(end) : undefined
  return claims.map((claim) => {
    const { remaining, resetMillis } = limits === undefined ? unknown : remainingOf(limits, claim.meter)
    const amount = claim.type === "concurrency" ? 0 : takenOf(claim, used)
    return { claim, amount, pauseMillis, remaining, resetMillis }
  })
}

const unknown: Pick<Settlement, "remaining" | "resetMillis"> = {}

const takenOf = ({ amount, meter }: NamedClaim, used: Used): number => {
  if (meter === "requests") return amount
  return used.input + used.output === 0 ? 0 : amountOf(meter, used)
}

/** A provider that asks to wait says at most so much. */
const longestPauseMillis = 60 * 60_000

const pauseOf = ({ exit }: End): number | undefined => {
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  if (!(error instanceof RateLimitError) || isTooLarge(error) || error.retryAfter === undefined) return undefined
  return Math.min(Duration.toMillis(error.retryAfter), longestPauseMillis)
}

const limitsOf = ({ exit }: End): RateLimits | undefined => {
  const response: unknown = Exit.isSuccess(exit) ? exit.value : undefined
  return Predicate.isObject(response) && Predicate.isObject(response.rateLimits)
    ? (response.rateLimits as RateLimits)
    : undefined
}

const names: { readonly [M in Meter]: string | undefined } = {
  requests: "requests",
  tokens: "tokens",
  inputTokens: "input-tokens",
  outputTokens: "output-tokens",
  concurrency: undefined
}

const remainingOf = (limits: RateLimits, meter: Meter): Pick<Settlement, "remaining" | "resetMillis"> => {
  const name = names[meter]
  const window = name === undefined ? undefined : limits[name]
  if (window?.remaining === undefined || window.resetAfter === undefined) return {}
  return {
    remaining: Math.max(0, window.remaining),
    resetMillis: Math.min(Duration.toMillis(window.resetAfter), longestPauseMillis)
  }
}
