import type { Json } from "../../../domain/Json.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { statusOf } from "../../wire/ErrorStatus.ts"

/**
 * Writes an error answer. It has no word but the message.
 * Source: https://docs.ollama.com/api/errors
 */
export const encodeError = (error: ProviderError): { readonly status: number; readonly body: Json } => ({
  status: statusOf(error),
  body: { error: error.message }
})
