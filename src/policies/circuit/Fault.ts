import * as Duration from "effect/Duration"
import { AllFailedError } from "../../domain/AllFailedError.ts"
import { type AttemptError, PartialEmbeddingError } from "../../domain/ChatResponse.ts"
import { isTooLarge } from "../../domain/ErrorFields.ts"
import { retryAfter } from "../../domain/ProviderError.ts"

/** Whose fault an error is: the provider's, the caller's (or the key's), or that of a policy of ours. */
type Fault = "provider" | "rate-limit" | "caller" | "policy"

const faults: Record<AttemptError["_tag"], Fault> = {
  AuthenticationError: "caller",
  PermissionDeniedError: "caller",
  RateLimitError: "rate-limit",
  QuotaExceededError: "caller",
  TimeoutError: "provider",
  InvalidRequestError: "caller",
  UnsupportedParameterError: "caller",
  ContextWindowExceededError: "caller",
  ContentPolicyError: "caller",
  ModelNotFoundError: "caller",
  EndpointNotFoundError: "caller",
  OverloadedError: "provider",
  ServerError: "provider",
  NetworkError: "provider",
  ResponseParseError: "provider",
  ResponseTooLargeError: "caller",
  StreamInterruptedError: "provider",
  CircuitOpenError: "policy",
  LocalRateLimitError: "policy",
  PolicyStoreError: "policy",
  BudgetExceededError: "policy",
  ValidationError: "policy",
  GuardrailError: "policy",
  LostRaceError: "policy"
}

const faultOf = (error: unknown): Fault => {
  const tag = (error as { readonly _tag?: unknown } | null | undefined)?._tag
  return typeof tag === "string" && Object.hasOwn(faults, tag) ? faults[tag as keyof typeof faults] : "policy"
}

/** What went wrong: the reason of an incomplete response; of a chain, its last error that is not a policy's. */
const reasonOf = (error: unknown): unknown => {
  if (error instanceof PartialEmbeddingError) return error.reason
  if (!(error instanceof AllFailedError)) return error
  return reasonOf(error.attempts.findLast((attempt) => faultOf(reasonOf(attempt.error)) !== "policy")?.error)
}

/** A failure that counts against a circuit, and for how long the provider asked to be left alone. */
export interface Failure {
  readonly retryAfter: Duration.Duration
}

/** How errors are judged: those of the provider count, and `rateLimits` says whether its rate limits do. */
export interface Judge {
  readonly rateLimits: "count" | "ignore"
  readonly isFailure: ((error: unknown) => boolean | undefined) | undefined
}

/** The failure that an error is; `undefined` where it says nothing about the provider. */
export const failureOf = (error: unknown, isOpen: boolean, { isFailure, rateLimits }: Judge): Failure | undefined => {
  const reason = reasonOf(error)
  return (isFailure?.(error) ?? counts(reason, isOpen, rateLimits))
    ? { retryAfter: retryAfter(reason) ?? Duration.zero }
    : undefined
}

const counts = (reason: unknown, isOpen: boolean, rateLimits: "count" | "ignore"): boolean => {
  switch (faultOf(reason)) {
    case "provider":
      // A stream that is still running at the end of its time is long, not sick.
      return !(isOpen && (reason as { readonly phase?: unknown }).phase === "total")
    case "rate-limit":
      return rateLimits === "count" && !isTooLarge(reason as object)
    case "caller":
    case "policy":
      return false
  }
}
