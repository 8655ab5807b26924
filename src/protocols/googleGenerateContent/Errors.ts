import * as Duration from "effect/Duration"
import type { ContextWindowExceededError } from "../../domain/CallErrors.ts"
import { retryAfter } from "../../domain/ProviderError.ts"
import type { ChatProtocol } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError as decodeErrorBody, statusOf } from "../wire/response/ErrorBody.ts"
import { array, compact, isObject, object, text, type WireObject } from "../wire/WireObject.ts"

/**
 * Reads `{ error: { code, message, status, details } }`, alone or in an array. Of the details, `ErrorInfo` names the
 * reason, `RetryInfo` how long to wait, `BadRequest` the field.
 * Source: https://docs.cloud.google.com/apis/design/errors and https://ai.google.dev/gemini-api/docs/troubleshooting
 */
export const decodeError = (body: unknown): ProviderFailure => {
  const whole = object(Array.isArray(body) ? body.find(isObject) : body) ?? {}
  const error = object(whole.error) ?? whole
  const details = array(error.details).filter(isObject)
  const first = <A>(read: (detail: WireObject) => A | undefined): A | undefined =>
    details.map(read).find((found) => found !== undefined)
  const general = decodeErrorBody(body)
  return compact({
    ...general,
    // The number in `code` is the status.
    code: first(({ reason }) => text(reason)) ?? text(error.code),
    param: first(({ fieldViolations }) => text(array(fieldViolations).map(fieldOf).find(Boolean))) ?? general.param,
    message: text(whole.error_description) ?? general.message,
    retryAfterSeconds: first(({ retryDelay }) => secondsOf(retryDelay)) ?? general.retryAfterSeconds
  })
}

const fieldOf = (violation: unknown): unknown => object(violation)?.field

/** A duration of Protocol Buffers' JSON: `"1.5s"`, or `{ seconds, nanos }`, where 64 bits are a string. */
const secondsOf = (delay: unknown): number | undefined => {
  if (typeof delay === "string" && /^\d+(?:\.\d+)?s$/.test(delay)) return Number(delay.slice(0, -1))
  if (!isObject(delay)) return undefined
  const seconds = Number(delay.seconds ?? 0) + Number(delay.nanos ?? 0) / 1e9
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}

/** The failure of a blocked prompt (`promptFeedback.blockReason`), or of a response of which nothing was let through. */
export const blocked = (
  type: "PROMPT_BLOCKED" | "RESPONSE_BLOCKED",
  code: string,
  message: string | undefined,
  body: unknown
): ProviderFailure => ({
  _tag: "ProviderFailure",
  type,
  code,
  message: message ?? `the ${type === "PROMPT_BLOCKED" ? "prompt" : "response"} was blocked: ${code}`,
  body
})

/**
 * Any other status is `INTERNAL`, or `INVALID_ARGUMENT` below 500.
 * Source: https://docs.cloud.google.com/apis/design/errors#handling_errors
 */
const statusWords: { readonly [status: number]: string } = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  402: "RESOURCE_EXHAUSTED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED"
}

/** Refused content is a response without candidates on this wire; as an error it has that failure's type for a status. */
export const encodeError: ChatProtocol["encodeError"] = (error, options = {}) => {
  const code = options.status ?? statusOf(error)
  const other = code < 500 ? "INVALID_ARGUMENT" : "INTERNAL"
  const status = error._tag === "ContentPolicyError" ? "PROMPT_BLOCKED" : (statusWords[code] ?? other)
  const wait = retryAfter(error)
  const retryInfo = wait && {
    "@type": "type.googleapis.com/google.rpc.RetryInfo",
    retryDelay: `${Duration.toSeconds(wait)}s`
  }
  const message = error._tag === "ContextWindowExceededError" ? overflowMessage(error) : error.message
  return { status: code, body: { error: { code, message, status, ...(retryInfo && { details: [retryInfo] }) } } }
}

/** Clients recognise a context overflow by the first words of its message only. */
const overflowMessage = ({ limit, message, requested }: ContextWindowExceededError): string =>
  requested === undefined || limit === undefined
    ? `The input token count exceeds the maximum number of tokens allowed. ${message}`
    : `The input token count (${requested}) exceeds the maximum number of tokens allowed (${limit}). ${message}`
