import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Result from "effect/Result"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ContentPart } from "../domain/ContentPart.ts"
import * as Conversation from "../domain/Conversation.ts"
import { InvalidRequestError } from "../domain/errors/InvalidRequestError.ts"
import { UnsupportedParameterError } from "../domain/errors/UnsupportedParameterError.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { Warning } from "../domain/Warning.ts"
import type { EncodedRequest } from "../protocols/ChatProtocol.ts"
import { ownOptions, underlay } from "../protocols/wire/ProviderOptionsPatch.ts"
import { givenNames } from "../protocols/wire/ToolIdentifiers.ts"
import * as WellFormed from "../protocols/wire/WellFormed.ts"
import * as RequestHeaders from "../transport/RequestHeaders.ts"
import * as ResponseHeaders from "../transport/ResponseHeaders.ts"
import { type Call, type Head, isSuccess, placeOf, redacted, refused, understood, unparsed } from "./Call.ts"
import type { Endpoint } from "./Endpoint.ts"
import { expecting } from "./Expecting.ts"
import { withOwnOptions } from "./ProviderDefinition.ts"
import * as OptionRestrictions from "./OptionRestrictions.ts"
import * as Restrictions from "./Restrictions.ts"
import { send, textOf } from "./Sending.ts"

/** One call of one model, ready to be sent. */
export interface ChatCall<Quirks extends object> extends Call {
  readonly endpoint: Endpoint<Quirks>
  readonly http: HttpClientRequest.HttpClientRequest
  readonly decoding: { readonly provider: string; readonly model: string; readonly quirks: Partial<Quirks> }
  readonly warnings: ReadonlyArray<Warning>
}

/** Checks a request and writes it for the wire; nothing is sent. */
export const make = <Quirks extends object>(
  endpoint: Endpoint<Quirks>,
  restrictions: Restrictions.Restrictions,
  given: ChatRequest,
  stream: boolean
): Result.Result<ChatCall<Quirks>, ProviderError> => {
  const { definition, protocol } = endpoint
  const { model } = restrictions
  const quirks = { ...endpoint.quirks, ...Restrictions.quirksFor(restrictions, given) } as Partial<Quirks>
  const limits = Restrictions.limitsFor(restrictions, given)
  const decoding = { provider: definition.optionsOf ?? definition.id, model, quirks }
  const options = { ...decoding, stream }
  const optioned = withOwnOptions(given, definition)
  const applied = OptionRestrictions.apply(restrictions, optioned, protocol, options)
  const request = Result.isSuccess(applied) ? applied.success.request : optioned
  const invalid = checkModel(model) ?? Conversation.check(request) ?? checkHeaders(request, endpoint)
  if (invalid !== undefined) return Result.fail(invalidOf(endpoint, model, invalid))
  const excess = Conversation.excess(request, limits)
  if (excess !== undefined) return Result.fail(tooMuch(endpoint, model, excess))
  if (Result.isFailure(applied)) {
    const { parameter } = applied.failure
    const detail = Restrictions.detailOf(applied.failure)
    return Result.fail(new UnsupportedParameterError({ provider: definition.id, model, parameter, detail }))
  }
  const encode = (request: ChatRequest) =>
    Result.map(protocol.encodeRequest(request, options), (encoded) =>
      withFields(encoded, definition, ownOptions(request.providerOptions, protocol.id, decoding.provider))
    )
  const encoded = wellFormed(encode, request)
  if (Result.isFailure(encoded)) return Result.fail(encoded.failure)
  const { headers, text, toolNames, warnings } = encoded.success
  const content = HttpBody.text(text, "application/json")
  const most = limits.requestBytes ?? Infinity
  if (content.contentLength > most) {
    const detail = `the request has ${content.contentLength} bytes; this provider takes at most ${most}`
    return Result.fail(tooMuch(endpoint, model, { at: "messages", detail }))
  }
  const http = HttpClientRequest.setBody(
    endpoint.request(endpoint.path(model, stream), stream ? endpoint.framing.accept : "application/json"),
    content
  )
  const extra = request.headers === undefined && headers === undefined ? undefined : { ...request.headers, ...headers }
  const named = toolNames === undefined ? protocol : givenNames(protocol, toolNames)
  const expected = expecting(named, request)
  return Result.succeed({
    endpoint: expected === protocol ? endpoint : { ...endpoint, protocol: expected },
    provider: definition.id,
    rows: definition.rows ?? definition.id,
    model,
    decodeError: protocol.decodeError,
    http: extra === undefined ? http : HttpClientRequest.setHeaders(http, extra),
    decoding,
    warnings: applied.success.warnings.length === 0 ? warnings : [...applied.success.warnings, ...warnings],
    secrets: endpoint.secrets
  })
}

/** A request as JSON text that is well-formed; only where it may not be is the request mended and written again. */
const wellFormed = <E>(
  encode: (request: ChatRequest) => Result.Result<EncodedRequest, E>,
  request: ChatRequest
): Result.Result<Omit<EncodedRequest, "body"> & { readonly text: string }, E> =>
  Result.flatMap(encode(request), (encoded) => {
    const text = JSON.stringify(encoded.body)
    if (!WellFormed.mayHoldHalves(text)) return Result.succeed({ ...encoded, text })
    const mended = WellFormed.wellFormed(request)
    return Result.map(mended === request ? Result.succeed(encoded) : encode(mended), (again) => {
      const mendedText = WellFormed.stringify(again.body)
      if (mendedText === text) return { ...again, text }
      const warning: Warning = { type: "other", parameter: "messages", message: WellFormed.warning }
      return { ...again, text: mendedText, warnings: [...again.warnings, warning] }
    })
  })

