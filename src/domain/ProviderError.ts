/**
 * The errors of calls to one model, and what to do about them. The functions here take the errors of policies too.
 *
 * ```ts
 * const retried = Effect.retry(call, { while: ProviderError.isRetryable, times: 2 })
 * ```
 *
 * Retryable and fallbackable are different questions: a `TimeoutError` is not retried with the same model, but another one may
 * be tried.
 *
 * @since 0.1.0
 */
import {
  type Attempt,
  type AttemptError,
  type ChatResponse,
  OverloadedError,
  type ProviderError,
  RateLimitError,
  ServerError
} from "./ChatResponse.ts"
import { type ErrorFields, isFromProvider, isTooLarge } from "./ErrorFields.ts"
import { CircuitOpenError, LocalRateLimitError } from "./PolicyErrors.ts"

export { ProviderError } from "./ChatResponse.ts"

/**
 * Whether to retry the same model, and to fall back to another: always, after the first such error only, or never.
 *
 * @since 0.1.0
 * @category models
 */
export interface Verdict {
  readonly retry: boolean
  readonly fallback: "always" | "once" | "never"
}

/**
 * What follows each error, by its tag. `isRetryable` and `isFallbackable` also take into account what an error says itself
 * (`shouldRetry`).
 *
 * @since 0.1.0
 * @category guards
 */
export const verdicts: { readonly [Tag in AttemptError["_tag"]]: Verdict } = {
  AuthenticationError: { retry: false, fallback: "always" },
  PermissionDeniedError: { retry: false, fallback: "always" },
  RateLimitError: { retry: true, fallback: "always" },
  QuotaExceededError: { retry: false, fallback: "always" },
  TimeoutError: { retry: false, fallback: "always" },
  InvalidRequestError: { retry: false, fallback: "once" },
  UnsupportedParameterError: { retry: false, fallback: "always" },
  ContextWindowExceededError: { retry: false, fallback: "always" },
  ContentPolicyError: { retry: false, fallback: "never" },
  ModelNotFoundError: { retry: false, fallback: "always" },
  EndpointNotFoundError: { retry: false, fallback: "always" },
  OverloadedError: { retry: true, fallback: "always" },
  ServerError: { retry: true, fallback: "always" },
  NetworkError: { retry: true, fallback: "always" },
  ResponseParseError: { retry: false, fallback: "always" },
  ResponseTooLargeError: { retry: false, fallback: "always" },
  StreamInterruptedError: { retry: true, fallback: "always" },
  CircuitOpenError: { retry: false, fallback: "always" },
  LocalRateLimitError: { retry: true, fallback: "always" },
  PolicyStoreError: { retry: false, fallback: "always" },
  BudgetExceededError: { retry: false, fallback: "always" },
  ValidationError: { retry: false, fallback: "always" },
  GuardrailError: { retry: false, fallback: "never" },
  LostRaceError: { retry: false, fallback: "always" }
}

const verdictOf = (error: unknown): Verdict | undefined => {
  const tag = (error as { readonly _tag?: unknown } | null | undefined)?._tag
  return typeof tag === "string" && Object.hasOwn(verdicts, tag) ? verdicts[tag as keyof typeof verdicts] : undefined
}

/** The reason of a `PartialEmbeddingError`; any other error itself. */
const innermost = (error: unknown): unknown => {
  const { _tag, reason } = (error ?? {}) as { readonly _tag?: unknown; readonly reason?: unknown }
  return _tag === "PartialEmbeddingError" ? reason : error
}

/**
 * The id of a model, and its error.
 *
 * @since 0.1.0
 * @category models
 */
export interface FailedModel {
  readonly model: string
  readonly error?: unknown
}

/** The attempts that an `AllFailedError` holds, in order; `undefined` for any other error. */
const failedModelsOf = (error: unknown): ReadonlyArray<FailedModel> | undefined => {
  const { _tag, attempts } = (error ?? {}) as { readonly _tag?: unknown; readonly attempts?: unknown }
  return _tag === "AllFailedError" && Array.isArray(attempts) ? attempts : undefined
}

/**
 * Whether to retry the same model. Not retryable are `TimeoutError`, a request that is larger than the rate limit
 * itself, what the provider says not to retry (`shouldRetry`), and the error that opened a circuit. A chain of models is retryable when one of its
 * errors is, unless its last error ends it.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRetryable = (error: unknown): boolean => {
  const attempts = failedModelsOf(error)
  if (attempts !== undefined) return attempts.some(({ error }) => isRetryable(error)) && isFallbackable(error)
  const one = innermost(error)
  if (verdictOf(one)?.retry !== true || (one as ErrorFields).shouldRetry === false) return false
  return !isTooLarge(one as object) && !unretried.has(one as object)
}

/** Errors after which an inner policy would refuse another attempt. */
const unretried = new WeakSet<object>()

