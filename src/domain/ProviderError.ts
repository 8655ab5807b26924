import * as Schema from "effect/Schema"
import { AuthenticationError } from "./errors/AuthenticationError.ts"
import { ContentPolicyError } from "./errors/ContentPolicyError.ts"
import { ContextWindowExceededError } from "./errors/ContextWindowExceededError.ts"
import { InvalidRequestError } from "./errors/InvalidRequestError.ts"
import { ModelNotFoundError } from "./errors/ModelNotFoundError.ts"
import { NetworkError } from "./errors/NetworkError.ts"
import { OverloadedError } from "./errors/OverloadedError.ts"
import { PermissionDeniedError } from "./errors/PermissionDeniedError.ts"
import { QuotaExceededError } from "./errors/QuotaExceededError.ts"
import { RateLimitError } from "./errors/RateLimitError.ts"
import { ResponseParseError } from "./errors/ResponseParseError.ts"
import { ServerError } from "./errors/ServerError.ts"
import { StreamInterruptedError } from "./errors/StreamInterruptedError.ts"
import { TimeoutError } from "./errors/TimeoutError.ts"
import { UnsupportedParameterError } from "./errors/UnsupportedParameterError.ts"

/**
 * Every way in which asking one model of one provider can fail.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ProviderError = Schema.Union([
  AuthenticationError,
  PermissionDeniedError,
  RateLimitError,
  QuotaExceededError,
  TimeoutError,
  InvalidRequestError,
  UnsupportedParameterError,
  ContextWindowExceededError,
  ContentPolicyError,
  ModelNotFoundError,
  OverloadedError,
  ServerError,
  NetworkError,
  ResponseParseError,
  StreamInterruptedError
])

/**
 * @since 0.1.0
 * @category errors
 */
export type ProviderError = Schema.Schema.Type<typeof ProviderError>

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
  StreamInterruptedError: { retry: true, fallback: true }
}

const answerFor = (error: unknown): { readonly retry: boolean; readonly fallback: boolean } | undefined => {
  const tag = (error as { readonly _tag?: unknown } | null | undefined)?._tag
  return typeof tag === "string" && Object.hasOwn(answers, tag) ? answers[tag as ProviderError["_tag"]] : undefined
}

/**
 * Whether asking the same model again may help. A silent provider is not asked again: `TimeoutError` is not retryable.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRetryable = (error: unknown): boolean => answerFor(error)?.retry ?? false

/**
 * Whether another model may do better. A request that is wrong in itself, and content refused by policy, stay failed.
 * A context overflow may only go to a model with a larger window: the fallback policy sees to that.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFallbackable = (error: unknown): boolean => answerFor(error)?.fallback ?? error !== undefined

/**
 * How long the provider asks to wait before the next request, where the error says so.
 *
 * @since 0.1.0
 * @category accessors
 */
export const retryAfter = (error: unknown): import("effect/Duration").Duration | undefined =>
  error instanceof RateLimitError || error instanceof OverloadedError || error instanceof ServerError
    ? error.retryAfter
    : undefined
