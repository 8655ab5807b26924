import * as Duration from "effect/Duration"
import type * as HttpClientError from "effect/http/HttpClientError"
import type { ErrorFields } from "../domain/ErrorFields.ts"
import { InvalidRequestError, NetworkError, ResponseTooLargeError } from "../domain/CallErrors.ts"
import { TimeoutError } from "../domain/ChatResponse.ts"
import { redact, redactText } from "./Secrets.ts"

/** A response that is larger than its limit. */
export class SizeLimit extends Error {
  override readonly name = "SizeLimit"
  readonly bytes: number

  constructor(bytes: number) {
    super(`the response is larger than ${bytes} bytes`)
    this.bytes = bytes
  }
}

/** A response, or the rest of it, that took longer than its limit, in milliseconds. */
export class TimeLimit extends Error {
  override readonly name = "TimeLimit"
  readonly phase: "connect" | "idle" | "total"
  readonly millis: number

  constructor(phase: TimeLimit["phase"], millis: number) {
    super(`a limit of ${millis} ms was reached`)
    this.phase = phase
    this.millis = millis
  }
}

/** What undici, and `fetch` in Node, call their own limits on time. */
const timeouts: { readonly [code: string]: TimeoutError["phase"] } = {
  UND_ERR_CONNECT_TIMEOUT: "connect",
  UND_ERR_HEADERS_TIMEOUT: "connect",
  UND_ERR_BODY_TIMEOUT: "idle"
}

/**
 * Names what went wrong between us and the provider: a `NetworkError`, a limit of ours that was reached, a `TimeoutError`
 * where the HTTP client counts the time (it does not tell its limit: `duration` is then how long the call had taken,
 * `elapsed`), or an `InvalidRequestError` for a request that the client refuses to send. The client's error holds the request, and so the
 * key: what is kept of it is the underlying cause, redacted.
 *
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/Errors.md
 */
export const decode = (
  error: HttpClientError.HttpClientError,
  fields: ErrorFields,
  secrets: Iterable<string>,
  elapsed: Duration.Duration
): NetworkError | TimeoutError | ResponseTooLargeError | InvalidRequestError => {
  const { reason } = error
  const root = "cause" in reason ? reason.cause : undefined
  if (root instanceof SizeLimit)
    return new ResponseTooLargeError({ ...fields, limit: "responseBytes", bytes: root.bytes })
  if (root instanceof TimeLimit) {
    return new TimeoutError({ ...fields, phase: root.phase, duration: Duration.millis(root.millis) })
  }
  const code = codeOf(root)
  const detail = messageOf(root) ?? reason.description
  const named = {
    ...fields,
    code,
    cause: redact(root, secrets),
    detail: detail === undefined ? undefined : redactText(detail, secrets)
  }
  if (reason._tag === "EncodeError" || reason._tag === "InvalidUrlError" || code === "UND_ERR_INVALID_ARG") {
    return new InvalidRequestError(named)
  }
  if (code === "UND_ERR_HEADERS_OVERFLOW") return new ResponseTooLargeError({ ...named, limit: "headers" })
  const phase = code !== undefined && Object.hasOwn(timeouts, code) ? timeouts[code] : undefined
  return phase === undefined ? new NetworkError(named) : new TimeoutError({ ...named, phase, duration: elapsed })
}

/** How deep the causes of an error are looked into. */
const deepest = 8

const codeOf = (cause: unknown, depth = 0): string | undefined => {
  const { cause: inner, code } = (cause ?? {}) as { readonly code?: unknown; readonly cause?: unknown }
  if (typeof code === "string") return code
  return inner === undefined || depth >= deepest ? undefined : codeOf(inner, depth + 1)
}

/** `fetch` says "fetch failed" and puts what happened into the cause; several addresses that failed have no message. */
const messageOf = (cause: unknown, depth = 0): string | undefined => {
  if (!(cause instanceof Error) || depth >= deepest) return undefined
  const inner = cause.cause ?? (cause instanceof AggregateError ? cause.errors[0] : undefined)
  return messageOf(inner, depth + 1) ?? (cause.message === "" ? undefined : cause.message)
}
