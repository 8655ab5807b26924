import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import type * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import * as Conversation from "../domain/Conversation.ts"
import { InvalidRequestError } from "../domain/errors/InvalidRequestError.ts"
import { ResponseParseError } from "../domain/errors/ResponseParseError.ts"
import { UnsupportedParameterError } from "../domain/errors/UnsupportedParameterError.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { Warning } from "../domain/Warning.ts"
import type { ProviderFailure } from "../protocols/ProviderFailure.ts"
import * as Header from "../transport/Header.ts"
import * as RateLimitHeaders from "../transport/RateLimitHeaders.ts"
import * as RequestId from "../transport/RequestId.ts"
import * as SecretHeaders from "../transport/SecretHeaders.ts"
import { redact, redactText } from "../transport/Secrets.ts"
import * as TransportFailure from "../transport/TransportFailure.ts"
import type { Endpoint } from "./Endpoint.ts"
import * as ErrorTable from "./ErrorTable.ts"
import * as Restrictions from "./Restrictions.ts"

/**
 * One call of one model, ready to be sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatCall<Quirks extends object> {
  readonly endpoint: Endpoint<Quirks>
  readonly model: string
  readonly http: HttpClientRequest.HttpClientRequest
  readonly decoding: { readonly provider: string; readonly model: string; readonly quirks: Partial<Quirks> }
  readonly warnings: ReadonlyArray<Warning>
  /** What no error may repeat. */
  readonly secrets: ReadonlyArray<string>
}

/**
 * Checks a request and writes it for the wire; nothing is sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Quirks extends object>(
  endpoint: Endpoint<Quirks>,
  restrictions: Restrictions.Restrictions,
  given: ChatRequest,
  stream: boolean
): Result.Result<ChatCall<Quirks>, ProviderError> => {
  const { definition } = endpoint
  const { model } = restrictions
  const applied = Restrictions.apply(restrictions, given)
  const request = Result.isSuccess(applied) ? applied.success.request : given
  const invalid = Conversation.check(request, restrictions.limits) ?? checkHeaders(request)
  if (invalid !== undefined) {
    const { at, detail } = invalid
    return Result.fail(new InvalidRequestError({ provider: definition.id, model, at, detail }))
  }
  if (Result.isFailure(applied)) {
    const { parameter, reason } = applied.failure
    return Result.fail(new UnsupportedParameterError({ provider: definition.id, model, parameter, detail: reason }))
  }
  const quirks = { ...endpoint.quirks, ...restrictions.quirks } as Partial<Quirks>
  const decoding = { provider: definition.id, model, quirks }
  const encoded = definition.protocol.encodeRequest(request, { ...decoding, stream })
  if (Result.isFailure(encoded)) return Result.fail(encoded.failure)
  const { body, headers, warnings } = encoded.success
  const text = JSON.stringify(definition.body === undefined ? body : { ...definition.body, ...body })
  const http = HttpClientRequest.setBody(
    endpoint.request(definition.protocol.path(model, stream), stream),
    HttpBody.text(text, "application/json")
  )
  const extra = request.headers === undefined && headers === undefined ? undefined : { ...request.headers, ...headers }
  return Result.succeed({
    endpoint,
    model,
    http: extra === undefined ? http : HttpClientRequest.setHeaders(http, extra),
    decoding,
    warnings: applied.success.warnings.length === 0 ? warnings : [...applied.success.warnings, ...warnings],
    secrets:
      request.headers === undefined
        ? endpoint.secrets
        : [...endpoint.secrets, ...SecretHeaders.valuesOf(request.headers)]
  })
}

const checkHeaders = ({ headers }: ChatRequest): { readonly at: string; readonly detail: string } | undefined => {
  if (headers === undefined) return undefined
  for (const [name, value] of Object.entries(headers)) {
    const problem = Header.problemOf(name, value)
    if (problem !== undefined) return { at: `headers.${name}`, detail: `the header ${problem}` }
  }
  return undefined
}

/**
 * Sends the call and reads the whole answer.
 *
 * @since 0.1.0
 * @category running
 */
export const generate = Effect.fnUntraced(function* <Quirks extends object>(
  call: ChatCall<Quirks>
): Effect.fn.Return<ChatResponse, ProviderError> {
  const clock = yield* Clock.Clock
  const began = clock.currentTimeMillisUnsafe()
  const response = yield* Effect.mapError(call.endpoint.client.execute(call.http), unreached(call, clock, began))
  const text = yield* Effect.mapError(response.text, unreached(call, clock, began, response))
  const decoded = decodeWhole(call, response, text, began, clock.currentTimeMillisUnsafe())
  return Result.isSuccess(decoded) ? decoded.success : yield* Effect.fail(decoded.failure)
})

