import type { Json } from "../../domain/Json.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"

type Row = readonly [status: number, type: string, code: string | null]

/**
 * What OpenAI answers in the same case; where it has no such case, the nearest.
 * Source: https://platform.openai.com/docs/guides/error-codes
 */
const rows: { readonly [Tag in ProviderError["_tag"]]: Row } = {
  AuthenticationError: [401, "invalid_request_error", "invalid_api_key"],
  PermissionDeniedError: [403, "invalid_request_error", "permission_denied"],
  RateLimitError: [429, "requests", "rate_limit_exceeded"],
  QuotaExceededError: [429, "insufficient_quota", "insufficient_quota"],
  TimeoutError: [504, "server_error", "timeout"],
  InvalidRequestError: [400, "invalid_request_error", null],
  UnsupportedParameterError: [400, "invalid_request_error", "unsupported_parameter"],
  ContextWindowExceededError: [400, "invalid_request_error", "context_length_exceeded"],
  ContentPolicyError: [400, "invalid_request_error", "content_filter"],
  ModelNotFoundError: [404, "invalid_request_error", "model_not_found"],
  EndpointNotFoundError: [502, "server_error", "upstream_misconfigured"],
  OverloadedError: [503, "server_error", "overloaded"],
  ServerError: [500, "server_error", null],
  NetworkError: [502, "server_error", "upstream_unreachable"],
  ResponseParseError: [502, "server_error", "upstream_invalid_response"],
  ResponseTooLargeError: [502, "server_error", "upstream_invalid_response"],
  StreamInterruptedError: [502, "server_error", "upstream_interrupted"]
}

/**
 * Writes an error answer: OpenAI's status, type and code for it, our message, and the place that is wrong as `param`.
 */
export const encodeError = (error: ProviderError): { readonly status: number; readonly body: Json } => {
  const [usual, type, code] = rows[error._tag]
  const status =
    error._tag === "ServerError" && error.status !== undefined && error.status >= 500 ? error.status : usual
  const param =
    error._tag === "InvalidRequestError"
      ? error.at
      : error._tag === "UnsupportedParameterError"
        ? error.parameter
        : undefined
  const limit = error._tag === "RateLimitError" ? (error.limit ?? type) : type
  return { status, body: { error: { message: error.message, type: limit, param: param ?? null, code } } }
}
