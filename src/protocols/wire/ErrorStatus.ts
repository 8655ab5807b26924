import type { ProviderError } from "../../domain/ProviderError.ts"

const statuses: { readonly [tag in ProviderError["_tag"]]: number } = {
  AuthenticationError: 401,
  PermissionDeniedError: 403,
  RateLimitError: 429,
  QuotaExceededError: 402,
  TimeoutError: 504,
  InvalidRequestError: 400,
  UnsupportedParameterError: 400,
  ContextWindowExceededError: 400,
  ContentPolicyError: 400,
  ModelNotFoundError: 404,
  EndpointNotFoundError: 502,
  OverloadedError: 503,
  ServerError: 500,
  NetworkError: 502,
  ResponseParseError: 502,
  ResponseTooLargeError: 502,
  StreamInterruptedError: 502
}

/**
 * The HTTP status of an error, where a protocol has no other for it. What the upstream provider did wrong is the
 * server's error.
 */
export const statusOf = (error: ProviderError): number => statuses[error._tag]