/** The request with the fields that its provider's definition puts into every body. */
const withFields = (
  encoded: EncodedRequest,
  { body: below }: Pick<Endpoint<object>["definition"], "body">,
  own: ReadonlyArray<{ readonly [key: string]: unknown }>
): EncodedRequest => (below === undefined ? encoded : { ...encoded, body: underlay(below, own, encoded.body) })

/** What is wrong with a request, and where. */
interface Problem {
  readonly at: string
  readonly detail: string
}

const invalidOf = <Quirks extends object>(
  { definition: { id: provider } }: Endpoint<Quirks>,
  model: string,
  { at, detail }: Pick<InvalidRequestError, "at" | "detail">
): InvalidRequestError => new InvalidRequestError({ provider, model, at, detail })

/** What is too large for this provider, another may take. */
const tooMuch = <Quirks extends object>(
  { definition: { id: provider } }: Endpoint<Quirks>,
  model: string,
  { at, detail }: Problem
): UnsupportedParameterError => {
  const where = at === "messages" ? "" : `${at}: `
  return new UnsupportedParameterError({ provider, model, parameter: "request", detail: `${where}${detail}` })
}

/** A call that has images waits until their sizes have been checked, by what is loaded then. */
export const checked = <Quirks extends object>(
  call: ChatCall<Quirks>,
  restrictions: Restrictions.Restrictions,
  request: ChatRequest
): Effect.Effect<ChatCall<Quirks>, UnsupportedParameterError> => {
  const limits = Restrictions.limitsFor(restrictions, request)
  return limits.imagePixels === undefined || !request.messages.some(hasImage)
    ? Effect.succeed(call)
    : Effect.flatMap(imageCheck, ({ checkImages }) => {
        const problem = checkImages(request, limits)
        return problem === undefined ? Effect.succeed(call) : Effect.fail(tooMuch(call.endpoint, call.model, problem))
      })
}

const imageCheck = Effect.promise(() => import("./ImageCheck.ts"))

const hasImage = ({ content }: ChatRequest["messages"][number]): boolean =>
  (content as ReadonlyArray<ContentPart>).some(
    (part) =>
      part.type === "image" ||
      (part.type === "tool-result" &&
        typeof part.output !== "string" &&
        part.output.some(({ type }) => type === "image"))
  )

const keyInRequest =
  "a header that holds a key would go to every provider that a fallback asks: give it to one of them, as in OpenAi.withCredentials({ apiKey }) or ({ headers })"

/** What is wrong with the name of a model, if anything is: it may stand in a path, where nothing can be mended. */
export const checkModel = (model: string): Problem | undefined => {
  // Programs in JavaScript are not held to the type.
  if (typeof model !== "string") return { at: "model", detail: `the name is ${String(model)}, and must be a string` }
  return model.isWellFormed() ? undefined : { at: "model", detail: "the name holds a lone surrogate" }
}

/**
 * What is wrong with the headers of a request, if anything is: also that one holds a key, since a request goes to
 * whichever provider is asked, and may be stored.
 */
export const checkHeaders = (
  { headers }: Pick<ChatRequest, "headers">,
  { keyHeader }: Pick<Endpoint<object>, "keyHeader">
): Problem | undefined => {
  if (headers === undefined) return undefined
  for (const [name, value] of Object.entries(headers)) {
    if (RequestHeaders.isSecret(name) || name.toLowerCase() === keyHeader) {
      return { at: `headers.${name}`, detail: keyInRequest }
    }
    const problem = RequestHeaders.issueOf(name, value)
    if (problem !== undefined) return { at: `headers.${name}`, detail: `the header ${problem}` }
  }
  return undefined
}

/** Sends the call and reads the whole answer. */
export const generate = Effect.fnUntraced(function* <Quirks extends object>(
  call: ChatCall<Quirks>
): Effect.fn.Return<ChatResponse, ProviderError> {
  const { body, endedAtMillis, head, startedAtMillis } = yield* send(call.endpoint.sender, call, call.http)
  const decoded = decodeWhole(call, head, textOf(body), startedAtMillis, endedAtMillis)
  return Result.isSuccess(decoded) ? decoded.success : yield* Effect.fail(decoded.failure)
})

/**
 * Reads an answer that came in one piece, an error or a whole chat response; adds what its head says, and
 * how long it took from `began` to `now`, in milliseconds since 1970.
 */
export const decodeWhole = <Quirks extends object>(
  call: ChatCall<Quirks>,
  response: Head,
  text: string,
  startedAtMillis: number,
  now: number
): Result.Result<ChatResponse, ProviderError> => {
  if (!isSuccess(response)) return Result.fail(refused(call, response, text, now))
  const json = Result.try((): unknown => JSON.parse(text))
  if (Result.isFailure(json)) return Result.fail(unparsed(call, response, text, "the answer is not JSON", json.failure))
  const { decodeResponse } = call.endpoint.protocol
  const decoded = understood(call, response, text, now, () => decodeResponse(json.success, call.decoding))
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
  const answer = decoded.success
  const total = Duration.millis(now - startedAtMillis)
  return Result.succeed(
    answer.with({
      provider: call.provider,
      model: answer.model ?? call.model,
      requestId: placeOf(call, response).requestId ?? answer.requestId,
      rateLimits: ResponseHeaders.rateLimits(response.headers, now),
      warnings: [...call.warnings, ...redacted(call, answer.warnings)],
      timings: { total },
      attempts: [{ model: `${call.provider}/${call.model}`, duration: total }]
    })
  )
}
