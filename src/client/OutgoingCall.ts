import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Result from "effect/Result"
import { withFields } from "../domain/ResponseFields.ts"
import { rememberResponse, requestOf } from "../domain/Wire.ts"
import * as WrittenNumbers from "../domain/WrittenNumbers.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { Exchange } from "../domain/Capability.ts"
import { InvalidRequestError, UnsupportedParameterError } from "../domain/CallErrors.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { foreignFields } from "./received/ForeignFields.ts"
import type { Warning } from "../domain/Warning.ts"
import type { EncodedRequest, Protocol } from "../protocols/Protocol.ts"
import { holdsError } from "../protocols/wire/WireObject.ts"
import * as ResponseHeaders from "../transport/ResponseHeaders.ts"
import { withoutMark } from "../transport/Utf8Reader.ts"
import {
  type Call,
  type Head,
  isSuccess,
  placeOf,
  redacted,
  remembered,
  toProviderError,
  decodeWith,
  toParseError
} from "./Call.ts"
import type { Endpoint } from "./Endpoint.ts"
import { mediaTypes } from "./ByteStream.ts"
import { send, type Sender, textOf, type WholeResponse } from "./Sending.ts"
import { write } from "./WrittenRequest.ts"

/** A request that has been checked, and what the provider and its model are known to differ in. */
export interface Prepared<C extends Exchange, Quirks extends object> {
  readonly model: string
  readonly request: C["Request"]
  readonly quirks?: Partial<Quirks> | undefined
  readonly chatQuirks?: (() => object) | undefined
  readonly warnings: ReadonlyArray<Warning>
  /** The size of a body that the provider documents as its limit. */
  readonly mostBytes?: number | undefined
  /** The protocol as the response to this request is read. */
  readonly reader?: ((toolNames: ReadonlyMap<string, string> | undefined) => Protocol<C, Quirks>) | undefined
}

/** One call of one model, ready to be sent. */
export interface OutgoingCall<C extends Exchange, Quirks extends object> extends Call {
  readonly protocol: Protocol<C, Quirks>
  readonly sender: Sender
  readonly http: HttpClientRequest.HttpClientRequest
  readonly request: C["Request"]
  /** How the provider is named in `providerOptions`. */
  readonly optionsOf: string
  readonly quirks: Partial<Quirks> | undefined
  readonly warnings: ReadonlyArray<Warning>
}

/** How a call is made: for a stream, and so that it remembers what comes over the wire. */
export interface Options {
  readonly stream: boolean
  readonly remembers?: boolean | undefined
}

/** Writes a request for the wire; nothing is sent. */
export const make = <C extends Exchange, Quirks extends object>(
  endpoint: Endpoint<object>,
  protocol: Protocol<C, Quirks>,
  prepared: Prepared<C, Quirks>,
  { remembers = false, stream }: Options
): Result.Result<OutgoingCall<C, Quirks>, ProviderError> => {
  const { definition } = endpoint
  const { chatQuirks, model, mostBytes = Infinity, quirks, reader, request } = prepared
  const optionsOf = definition.optionsOf ?? definition.id
  const written = write(endpoint, protocol, request, { provider: optionsOf, model, stream, quirks, chatQuirks })
  if (Result.isFailure(written)) return Result.fail(written.failure)
  const { content, encoded, warnings } = written.success
  if (content !== undefined && sizeOf(content) > mostBytes) {
    const detail = `the request has ${sizeOf(content)} bytes; this provider accepts at most ${mostBytes}`
    return Result.fail(new UnsupportedParameterError({ provider: definition.id, model, parameter: "request", detail }))
  }
  const foreign = foreignFields(protocol.id, request)
  if (foreign.refused !== undefined)
    return Result.fail(new UnsupportedParameterError({ provider: definition.id, model, ...foreign.refused }))
  const { headers, method, path, toolNames } = encoded
  const accept = encoded.accept ?? acceptOf(protocol, stream)
  const { sender, request: empty } =
    path === undefined
      ? { sender: endpoint.sender, request: endpoint.request(endpoint.path(model, stream), accept, method) }
      : isAddress(path)
        ? endpoint.requestAt(path, accept, method)
        : { sender: endpoint.sender, request: endpoint.request(endpoint.capabilityPath(path, model), accept, method) }
  if (leadsAstray(empty.url, endpoint.baseUrl)) {
    const detail =
      "the name of a model or file may not be . or .., nor have them between slashes: they lead to another path"
    return Result.fail(new InvalidRequestError({ provider: definition.id, model, detail }))
  }
  const http = content === undefined ? empty : HttpClientRequest.setBody(empty, content)
  const extra = extraHeaders(protocol.id, request, headers)
  return Result.succeed({
    provider: definition.id,
    rows: definition.rows ?? definition.id,
    model,
    secrets: endpoint.secrets,
    decodeError: protocol.decodeError,
    protocol: reader === undefined ? protocol : reader(toolNames),
    sender,
    http: extra === undefined ? http : HttpClientRequest.setHeaders(http, extra),
    request,
    optionsOf,
    quirks,
    // Where names have been changed, the response does not say on the wire what it is read as.
    remembers: remembers && toolNames === undefined ? protocol.id : undefined,
    warnings: [...prepared.warnings, ...warnings, ...foreign.warnings]
  })
}

