import type { ProviderError } from "./ChatResponse.ts"
import { type ErrorFields, isFromProvider } from "./errors/ErrorFields.ts"
import { OverloadedError } from "./errors/OverloadedError.ts"
import { isTooLarge, RateLimitError } from "./errors/RateLimitError.ts"
import { ServerError } from "./errors/ServerError.ts"

export { ProviderError } from "./ChatResponse.ts"

/** Retry the same model? Fall back to another one: always, after the first such refusal only, or never? */
interface Verdict {
  readonly retry: boolean
  readonly fallback: "always" | "once" | "never"
}

const verdicts: Record<ProviderError["_tag"], Verdict> = {
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
  StreamInterruptedError: { retry: true, fallback: "always" }
}

const verdictOf = (error: unknown): Verdict | undefined => {
  const tag = (error as { readonly _tag?: unknown } | null | undefined)?._tag
  return typeof tag === "string" && Object.hasOwn(verdicts, tag) ? verdicts[tag as ProviderError["_tag"]] : undefined
}

/** What is behind an error that only says how far the call had come (`PartialEmbeddingError`). */
const behind = (error: unknown): unknown => {
  const { _tag, reason } = (error ?? {}) as { readonly _tag?: unknown; readonly reason?: unknown }
  return _tag === "PartialEmbeddingError" ? reason : error
}

/** The errors that an `AllFailedError` holds, in order; `undefined` for any other error. */
const failuresOf = (error: unknown): ReadonlyArray<unknown> | undefined => {
  const { _tag, attempts } = (error ?? {}) as { readonly _tag?: unknown; readonly attempts?: unknown }
  return _tag === "AllFailedError" && Array.isArray(attempts) ? attempts.map((attempt) => attempt.error) : undefined
}

/**
 * Whether asking the same model again may help. A silent provider is not asked again: `TimeoutError` is not retryable,
 * nor is a request that is larger than the rate limit itself, nor what the provider says not to retry (`shouldRetry`).
 * A chain of models may be asked again when one of them may, unless its errors put an end to it.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRetryable = (error: unknown): boolean => {
  const failures = failuresOf(error)
  if (failures !== undefined) return failures.some(isRetryable) && isFallbackable(error)
  const one = behind(error)
  return verdictOf(one)?.retry === true && (one as ErrorFields).shouldRetry !== false && !isTooLarge(one as object)
}

/**
 * Whether another model may do better. Content refused by policy stays refused, and a request that we found invalid stays
 * invalid. An `InvalidRequestError` of a provider says nothing about the next one, so it is fallbackable, until a second
 * provider refuses the request too (`isRefusedTwice`). A context overflow may only go to a model with a larger window:
 * the fallback policy sees to that. Of a chain of models its last error counts.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFallbackable = (error: unknown): boolean => {
  const failures = failuresOf(error)
  if (failures !== undefined && failures.length > 0) {
    return isFallbackable(failures.at(-1)) && !isRefusedTwice(failures)
  }
  const one = behind(error)
  const verdict = verdictOf(one)
  if (verdict === undefined) return error !== undefined
  return verdict.fallback === "always" || (verdict.fallback === "once" && isFromProvider(one as ErrorFields))
}

/**
 * Whether a second model refused the same request for no reason of its own, so that the request itself is wrong: of the
 * failures of a call, two or more are an `InvalidRequestError`, also within those of a chain.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRefusedTwice = (failures: ReadonlyArray<unknown>): boolean =>
  failures
    .flatMap((error) => failuresOf(error) ?? [error])
    .filter((error) => verdictOf(behind(error))?.fallback === "once").length >= 2

/**
 * How long the provider asks to wait before the next request, where the error says so.
 *
 * @since 0.1.0
 * @category accessors
 */
export const retryAfter = (given: unknown): import("effect/Duration").Duration | undefined => {
  const error = behind(given)
  return error instanceof RateLimitError || error instanceof OverloadedError || error instanceof ServerError
    ? error.retryAfter
    : undefined
}
