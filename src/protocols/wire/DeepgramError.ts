import { decodeError } from "./ErrorBody.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { object, text } from "./WireObject.ts"

/**
 * Decodes an error body of Deepgram: `{ err_code, err_msg }` or `{ category, message, details }`.
 *
 * Source: https://developers.deepgram.com/reference/errors
 */
export const decodeDeepgramError = (body: unknown): ProviderFailure => {
  const error = object(body) ?? {}
  const code = text(error.err_code) ?? text(error.category)
  if (code === undefined) return decodeError(body)
  const messages = [text(error.err_msg) ?? text(error.message), text(error.details)]
  return {
    _tag: "ProviderFailure",
    code,
    message: messages.filter((part) => part !== undefined).join(" "),
    requestId: text(error.request_id),
    body
  }
}
