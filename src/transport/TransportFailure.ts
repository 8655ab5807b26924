import * as Duration from "effect/Duration"
import type * as HttpClientError from "effect/http/HttpClientError"
import type { ErrorFields } from "../domain/errors/ErrorFields.ts"
import { InvalidRequestError } from "../domain/errors/InvalidRequestError.ts"
import { NetworkError } from "../domain/errors/NetworkError.ts"
import { TimeoutError } from "../domain/errors/TimeoutError.ts"
import { redact } from "./Secrets.ts"

/** What undici waits for a connection, where its dispatcher is not told otherwise. */
const undiciConnectTimeout = Duration.seconds(10)

/**
 * Names what went wrong between us and the provider. The HTTP client's error holds the request, and so the key: what
 * is kept of it is the underlying cause, redacted.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (
  error: HttpClientError.HttpClientError,
  fields: ErrorFields,
  secrets: ReadonlyArray<string>
): NetworkError | TimeoutError | InvalidRequestError => {
  const { reason } = error
  const root = "cause" in reason ? reason.cause : undefined
  const code = codeOf(root)
  const cause = redact(root, secrets)
  const detail = messageOf(root)
  const named = { ...fields, code, cause, detail: detail === undefined ? undefined : String(redact(detail, secrets)) }
  switch (reason._tag) {
    case "EncodeError":
    case "InvalidUrlError":
      return new InvalidRequestError(named)
    default:
      return code === "UND_ERR_CONNECT_TIMEOUT"
        ? new TimeoutError({ ...named, phase: "connect", duration: undiciConnectTimeout })
        : new NetworkError(named)
  }
}

const codeOf = (cause: unknown): string | undefined => {
  const { cause: inner, code } = (cause ?? {}) as { readonly code?: unknown; readonly cause?: unknown }
  return typeof code === "string" ? code : inner === undefined ? undefined : codeOf(inner)
}

/** `fetch` says "fetch failed" and puts what happened into the cause. */
const messageOf = (cause: unknown): string | undefined => {
  if (!(cause instanceof Error)) return undefined
  return (
    (cause.cause === undefined ? undefined : messageOf(cause.cause)) ??
    (cause.message === "" ? undefined : cause.message)
  )
}
