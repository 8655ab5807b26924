import type { Json } from "../../../domain/Json.ts"
import { type ProviderError, retryAfter } from "../../../domain/ProviderError.ts"
import * as Duration from "effect/Duration"

/**
 * The status and its word of each error. What the upstream provider did wrong is the server's error here.
 * Source: https://docs.cloud.google.com/apis/design/errors#handling_errors
 */
const table: { readonly [tag in ProviderError["_tag"]]: readonly [status: number, word: string] } = {
  AuthenticationError: [401, "UNAUTHENTICATED"],
  PermissionDeniedError: [403, "PERMISSION_DENIED"],
  RateLimitError: [429, "RESOURCE_EXHAUSTED"],
  QuotaExceededError: [402, "RESOURCE_EXHAUSTED"],
  TimeoutError: [504, "DEADLINE_EXCEEDED"],
  InvalidRequestError: [400, "INVALID_ARGUMENT"],
  UnsupportedParameterError: [400, "INVALID_ARGUMENT"],
  ContextWindowExceededError: [400, "INVALID_ARGUMENT"],
  ContentPolicyError: [400, "PROMPT_BLOCKED"],
  ModelNotFoundError: [404, "NOT_FOUND"],
  OverloadedError: [503, "UNAVAILABLE"],
  ServerError: [500, "INTERNAL"],
  NetworkError: [502, "INTERNAL"],
  ResponseParseError: [502, "INTERNAL"],
  StreamInterruptedError: [502, "INTERNAL"]
}

/**
 * Writes an error answer. Clients know a context overflow by its first words only, so it begins with them. Refused content is no
 * error on this wire but an answer without candidates; a server that has none says it so.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeError = (error: ProviderError): { readonly status: number; readonly body: Json } => {
  const [code, status] = table[error._tag]
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
