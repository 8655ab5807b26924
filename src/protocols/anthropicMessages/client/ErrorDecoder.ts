import type { ProviderFailure } from "../../ProviderFailure.ts"
import { decodeError as decodeGeneral } from "../../wire/ErrorBody.ts"
import { compact, isObject, nonNegativeInt, text } from "../wire/Wire.ts"

/**
 * What an error answer says, whatever its form: `{ type: "error", error: { type, message, details } }` of Anthropic,
 * `{ message }` of AWS, `[{ error: { code, message, status } }]` of Google, `{ error: "..." }` of proxies, plain text, or what
 * the servers of other protocols send.
 * Source: https://platform.claude.com/docs/en/api/errors
 */
export const decodeError = (body: unknown): ProviderFailure => {
  const outer = Array.isArray(body) ? body[0] : body
  const whole = isObject(outer) ? outer : {}
  const error = isObject(whole.error) ? whole.error : whole
  const details = isObject(error.details) ? error.details : {}
  const code = nonNegativeInt(error.code)
  return compact({
    _tag: "ProviderFailure",
    status: code !== undefined && code >= 400 && code < 600 ? code : undefined,
    code: text(details.error_code) ?? text(error.code) ?? code?.toString(),
    type: text(error.type) ?? text(error.status) ?? text(whole.__type),
    message:
      text(error.message) ?? text(whole.error) ?? text(whole.message) ?? text(outer) ?? decodeGeneral(body).message,
    requestId: text(whole.request_id),
    body
  })
}