/** Whether a path below the base URL has `.` or `..` between its slashes, which `URL` would resolve. */
const leadsAstray = (url: string, baseUrl: string): boolean =>
  url.includes("/.", baseUrl.length) && /\/\.\.?(?:[/?#]|$)/.test(url.slice(baseUrl.length))

/** The headers of a call beside those of its endpoint: a server of this protocol passes on those that it received. */
const extraHeaders = (
  protocol: string,
  request: CallRequest,
  encoded: EncodedRequest["headers"]
): { readonly [name: string]: string } | undefined => {
  const received = requestOf(request)
  const passed = received?.protocol === protocol ? received.headers : undefined
  if (isEmpty(passed) && isEmpty(request.headers) && isEmpty(encoded)) return undefined
  const betas = "anthropic-beta"
  const all = [passed?.[betas], encoded?.[betas]].flatMap((list) => list?.split(",") ?? []).map((beta) => beta.trim())
  return { ...passed, ...request.headers, ...encoded, ...(all.length > 0 && { [betas]: [...new Set(all)].join(",") }) }
}

const isEmpty = (headers: object | undefined): boolean => {
  for (const _ in headers) return false
  return true
}

const sizeOf = (content: HttpBody.HttpBody): number => ("contentLength" in content ? (content.contentLength ?? 0) : 0)

/** Protocols write paths; a whole address is one that a server has named. */
const isAddress = (path: string): boolean => /^https?:/i.test(path)

const acceptOf = ({ framing, reads }: Pick<Protocol<Exchange>, "framing" | "reads">, stream: boolean): string =>
  stream && typeof framing === "string" && framing !== "bytes"
    ? mediaTypes[framing]
    : reads === "bytes"
      ? "*/*"
      : "application/json"

/** Reads a response that is not in the form of a whole response; `undefined` where it is not readable that way either. */
export type ReadOther<C extends Exchange, Quirks extends object> = (
  call: OutgoingCall<C, Quirks>,
  whole: WholeResponse
) => Effect.Effect<C["Response"] | undefined, ProviderError> | undefined

/** Sends the call and reads the whole response. */
export const generate = <C extends Exchange, Quirks extends object>(
  call: OutgoingCall<C, Quirks>,
  readOther?: ReadOther<C, Quirks>
): Effect.Effect<C["Response"], ProviderError> =>
  Effect.flatMap(send(call.sender, call, call.http), (whole) => {
    const { body, endedAtMillis, head, millis } = whole
    const decoded = () => Effect.fromResult(decodeWhole(call, head, body, millis, endedAtMillis))
    const other = readOther?.(call, whole)
    return other === undefined
      ? decoded()
      : Effect.flatMap(other, (response) => (response === undefined ? decoded() : Effect.succeed(response)))
  })

const notJson = (text: string, mediaType: string | undefined): string =>
  text.trim() === ""
    ? "the response is empty"
    : mediaType === "text/event-stream"
      ? "the response is a stream of events, but no stream was requested"
      : "the response is not JSON"

/** The options to decode a response with. */
export const decodingOf = <C extends Exchange, Quirks extends object>(
  { model, optionsOf, quirks, request }: OutgoingCall<C, Quirks>,
  { headers }: Head
) => ({
  provider: optionsOf,
  model,
  quirks,
  request,
  mediaType: mediaTypeOf(headers["content-type"]),
  headers
})

let lastType: { readonly text: string | undefined; readonly mediaType: string | undefined } = {
  text: undefined,
  mediaType: undefined
}

/** Without parameters. Nearly all responses of a process have the same. */
const mediaTypeOf = (text: string | undefined): string | undefined => {
  if (lastType.text !== text) lastType = { text, mediaType: text?.split(";")[0]?.trim().toLowerCase() }
  return lastType.mediaType
}

/** Decodes a whole response, and adds what its head says and how many milliseconds it took. */
export const decodeWhole = <C extends Exchange, Quirks extends object>(
  call: OutgoingCall<C, Quirks>,
  head: Head,
  bytes: Uint8Array,
  millis: number,
  now: number
): Result.Result<C["Response"], ProviderError> => {
  const { protocol } = call
  const isRaw = protocol.reads === "bytes" && isSuccess(head)
  const written = isRaw ? "" : textOf(bytes)
  if (!isSuccess(head)) return Result.fail(toProviderError(call, head, written, now))
  const text = withoutMark(written)
  const options = decodingOf(call, head)
  let body: unknown = bytes
  if (!isRaw) {
    const json = Result.try((): unknown => JSON.parse(text))
    if (Result.isFailure(json) && options.mediaType !== "text/plain") {
      return Result.fail(toParseError(call, head, text, notJson(text, options.mediaType), json.failure))
    }
    body = Result.isSuccess(json) ? json.success : text
    WrittenNumbers.rememberRounded(body, text)
  }
  const decoded = decodeWith(call, head, text, now, () => {
    const decoded = protocol.decodeResponse(body, options)
    const isError = Result.isFailure(decoded) && decoded.failure._tag === "ResponseParseError" && holdsError(body)
    return isError ? Result.fail(call.decodeError(body, head.headers)) : decoded
  })
  if (Result.isFailure(decoded)) return Result.fail(remembered(call, head, written, decoded.failure))
  const response = decoded.success
  const total = Duration.millis(millis)
  const whole = withFields(response, {
    provider: call.provider,
    model: response.model ?? call.model,
    requestId: placeOf(call, head).requestId ?? response.requestId,
    rateLimits: ResponseHeaders.rateLimits(head.headers, now),
    warnings: [...call.warnings, ...redacted(call, response.warnings)],
    timings: { total },
    attempts: [{ model: `${call.provider}/${call.model}`, duration: total }]
  })
  if (call.remembers !== undefined) {
    const { headers, status } = head
    rememberResponse(whole, { protocol: call.remembers, text: written, headers, status })
  }
  return Result.succeed(whole)
}
