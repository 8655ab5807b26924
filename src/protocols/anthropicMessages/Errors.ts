import type { ProviderError } from "../../domain/ProviderError.ts"
import type { ChatProtocol } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError as decodeGeneral, statusOf } from "../wire/response/ErrorBody.ts"
import { compact, object, text } from "../wire/WireObject.ts"

/**
 * Any form of error body: `{ type: "error", error: { type, message, details } }` of Anthropic, `{ message }` of AWS,
 * `[{ error: { code, message, status } }]` of Google, `{ error: "..." }` of proxies, plain text, or what the servers of
 * other protocols send.
 * Source: https://platform.claude.com/docs/en/api/errors
 */
export const decodeError = (body: unknown): ProviderFailure => {
  const general = decodeGeneral(body)
  const whole = object(body) ?? {}
  return compact({
    ...general,
    code: text(object(object(whole.error)?.details)?.error_code) ?? general.code,
    type: general.type ?? text(whole.__type)
  })
}

/** Source: https://platform.claude.com/docs/en/api/errors */
const types: { readonly [status: number]: string } = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error"
}

/** Clients of the Messages API recognise a context overflow by its first words only, so it begins with them. */
export const encodeError: ChatProtocol["encodeError"] = (error, options = {}) => {
  const status = options.status ?? (error._tag === "OverloadedError" ? 529 : statusOf(error))
  const message = error._tag === "ContextWindowExceededError" ? overflowMessage(error) : error.message
  return {
    status,
    body: {
      type: "error",
      error: { type: types[status] ?? (status < 500 ? "invalid_request_error" : "api_error"), message },
      request_id: options.requestId ?? error.requestId ?? null
    }
  }
}

const overflowMessage = (error: Extract<ProviderError, { readonly _tag: "ContextWindowExceededError" }>): string => {
  const { limit, message, requested } = error
  return requested === undefined || limit === undefined
    ? `prompt is too long. ${message}`
    : `prompt is too long: ${requested} tokens > ${limit} maximum. ${message}`
}
