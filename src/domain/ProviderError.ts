import type { ProviderError } from "./ChatResponse.ts"
import { OverloadedError } from "./errors/OverloadedError.ts"
import { isTooLarge, RateLimitError } from "./errors/RateLimitError.ts"
import { ServerError } from "./errors/ServerError.ts"

export { ProviderError } from "./ChatResponse.ts"

/** Ask the same model again? Ask another model? */
const answers: Record<ProviderError["_tag"], { readonly retry: boolean; readonly fallback: boolean }> = {
  AuthenticationError: { retry: false, fallback: true },
  PermissionDeniedError: { retry: false, fallback: true },
  RateLimitError: { retry: true, fallback: true },
  QuotaExceededError: { retry: false, fallback: true },
  TimeoutError: { retry: false, fallback: true },
  InvalidRequestError: { retry: false, fallback: false },
  UnsupportedParameterError: { retry: false, fallback: true },
  ContextWindowExceededError: { retry: false, fallback: true },
  ContentPolicyError: { retry: false, fallback: false },
  ModelNotFoundError: { retry: false, fallback: true },
  OverloadedError: { retry: true, fallback: true },
  ServerError: { retry: true, fallback: true },
  NetworkError: { retry: true, fallback: true },
  ResponseParseError: { retry: false, fallback: true },
  ResponseTooLargeError: { retry: false, fallback: true },
  StreamInterruptedError: { retry: true, fallback: true }
}

const answerFor = (error: unknown): { readonly retry: boolean; readonly fallback: boolean } | undefined => {
  const tag = (error as { readonly _tag?: unknown } | null | undefined)?._tag
  return typeof tag === "string" && Object.hasOwn(answers, tag) ? answers[tag as ProviderError["_tag"]] : undefined
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
 * nor is a request that is larger than the rate limit itself.
 * A chain of models may be asked again when one of them may, unless its last error put an end to it.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRetryable = (error: unknown): boolean => {
  const failures = failuresOf(error)
  const one = behind(error)
  return failures === undefined
    ? (answerFor(one)?.retry ?? false) && !isTooLarge(one as object)
    : failures.some(isRetryable) && isFallbackable(failures.at(-1))
}

/**
 * Whether another model may do better. A request that is wrong in itself, and content refused by policy, stay failed.
 * A context overflow may only go to a model with a larger window: the fallback policy sees to that. Of a chain of models
 * its last error counts.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFallbackable = (error: unknown): boolean => {
  const failures = failuresOf(error)
  return failures === undefined || failures.length === 0
    ? (answerFor(behind(error))?.fallback ?? error !== undefined)
    : isFallbackable(failures.at(-1))
}

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
