import type { Json } from "../../../domain/Json.ts"
import { type ProviderError, retryAfter } from "../../../domain/ProviderError.ts"
import * as Duration from "effect/Duration"
import { statusOf } from "../../wire/ErrorStatus.ts"

/**
 * The words of statuses; any other is the server's error.
 * Source: https://docs.cloud.google.com/apis/design/errors#handling_errors
 */
const words: { readonly [status: number]: string } = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  402: "RESOURCE_EXHAUSTED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED"
}

/**
 * Writes an error answer. Clients know a context overflow by its first words only, so it begins with them. Refused content is no
 * error on this wire but an answer without candidates; a server that has none says it so.
 */
export const encodeError = (error: ProviderError): { readonly status: number; readonly body: Json } => {
  const code = statusOf(error)
  const status = error._tag === "ContentPolicyError" ? "PROMPT_BLOCKED" : (words[code] ?? "INTERNAL")
  const wait = retryAfter(error)
  const details: ReadonlyArray<Json> =
    wait === undefined
      ? []
      : [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${Duration.toSeconds(wait)}s` }]
  const message = error._tag === "ContextWindowExceededError" ? overflow(error) : error.message
  return { status: code, body: { error: { code, message, status, ...(details.length === 0 ? {} : { details }) } } }
}

const overflow = (error: Extract<ProviderError, { readonly _tag: "ContextWindowExceededError" }>): string => {
  const { asked, limit, message } = error
  return asked === undefined || limit === undefined
    ? `The input token count exceeds the maximum number of tokens allowed. ${message}`
    : `The input token count (${asked}) exceeds the maximum number of tokens allowed (${limit}). ${message}`
}
