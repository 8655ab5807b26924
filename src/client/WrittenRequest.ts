import * as HttpBody from "effect/http/HttpBody"
import * as Result from "effect/Result"
import type { Exchange } from "../domain/Capability.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { Warning } from "../domain/Warning.ts"
import { requestOf } from "../domain/Wire.ts"
import * as WrittenNumbers from "../domain/WrittenNumbers.ts"
import {
  Bytes,
  type EncodedRequest,
  type EncodeOptions,
  Form,
  type Protocol,
  type RequestBody
} from "../protocols/Protocol.ts"
import { ownOptions, underlay } from "../protocols/wire/request/ProviderOptionsPatch.ts"
import * as WellFormed from "../protocols/wire/request/WellFormed.ts"
import { isObject } from "../protocols/wire/WireObject.ts"
import type { Endpoint } from "./Endpoint.ts"
import { rawContent } from "./RawContent.ts"
import * as ReceivedBody from "./received/ReceivedBody.ts"

/** A request as it is written for the wire, and its content. */
export interface Written {
  readonly encoded: EncodedRequest
  readonly content: HttpBody.HttpBody | undefined
  readonly warnings: ReadonlyArray<Warning>
}

/** Writes a request. The text of its body is well-formed: only where it may not be is the request mended and written again. */
export const write = <C extends Exchange, Quirks extends object>(
  { definition: { body: below } }: Endpoint<object>,
  protocol: Protocol<C, Quirks>,
  request: C["Request"],
  options: EncodeOptions<Quirks>
): Result.Result<Written, ProviderError> => {
  const asReceived = below === undefined ? textAsReceived(protocol, request, options) : undefined
  if (asReceived !== undefined && !WellFormed.mayHoldHalves(asReceived))
    return Result.succeed({ encoded: noWarnings, content: HttpBody.text(asReceived, "application/json"), warnings: [] })
  const encoded = protocol.encodeRequest(request, options)
  if (Result.isFailure(encoded)) return Result.fail(encoded.failure)
  const { body, warnings } = encoded.success
  if (body === undefined || body instanceof Form || body instanceof Bytes) {
    return Result.succeed({ encoded: encoded.success, content: body && rawContent(body), warnings })
  }
  const whole = (body: RequestBody): RequestBody =>
    below === undefined || Array.isArray(body)
      ? body
      : underlay(below, ownOptions(request.providerOptions, protocol.id, options.provider), { ...body })
  const received = requestOf(request)
  const replacer = received?.body === received?.written ? undefined : WrittenNumbers.replacer
  const text = JSON.stringify(passedOn(protocol, request, options, body, whole(body)), replacer)
  if (!WellFormed.mayHoldHalves(text)) {
    return Result.succeed({ encoded: encoded.success, content: HttpBody.text(text, "application/json"), warnings })
  }
  // A body that a server received in this protocol is passed on as it was written, so only its encoded text is repaired.
  const mended = received?.protocol === protocol.id ? request : WellFormed.wellFormed(request)
  const again = mended === request ? encoded : protocol.encodeRequest(mended, options)
  return Result.map(again, (encoded): Written => {
    const mendedText = WellFormed.stringify(
      passedOn(protocol, mended, options, encoded.body ?? body, whole(encoded.body ?? body))
    )
    const content = HttpBody.text(mendedText, "application/json")
    if (mendedText === text) return { encoded, content, warnings: encoded.warnings }
    const warning: Warning = { type: "other", parameter: "messages", message: WellFormed.warning }
    return { encoded, content, warnings: [...encoded.warnings, warning] }
  })
}

const noWarnings: EncodedRequest = { warnings: [] }

/** A body that goes on as a server received it, without being encoded. */
const textAsReceived = <C extends Exchange, Quirks extends object>(
  { id, ownWords, passOn }: Protocol<C, Quirks>,
  request: C["Request"],
  options: EncodeOptions<Quirks>
): string | undefined => {
  if (passOn === undefined || ownWords === true || !isAnyones(options)) return undefined
  const received = requestOf(request)
  if (received?.protocol !== id || received.isEncoded === true) return undefined
  const { body, written = body } = received
  if (written !== body || !ReceivedBody.isUnchanged(received.request, request)) return undefined
  const passedOn = passOn(body, options)
  return passedOn && JSON.stringify(passedOn)
}

/** The body in the words in which a server received it, where it was one of this protocol. */
const passedOn = <C extends Exchange, Quirks extends object>(
  protocol: Protocol<C, Quirks>,
  request: C["Request"],
  options: EncodeOptions<Quirks>,
  encoded: RequestBody,
  body: RequestBody
): RequestBody => {
  const received = requestOf(request)
  if (received?.protocol !== protocol.id || protocol.ownWords === true || !isObject(body) || !isObject(encoded))
    return body
  const { model, stream } = options
  const { written = received.body } = received
  if (received.isEncoded === true) return ReceivedBody.asReceived(received.body, written, body)
  if (isAnyones(options) && ReceivedBody.isUnchanged(received.request, request))
    return ReceivedBody.passedOn(written, encoded, body, model)
  const plain = protocol.encodeRequest(received.request, { provider: protocol.id, model, stream })
  const before = Result.isSuccess(plain) ? plain : protocol.encodeRequest(received.request, options)
  return Result.isSuccess(before) && isObject(before.success.body)
    ? ReceivedBody.passedOn(written, before.success.body, body, model)
    : body
}

/** Whether requests are encoded for this provider as for any other. */
const isAnyones = <Quirks extends object>({ chatQuirks, quirks }: EncodeOptions<Quirks>): boolean => {
  for (const _ in quirks) return false
  return chatQuirks === undefined
}