/**
 * Makes an error not retryable, for a policy that would refuse another attempt, such as a breaker whose circuit has just opened.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withoutRetry = <E>(error: E): E => {
  if (typeof error === "object" && error !== null) unretried.add(error)
  return error
}

/**
 * Whether to fall back to another model. Content refused by policy stays refused, and a request that was found invalid
 * before it was sent stays invalid. An `InvalidRequestError` of a provider says nothing about the next one, so it is
 * fallbackable until a second provider refuses the request too (`refusersOf`). After a context overflow only models
 * with a larger window are tried, which the fallback policy sees to. The last error of a chain of models decides.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFallbackable = (error: unknown): boolean => {
  const attempts = failedModelsOf(error)
  if (attempts !== undefined && attempts.length > 0) {
    return isFallbackable(attempts.at(-1)?.error) && refusersOf(attempts).size < 2
  }
  const one = innermost(error)
  const verdict = verdictOf(one)
  if (verdict === undefined) return error !== undefined
  return verdict.fallback === "always" || (verdict.fallback === "once" && isFromProvider(one as ErrorFields))
}

/**
 * The providers that refused a request as invalid (`InvalidRequestError`), and how many of their models did, within
 * chains of models too. When two providers did, the request itself is wrong.
 *
 * @since 0.1.0
 * @category accessors
 */
export const refusersOf = (failures: ReadonlyArray<FailedModel>): ReadonlyMap<string, number> => {
  const refusers = new Map<string, number>()
  for (const provider of failures.flatMap(refusals)) refusers.set(provider, (refusers.get(provider) ?? 0) + 1)
  return refusers
}

const refusals = (failure: FailedModel): ReadonlyArray<string> => {
  const error = innermost(failure.error)
  const inner = failedModelsOf(error)
  if (inner !== undefined) return inner.flatMap(refusals)
  return verdictOf(error)?.fallback === "once" ? [(error as ErrorFields).provider ?? providerOf(failure.model)] : []
}

/**
 * The tag of an error, or else its name, or else `Error`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const tagOf = (error: unknown): string => {
  const { _tag, name } = (error ?? {}) as { readonly _tag?: unknown; readonly name?: unknown }
  return typeof _tag === "string" ? _tag : typeof name === "string" && name !== "" ? name : "Error"
}

/**
 * The provider in a model id `provider/model`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const providerOf = (model: string): string => model.split("/", 1)[0] ?? model

/**
 * How long the provider, or the policy that refused the call, says to wait before the next request.
 *
 * @since 0.1.0
 * @category accessors
 */
export const retryAfter = (given: unknown): import("effect/Duration").Duration | undefined => {
  const error = innermost(given)
  return error instanceof LocalRateLimitError ||
    error instanceof CircuitOpenError ||
    error instanceof RateLimitError ||
    error instanceof OverloadedError ||
    error instanceof ServerError
    ? error.retryAfter
    : undefined
}

/**
 * The incomplete response that an error holds.
 *
 * @since 0.1.0
 * @category accessors
 */
export const partialOf = (error: unknown): ChatResponse | undefined =>
  (error as { readonly partial?: ChatResponse } | null | undefined)?.partial

/** The errors with a field for an incomplete response. */
const withPartialField: ReadonlySet<ProviderError["_tag"]> = new Set([
  "RateLimitError",
  "OverloadedError",
  "ServerError",
  "ContentPolicyError",
  "ResponseParseError"
])

/**
 * Adds the incomplete response to an error that has a field for it. The error is modified.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withPartial = <E extends ProviderError>(error: E, partial: ChatResponse): E =>
  withPartialField.has(error._tag) ? Object.assign(error, { partial }) : error

const recorded = new WeakMap<object, ReadonlyArray<Attempt>>()

/**
 * The attempts that led to an error, oldest first; empty when no policy has recorded any.
 *
 * @since 0.1.0
 * @category accessors
 */
export const attemptsOf = (error: unknown): ReadonlyArray<Attempt> => recorded.get(error as object) ?? []

/**
 * Records on an error the attempts that led to it, for outer policies.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withAttempts = <E>(error: E, attempts: ReadonlyArray<Attempt>): E => {
  if (typeof error === "object" && error !== null) recorded.set(error, attempts)
  return error
}
