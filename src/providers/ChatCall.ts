import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import * as Conversation from "../domain/Conversation.ts"
import { ResponseParseError } from "../domain/errors/ResponseParseError.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { Warning } from "../domain/Warning.ts"
import type { ProviderFailure } from "../protocols/ProviderFailure.ts"
import * as RateLimitHeaders from "../transport/RateLimitHeaders.ts"
import * as RequestId from "../transport/RequestId.ts"
import { redactText } from "../transport/Secrets.ts"
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
  const invalid = Conversation.check(given, restrictions.limits)
  if (invalid !== undefined) return Result.fail(invalid)
  const applied = Restrictions.apply(restrictions, given)
  if (Result.isFailure(applied)) return Result.fail(applied.failure)
  const { request, warnings } = applied.success
  const quirks = { ...endpoint.quirks, ...restrictions.quirks } as Partial<Quirks>
  const decoding = { provider: definition.id, model, quirks }
  const encoded = definition.protocol.encodeRequest(request, { ...decoding, stream })
  if (Result.isFailure(encoded)) return Result.fail(encoded.failure)
  const { body, headers } = encoded.success
  const text = JSON.stringify(definition.body === undefined ? body : { ...definition.body, ...body })
  const extra = { ...request.headers, ...headers, ...(stream ? { accept: "text/event-stream" } : {}) }
  const http = HttpClientRequest.post(endpoint.baseUrl + definition.protocol.path(model, stream), {
    headers: endpoint.headers,
    body: HttpBody.text(text, "application/json")
  })
  return Result.succeed({
    endpoint,
    model,
    http: Object.keys(extra).length === 0 ? http : HttpClientRequest.setHeaders(http, extra),
    decoding,
    warnings: [...warnings, ...encoded.success.warnings]
  })
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
  const response = yield* Effect.mapError(call.endpoint.client.execute(call.http), unreached(call))
  const text = yield* Effect.mapError(response.text, unreached(call, response))
  const now = clock.currentTimeMillisUnsafe()
  const decoded = decodeWhole(call, response, text, began, now)
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
  const { protocol } = call.endpoint.definition
  const json = Result.try((): unknown => JSON.parse(text))
  if (response.status < 200 || response.status >= 300) {
    return Result.fail(failed(call, response, protocol.decodeError(Result.getOrElse(json, () => text)), now))
  }
  if (Result.isFailure(json)) return Result.fail(unparsed(call, response, text, "the answer is not JSON", json.failure))
  const decoded = protocol.decodeResponse(json.success, call.decoding)
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
 * The head of an HTTP answer.
 *
 * @since 0.1.0
 * @category models
 */
export type Head = Pick<HttpClientResponse.HttpClientResponse, "status"> & { readonly headers: Headers.Headers }

/**
 * The error that a provider's error answer is.
 *
 * @since 0.1.0
 * @category decoding
 */
export const failed = <Quirks extends object>(
  { decoding, endpoint, model }: ChatCall<Quirks>,
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
    secrets: endpoint.secrets
  })

/**
 * The error of an answer that is not what the protocol says.
 *
 * @since 0.1.0
 * @category decoding
 */
export const unparsed = <Quirks extends object>(
  { decoding, endpoint, model }: ChatCall<Quirks>,
  { headers, status }: Head,
  text: string,
  detail: string,
  cause?: unknown
): ResponseParseError =>
  new ResponseParseError({
    provider: decoding.provider,
    model,
    status,
    requestId: RequestId.decode(headers),
    detail,
    frame: { data: redactText(text.slice(0, 4096), endpoint.secrets) },
    cause
  })

/**
 * The error of a call whose answer did not arrive, or not whole.
 *
 * @since 0.1.0
 * @category decoding
 */
export const unreached =
  <Quirks extends object>({ decoding, endpoint, model }: ChatCall<Quirks>, head?: Head) =>
  (error: HttpClientError.HttpClientError): ProviderError =>
    TransportFailure.decode(
      error,
      {
        provider: decoding.provider,
        model,
        status: head?.status,
        requestId: head === undefined ? undefined : RequestId.decode(head.headers)
      },
      endpoint.secrets
    )
