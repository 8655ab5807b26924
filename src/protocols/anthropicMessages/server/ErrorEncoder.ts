import type { Json } from "../../../domain/Json.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { statusOf } from "../../wire/ErrorStatus.ts"

/**
 * The types of errors; any other status is the server's error. An overload has a status of its own.
 * Source: https://platform.claude.com/docs/en/api/errors
 */
const types: { readonly [status: number]: string } = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error"
}

/**
 * Writes an error answer. Clients of the Messages API know a context overflow by its first words only, so it begins
 * with them.
 */
export const encodeError = (error: ProviderError): { readonly status: number; readonly body: Json } => {
  const status = error._tag === "OverloadedError" ? 529 : statusOf(error)
  const type = types[status] ?? "api_error"
  const message = error._tag === "ContextWindowExceededError" ? overflow(error) : error.message
  return { status, body: { type: "error", error: { type, message }, request_id: error.requestId ?? null } }
}

const overflow = (error: Extract<ProviderError, { readonly _tag: "ContextWindowExceededError" }>): string => {
  const { asked, limit, message } = error
  return asked === undefined || limit === undefined
    ? `prompt is too long. ${message}`
    : `prompt is too long: ${asked} tokens > ${limit} maximum. ${message}`
}
