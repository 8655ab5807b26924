import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import { identity } from "effect/Function"
import type * as Headers from "effect/http/Headers"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import { ResponseParseError } from "../domain/ChatResponse.ts"
import { ResponseTooLargeError } from "../domain/CallErrors.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import type { Warning } from "../domain/Warning.ts"
import { rememberError, type WireHeaders } from "../domain/Wire.ts"
import type { ProviderFailure } from "../protocols/Protocol.ts"
import * as BaseUrl from "../transport/BaseUrl.ts"
import type { FrameError } from "../transport/FrameReader.ts"
import * as ResponseHeaders from "../transport/ResponseHeaders.ts"
import { redact, redactText } from "../transport/Secrets.ts"
import * as TransportFailure from "../transport/TransportFailure.ts"
import { withoutMark } from "../transport/Utf8Reader.ts"
import * as ErrorTable from "./errors/ErrorTable.ts"

/** What the errors of one call are made from. */
export interface Call {
  readonly provider: string
  /** The provider whose rows of the error table apply. */
  readonly rows: string
  readonly model: string
  /** No error may contain these. */
  readonly secrets: Iterable<string>
  readonly decodeError: (body: unknown, headers: Headers.Headers) => ProviderFailure
  /** The id of the protocol, where what comes over the wire is remembered. */
  readonly remembers?: string | undefined
}

/** The error of a decoder that throws: JSON may be so deep that reading it overflows the stack. */
export const overflow = (cause: unknown): ResponseParseError =>
  new ResponseParseError({ detail: "the response cannot be read", cause })

/** The head of an HTTP response. */
export interface Head {
  readonly status: number
  readonly headers: Headers.Headers
  /** The URL of the request. */
  readonly url?: string | undefined
}

/** The head of a response, read once: some clients make the headers anew with each access. */
export const headOf = ({ headers, request, status }: HttpClientResponse.HttpClientResponse): Head => ({
  status,
  headers,
  url: request.url
})

/** Whether the status is 2xx. */
export const isSuccess = ({ status }: Pick<Head, "status">): boolean => status >= 200 && status < 300

/** Where an error happened, for its fields. */
export const placeOf = ({ model, provider, secrets }: Call, head?: Head) => {
  const requestId = head === undefined ? undefined : ResponseHeaders.requestId(head.headers)
  return {
    provider,
    model,
    requestId: requestId === undefined ? undefined : redactText(requestId, secrets)
  }
}

/** The warnings of a response, without the secrets of its request. */
export const redacted = ({ secrets }: Call, warnings: ReadonlyArray<Warning>): ReadonlyArray<Warning> =>
  warnings.length === 0 ? warnings : (redact(warnings, secrets) as ReadonlyArray<Warning>)

/** The error for a non-2xx response. */
export const toProviderError = (call: Call, response: Head, written: string, now: number): ProviderError => {
  const text = withoutMark(written)
  if (response.status >= 300 && response.status < 400) {
    const target = BaseUrl.targetOf(response.headers.location, response.url)
    return toParseError(call, response, text, `redirected to ${target}: set the base URL to that`)
  }
  const json = Result.try((): unknown => JSON.parse(text))
  const failure = Result.try(() =>
    call.decodeError(
      Result.getOrElse(json, () => text),
      response.headers
    )
  )
  const error = toError(
    call,
    response,
    Result.getOrElse(failure, () => unreadable(text)),
    now
  )
  return remembered(call, response, written, error)
}

/** An error, which remembers the text that it was read from where its call does. */
export const remembered = (
  { remembers, secrets }: Call,
  { headers, status }: Head,
  text: string,
  error: ProviderError,
  frame?: string
): ProviderError =>
  remembers === undefined || text.trim() === ""
    ? error
    : rememberError(error, {
        protocol: remembers,
        text: redactText(text, secrets),
        headers: redactedHeaders(headers, secrets),
        status,
        frame: frame && redactText(frame, secrets)
      })

const redactedHeaders = (headers: Head["headers"], secrets: Call["secrets"]): WireHeaders => {
  const redacted: Record<string, string | undefined> = {}
  for (const [name, text] of Object.entries(headers)) redacted[name] = text && redactText(text, secrets)
  return redacted
}

/** The failure for an error body that cannot be decoded. */
const unreadable = (text?: string): ProviderFailure => ({ _tag: "ProviderFailure", body: text?.slice(0, excerpt) })

/** The error for a failure that the provider reported. */
export const toError = (
  { model, provider, rows, secrets }: Call,
  { headers, status, url }: Head,
  failure: ProviderFailure,
  now: number
): ProviderError => {
  const context = { provider, rows, model, status, headers, url, now, secrets }
  // A body may be so deep that reading it overflows the stack.
  const error = Result.try(() => ErrorTable.decode(failure, context))
  return Result.getOrElse(error, () => ErrorTable.decode(unreadable(), context))
}

/** Decodes a whole response; whatever the decoder throws is an error of the call. */
export const decodeWith = <A>(
  call: Call,
  head: Head,
  text: string,
  now: number,
  decode: () => Result.Result<A, ProviderFailure | ResponseParseError>
): Result.Result<A, ProviderError> =>
  Result.mapError(Result.flatMap(Result.try({ try: decode, catch: overflow }), identity), (failure) =>
    failure._tag === "ProviderFailure"
      ? toError(call, head, failure, now)
      : toParseError(call, head, text, failure.detail ?? failure.message, failure.cause)
  )

/** How much of an unreadable response is kept, in UTF-16 code units. */
const excerpt = 4096

/** The error for a response that violates the protocol. */
export const toParseError = (
  call: Call,
  head: Head,
  text: string,
  detail: string,
  cause?: unknown
): ResponseParseError =>
  new ResponseParseError({
    ...placeOf(call, head),
    status: head.status < 300 ? undefined : head.status,
    detail: redactText(detail, call.secrets),
    frame: text === "" ? undefined : { data: redactText(text, call.secrets).slice(0, excerpt) },
    cause: redact(cause, call.secrets)
  })

/** The error for a stream that cannot be split into frames. */
export const toFrameError = (call: Call, head: Head, error: FrameError): ProviderError =>
  error._tag === "ResponseTooLargeError"
    ? new ResponseTooLargeError({ ...placeOf(call, head), limit: error.limit, bytes: error.bytes })
    : toParseError(call, head, "", error.detail ?? error.message, error.cause)

/** The error for a request that could not be signed, or a response that did not arrive completely. */
export const toNetworkError =
  (call: Call, clock: Clock.Clock, startedAtMillis: number, head?: Head) =>
  (error: HttpClientError.HttpClientError | ProviderError): ProviderError =>
    HttpClientError.isHttpClientError(error)
      ? TransportFailure.decode(
          error,
          placeOf(call, head),
          call.secrets,
          Duration.millis(steadyMillis(clock) - startedAtMillis)
        )
      : error
