import { decodeError } from "./ErrorBody.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { object, text } from "./WireObject.ts"

/**
 * Decodes an error body of ElevenLabs, `{ detail: { status, message } }`; its `status` is a word.
 *
 * Source: https://elevenlabs.io/docs/eleven-api/resources/errors
 */
export const decodeElevenLabsError = (body: unknown): ProviderFailure => {
  const detail = object(object(body)?.detail)
  if (detail === undefined) return decodeError(body)
  return {
    _tag: "ProviderFailure",
    code: text(detail.code) ?? text(detail.status),
    type: text(detail.type),
    param: text(detail.param),
    message: text(detail.message) ?? decodeError(body).message,
    requestId: text(detail.request_id),
    body
  }
}
