import type { Json } from "../../../domain/Json.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"

/**
 * The status and the type of each error. What the upstream provider did wrong is the server's error here.
 * Source: https://platform.claude.com/docs/en/api/errors
 */
const table: { readonly [tag in ProviderError["_tag"]]: readonly [status: number, type: string] } = {
  AuthenticationError: [401, "authentication_error"],
  PermissionDeniedError: [403, "permission_error"],
  RateLimitError: [429, "rate_limit_error"],
  QuotaExceededError: [402, "billing_error"],
  TimeoutError: [504, "timeout_error"],
  InvalidRequestError: [400, "invalid_request_error"],
  UnsupportedParameterError: [400, "invalid_request_error"],
  ContextWindowExceededError: [400, "invalid_request_error"],
  ContentPolicyError: [400, "invalid_request_error"],
  ModelNotFoundError: [404, "not_found_error"],
  OverloadedError: [529, "overloaded_error"],
  ServerError: [500, "api_error"],
  NetworkError: [502, "api_error"],
  ResponseParseError: [502, "api_error"],
  StreamInterruptedError: [502, "api_error"]
}

/**
 * Writes an error answer. Clients of the Messages API know a context overflow by its first words only, so it begins
 * with them.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeError = (error: ProviderError): { readonly status: number; readonly body: Json } => {
  const [status, type] = table[error._tag]
  const message = error._tag === "ContextWindowExceededError" ? overflow(error) : error.message
  return { status, body: { type: "error", error: { type, message }, request_id: error.requestId ?? null } }
}

const overflow = (error: Extract<ProviderError, { readonly _tag: "ContextWindowExceededError" }>): string => {
  const { asked, limit, message } = error
  return asked === undefined || limit === undefined
    ? `prompt is too long. ${message}`
    : `prompt is too long: ${asked} tokens > ${limit} maximum. ${message}`
}