/**
 * Reads an answer that came in one piece, an error or a whole chat response; adds what its head says, and
 * how long it took from `began` to `now`, in milliseconds since 1970.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeWhole = <Quirks extends object>(
  call: ChatCall<Quirks>,
  response: Head,
  text: string,
  began: number,
  now: number
): Result.Result<ChatResponse, ProviderError> => {
  if (response.status < 200 || response.status >= 300) return Result.fail(refused(call, response, text, now))
  const json = Result.try((): unknown => JSON.parse(text))
  if (Result.isFailure(json)) return Result.fail(unparsed(call, response, text, "the answer is not JSON", json.failure))
  const { decodeResponse } = call.endpoint.definition.protocol
  const decoded = Result.flatMap(
    Result.try({ try: () => decodeResponse(json.success, call.decoding), catch: overflow }),
    identity
  )
  if (Result.isFailure(decoded)) {
    const { failure } = decoded
    return Result.fail(
      failure._tag === "ProviderFailure"
        ? failed(call, response, failure, now)
        : unparsed(call, response, text, failure.detail ?? failure.message, failure.cause)
    )
  }
  const answer = decoded.success
  const total = Duration.millis(now - began)
  return Result.succeed(
    answer.with({
      provider: call.decoding.provider,
      model: answer.model ?? call.model,
      requestId: RequestId.decode(response.headers) ?? answer.requestId,
      rateLimits: RateLimitHeaders.decode(response.headers, now),
      warnings: [...call.warnings, ...answer.warnings],
      timings: { total },
      attempts: [{ model: `${call.decoding.provider}/${call.model}`, duration: total }]
    })
  )
}

/**
 * What a protocol throws: JSON may be so deep that reading it overflows the stack.
 *
 * @since 0.1.0
 * @category decoding
 */
export const overflow = (cause: unknown): ResponseParseError =>
  new ResponseParseError({ detail: "the answer cannot be read", cause })

/**
 * The head of an HTTP answer.
 *
 * @since 0.1.0
 * @category models
 */
export type Head = Pick<HttpClientResponse.HttpClientResponse, "status"> & { readonly headers: Headers.Headers }

/**
 * Where an error happened, for its fields.
 *
 * @since 0.1.0
 * @category accessors
 */
export const placeOf = <Quirks extends object>({ decoding, model, secrets }: ChatCall<Quirks>, head?: Head) => {
  const requestId = head === undefined ? undefined : RequestId.decode(head.headers)
  return {
    provider: decoding.provider,
    model,
    requestId: requestId === undefined ? undefined : redactText(requestId, secrets)
  }
}

/**
 * The error of an answer whose status is none of success.
 *
 * @since 0.1.0
 * @category decoding
 */
export const refused = <Quirks extends object>(
  call: ChatCall<Quirks>,
  response: Head,
  text: string,
  now: number
): ProviderError => {
  if (response.status >= 300 && response.status < 400) {
    const target = response.headers["location"] ?? "another address"
    return unparsed(call, response, text, `redirected to ${target}: set the base URL to that`)
  }
  const json = Result.try((): unknown => JSON.parse(text))
  const { decodeError } = call.endpoint.definition.protocol
  return failed(call, response, decodeError(Result.getOrElse(json, () => text)), now)
}

/**
 * The error that a provider's error answer is.
 *
 * @since 0.1.0
 * @category decoding
 */
export const failed = <Quirks extends object>(
  { decoding, endpoint, model, secrets }: ChatCall<Quirks>,
  { headers, status }: Head,
  failure: ProviderFailure,
  now: number
): ProviderError =>
  ErrorTable.decode(failure, {
    provider: decoding.provider,
    rows: endpoint.definition.rows ?? decoding.provider,
    model,
    status,
    headers,
    now,
    secrets
  })

/** How much of an answer that is not understood is kept, in UTF-16 code units. */
const excerpt = 4096

/**
 * The error of an answer that is not what the protocol says.
 *
 * @since 0.1.0
 * @category decoding
 */
export const unparsed = <Quirks extends object>(
  call: ChatCall<Quirks>,
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

/**
 * The error of a call whose answer did not arrive, or not whole.
 *
 * @since 0.1.0
 * @category decoding
 */
export const unreached =
  <Quirks extends object>(call: ChatCall<Quirks>, clock: Clock.Clock, began: number, head?: Head) =>
  (error: HttpClientError.HttpClientError): ProviderError =>
    TransportFailure.decode(
      error,
      placeOf(call, head),
      call.secrets,
      Duration.millis(clock.currentTimeMillisUnsafe() - began)
    )
