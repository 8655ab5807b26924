import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Result from "effect/Result"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import { InvalidRequestError } from "../domain/errors/InvalidRequestError.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { Warning } from "../domain/Warning.ts"
import type { CallBody, CallProtocol } from "../protocols/CallProtocol.ts"
import { ownOptions, underlay } from "../protocols/wire/ProviderOptionsPatch.ts"
import { canonicalCall } from "../protocols/wire/MediaInput.ts"
import * as WellFormed from "../protocols/wire/WellFormed.ts"
import { isObject, type WireObject } from "../protocols/wire/WireObject.ts"
import * as ResponseHeaders from "../transport/ResponseHeaders.ts"
import { type Call, type Head, isSuccess, placeOf, redacted, refused, understood, unparsed } from "./Call.ts"
import { checkHeaders, checkModel } from "./ChatCall.ts"
import type { Endpoint } from "./Endpoint.ts"
import { withOwnOptions } from "./ProviderDefinition.ts"
import * as Restrictions from "./Restrictions.ts"
import { send, type Sender, textOf } from "./Sending.ts"

/** One call for something other than a chat, ready to be sent. */
export interface CapabilityCall extends Call {
  readonly sender: Sender
  readonly http: HttpClientRequest.HttpClientRequest
  readonly warnings: ReadonlyArray<Warning>
}

/** Writes a request for the wire; nothing is sent. */
export const make = <Quirks extends object, Request extends CallRequest, Answer extends CallResponse>(
  endpoint: Endpoint<Quirks>,
  protocol: CallProtocol<Request, Answer, CallEvent>,
  model: string,
  given: Request,
  stream = false
): Result.Result<CapabilityCall, ProviderError> => {
  const { definition } = endpoint
  const place = { provider: definition.id, model }
  const formed = WellFormed.wellFormed(given)
  const read = canonicalCall(formed)
  if (Result.isFailure(read)) return Result.fail(new InvalidRequestError({ ...place, ...read.failure }))
  const request = withOwnOptions(read.success, definition)
  const invalid = checkModel(model) ?? checkHeaders(request, endpoint)
  if (invalid !== undefined) return Result.fail(new InvalidRequestError({ ...place, ...invalid }))
  const rows = definition.rows ?? definition.id
  const chatQuirks = () => ({ ...endpoint.quirks, ...Restrictions.make(rows, model, []).quirks })
  const provider = definition.optionsOf ?? definition.id
  const encoded = protocol.encodeRequest(request, { provider, model, chatQuirks, stream })
  if (Result.isFailure(encoded)) return Result.fail(encoded.failure)
  const { body, headers, method, path, warnings } = encoded.success
  const whole = (fields: WireObject) =>
    definition.body === undefined
      ? fields
      : underlay(definition.body, ownOptions(request.providerOptions, protocol.id, provider), fields)
  const accept = encoded.success.accept ?? (protocol.reads === "bytes" ? "*/*" : "application/json")
  const { request: empty, sender } = isAddress(path)
    ? endpoint.requestAt(path, accept, method)
    : { sender: endpoint.sender, request: endpoint.request(endpoint.capabilityPath(path, model), accept, method) }
  const http = body === undefined ? empty : HttpClientRequest.setBody(empty, bodyOf(body, whole))
  const extra = request.headers === undefined && headers === undefined ? undefined : { ...request.headers, ...headers }
  return Result.succeed({
    ...place,
    rows,
    sender,
    decodeError: protocol.decodeError,
    http: extra === undefined ? http : HttpClientRequest.setHeaders(http, extra),
    warnings: formed === given ? warnings : [...warnings, { type: "other", message: WellFormed.warning }],
    secrets: endpoint.secrets
  })
}

/** Protocols write paths; a whole address is one that a server has named. */
const isAddress = (path: string): boolean => /^https?:/i.test(path)

const bodyOf = (body: CallBody, whole: (fields: WireObject) => WireObject): HttpBody.HttpBody => {
  switch (body._tag) {
    case "json": {
      const value = isObject(body.value) ? whole(body.value) : body.value
      return HttpBody.text(WellFormed.stringify(value), "application/json")
    }
    case "bytes":
      return HttpBody.uint8Array(body.bytes, body.mediaType)
    case "form": {
      const form = new FormData()
      for (const part of body.parts) {
        if ("value" in part) form.append(part.name, part.value)
        else form.append(part.name, new Blob([part.bytes.slice()], { type: part.mediaType }), part.fileName)
      }
      return HttpBody.formData(form)
    }
  }
}

/** Sends a request and reads the whole answer. */
export const ask = Effect.fnUntraced(function* <
  Quirks extends object,
  Request extends CallRequest,
  Answer extends CallResponse
>(
  endpoint: Endpoint<Quirks>,
  protocol: CallProtocol<Request, Answer, CallEvent>,
  model: string,
  request: Request
): Effect.fn.Return<Answer, ProviderError> {
  const made = make(endpoint, protocol, model, request)
  if (Result.isFailure(made)) return yield* Effect.fail(made.failure)
  const call = made.success
  const { body: bytes, endedAtMillis, head, startedAtMillis } = yield* send(call.sender, call, call.http)
  const body = protocol.reads === "bytes" && isSuccess(head) ? bytes : textOf(bytes)
  const decoded = decodeWhole(call, protocol, request, head, body, startedAtMillis, endedAtMillis)
  return Result.isSuccess(decoded) ? decoded.success : yield* Effect.fail(decoded.failure)
})

/**
 * Reads an answer that came in one piece; adds what its head says, and how long it took from `began` to `now`, in
 * milliseconds since 1970.
 */
export const decodeWhole = <Request extends CallRequest, Answer extends CallResponse>(
  call: CapabilityCall,
  protocol: CallProtocol<Request, Answer, CallEvent>,
  request: Request,
  head: Head,
  body: string | Uint8Array,
  startedAtMillis: number,
  now: number
): Result.Result<Answer, ProviderError> => {
  const text = typeof body === "string" ? body : ""
  if (!isSuccess(head)) return Result.fail(refused(call, head, text, now))
  const { headers } = head
  const mediaType = headers["content-type"]?.split(";")[0]?.trim().toLowerCase()
  const parsed = typeof body === "string" ? Result.try((): unknown => JSON.parse(body)) : Result.succeed(body)
  const value = Result.isFailure(parsed) && mediaType === "text/plain" ? Result.succeed(text) : parsed
  if (Result.isFailure(value)) return Result.fail(unparsed(call, head, text, "the answer is not JSON", value.failure))
  const options = { provider: call.provider, model: call.model, request, mediaType, headers }
  const decoded = understood(call, head, text, now, () => protocol.decodeResponse(value.success, options))
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
  const answer = decoded.success
  const total = Duration.millis(now - startedAtMillis)
  return Result.succeed({
    ...answer,
    provider: call.provider,
    model: answer.model ?? call.model,
    requestId: placeOf(call, head).requestId ?? answer.requestId,
    rateLimits: ResponseHeaders.rateLimits(headers, now),
    warnings: [...call.warnings, ...redacted(call, answer.warnings)],
    timings: { total },
    attempts: [{ model: `${call.provider}/${call.model}`, duration: total }]
  })
}
