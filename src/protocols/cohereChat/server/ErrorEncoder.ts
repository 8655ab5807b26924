import type { Json } from "../../../domain/Json.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { statusOf } from "../../wire/ErrorStatus.ts"

/**
 * Writes an error answer. It has no word but the message.
 * Source: https://docs.cohere.com/reference/errors
 */
export const encodeError = (error: ProviderError): { readonly status: number; readonly body: Json } => ({
  status: statusOf(error),
  body: { id: error.requestId ?? "", message: error.message }
})
