import type * as Result from "effect/Result"
import type { InvalidRequestError, UnsupportedParameterError } from "../domain/CallErrors.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { Exchange } from "../domain/Capability.ts"
import type { ResponseParseError } from "../domain/ChatResponse.ts"
import type { Frame } from "../domain/Frame.ts"
import type { Json } from "../domain/Json.ts"
import type { SpeechRequest, SpeechResponse } from "../domain/Speech.ts"
import type { SpeechEvent } from "../domain/SpeechEvent.ts"
import type { Warning } from "../domain/Warning.ts"

/**
 * A wire format, for chat and for every other capability: pure data in, pure data out; no URL, key or socket. `Quirks` is how
 * servers of one protocol differ. The client half encodes requests and decodes responses; the server half, where there is one,
 * does the inverse (`ChatProtocol` has all of it).
 *
 * A protocol streams if it has both `framing` and `makeDecoder`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Protocol<C extends Exchange, Quirks extends object = object> {
  readonly id: string
  /** Whether its requests differ from those of the protocol with the same id, so that a received body is never passed on. */
  readonly ownWords?: boolean | undefined
  /** How the body of a response is read, whatever its media type: as JSON (the default), or as bytes. */
  readonly reads?: "json" | "bytes" | undefined
  /** The path of the endpoint below the provider's base URL, unless `encodeRequest` names one. */
  readonly path?: ((model: string, stream: boolean) => string) | undefined
  readonly encodeRequest: (
    request: C["Request"],
    options: EncodeOptions<Quirks>
  ) => Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError>
  /**
   * A body that a server received in this protocol, as it goes on to a model of a server without quirks; `undefined` for one that
   * only the encoder knows to write. Without it, all are encoded.
   */
  readonly passOn?:
    | ((
        body: { readonly [key: string]: unknown },
        options: Pick<EncodeOptions, "model" | "stream">
      ) => { readonly [key: string]: unknown } | undefined)
    | undefined
  /** Decodes the JSON value, or the `Uint8Array` where `reads` is `bytes`. */
  readonly decodeResponse: (
    body: unknown,
    options: ResponseOptions<C["Request"], Quirks>
  ) => Result.Result<C["Response"], ProviderFailure | ResponseParseError>
  /** Decodes the body of an error response (its text, if it is not JSON) and the headers, in lower case. */
  readonly decodeError: (body: unknown, headers?: { readonly [name: string]: string | undefined }) => ProviderFailure
  /** The framing of a stream; with `bytes`, all bytes are content. It may depend on the response headers. */
  readonly framing?: Framing | ((options: ResponseOptions<C["Request"], Quirks>) => Framing) | undefined
  readonly makeDecoder?: ((options: ResponseOptions<C["Request"], Quirks>) => StreamDecoder<C["Event"]>) | undefined
  /** The documented limits of one call of a model. */
  readonly limits?: ((model: string) => CallLimits) | undefined
}

/**
 * How a stream is split into messages.
 *
 * @since 0.1.0
 * @category models
 */
export type Framing = "sse" | "ndjson" | "aws-event-stream" | "bytes"

/**
 * A protocol of anything but a chat, by its types.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallProtocol<
  Request extends CallRequest,
  Response extends CallResponse,
  Event extends CallEvent = never
> extends Protocol<ExchangeOf<Request, Response, Event>> {
  readonly encodeRequest: (
    request: Request,
    options: EncodeOptions
  ) => Result.Result<EncodedCall, InvalidRequestError | UnsupportedParameterError>
  /**
   * The server half: reads a request as a server received it, of a model that its path may name. What the domain has no
   * field for stays in `request.providerOptions[protocol.id]`.
   */
  readonly decodeRequest?:
    | ((body: unknown, model?: string) => Result.Result<DecodedCall<Request>, InvalidRequestError>)
    | undefined
}

/**
 * The server half of a protocol of anything but a chat: it decodes requests, and encodes responses.
 *
 * Laws (each a property test): a request survives `encodeRequest` then `decodeRequest`; a response survives
 * `encodeResponse` then `decodeResponse`.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallServer<
  Request extends CallRequest,
  Response extends CallResponse,
  Event extends CallEvent = never
> {
  readonly id: string
  /** The fields of a body for each parameter of the request; a body may have only some of them. */
  readonly words?: { readonly [parameter: string]: ReadonlyArray<string> } | undefined
  readonly decodeRequest: (body: unknown, model?: string) => Result.Result<DecodedCall<Request>, InvalidRequestError>
  /** The body of a whole response: a JSON value, or bytes of their own media type. */
  readonly encodeResponse: (response: Response, options: EncodeCallOptions<Request>) => Json | Bytes
  /** Whether a response of this protocol, as it came, is in this format already. */
  readonly isInFormat?: ((response: Response, format: string) => boolean) | undefined
  /** The frames of a whole response for a client that wants a stream, where responses are never streamed. */
  readonly encodeWholeStream?:
    | ((response: Response, options: EncodeCallOptions<Request>) => ReadonlyArray<Frame>)
    | undefined
  /** The encoder of a stream, where responses are streamed. */
  readonly makeEncoder?: ((options: EncodeCallOptions<Request>) => CallStreamEncoder<Event>) | undefined
}

/**
 * What the server half needs to encode the response to a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodeCallOptions<out Request> extends DecodedCall<Request> {
  /** Seconds since 1970, for protocols that date their responses. */
  readonly created: number
  /** The id of a response that has none. */
  readonly id: string
}

/**
 * Writes one stream of anything but a chat, as frames or as bytes without frames.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallStreamEncoder<in Event> {
  readonly framing: "sse" | "bytes"
  readonly encode: (event: Event) => ReadonlyArray<Frame | Uint8Array>
  /** The media type of bytes, once the head of the response is encoded. */
  readonly mediaType: () => string
}

/**
 * A request that names its path.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodedCall extends EncodedRequest {
  readonly path: string
}

/**
 * The types of an exchange, one by one.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExchangeOf<out Request, out Response, out Event = never> {
  readonly Request: Request
  readonly Response: Response
  readonly Event: Event
}

/**
 * How text is spoken.
 *
 * @since 0.1.0
 * @category models
 */
export type SpeechProtocol = CallProtocol<SpeechRequest, SpeechResponse, SpeechEvent>

/**
 * For whom a request is written, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodeOptions<Quirks extends object = object> {
  /** The provider's id: `providerOptions` under it (and under the protocol's id) are merged into the body. */
  readonly provider: string
  readonly model: string
  /** Whether the response is to be streamed. */
  readonly stream?: boolean | undefined
  readonly quirks?: Partial<Quirks> | undefined
  /** How the provider and the model differ in chats, for protocols that carry a chat request. */
  readonly chatQuirks?: (() => object) | undefined
}

/**
 * A request ready to be sent, and what could not be said in it.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodedRequest {
  /** Default `POST`. */
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | undefined
  /** Below the provider's base URL, query included; default: the protocol's. */
  readonly path?: string | undefined
  /** Headers that the body needs (Anthropic's betas), in lower case. */
  readonly headers?: { readonly [name: string]: string } | undefined
  /** The media type to accept. Default: that of the stream, JSON, or anything where bytes are read. */
  readonly accept?: string | undefined
  readonly body?: RequestBody | undefined
  /** The caller's names of tools, by the names in the body, where the provider does not accept the caller's. */
  readonly toolNames?: ReadonlyMap<string, string> | undefined
  readonly warnings: ReadonlyArray<Warning>
}

/**
 * What a request carries: a JSON value, a form, or bytes.
 *
 * @since 0.1.0
 * @category models
 */
export type RequestBody = { readonly [key: string]: unknown } | ReadonlyArray<unknown> | Form | Bytes

/**
 * The fields of a form, as a body.
 *
 * @since 0.1.0
 * @category models
 */
export class Form {
  readonly parts: ReadonlyArray<FormPart>
  constructor(parts: ReadonlyArray<FormPart>) {
    this.parts = parts
  }
}

/**
 * Bytes, as a body.
 *
 * @since 0.1.0
 * @category models
 */
export class Bytes {
  readonly bytes: Uint8Array
  readonly mediaType: string
  constructor(bytes: Uint8Array, mediaType: string) {
    this.bytes = bytes
    this.mediaType = mediaType
  }
}

/**
 * A field of a form: text, or a file.
 *
 * @since 0.1.0
 * @category models
 */
export type FormPart =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly bytes: Uint8Array; readonly fileName: string; readonly mediaType: string }

/**
 * Whose response is read, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodeOptions<Quirks extends object = object> {
  readonly provider: string
  readonly model: string
  readonly quirks?: Partial<Quirks> | undefined
}

/**
 * The same, with the request and the head of the response.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResponseOptions<out Request, Quirks extends object = object> extends DecodeOptions<Quirks> {
  readonly request: Request
  /** The media type of the response without its parameters, in lower case. */
  readonly mediaType?: string | undefined
  /** The headers of the response, by names in lower case. */
  readonly headers: { readonly [name: string]: string | undefined }
}

/**
 * Reads one stream; it holds the state between its frames. What the head of the response says, attempts and timings are
 * added to the first and the last event.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamDecoder<in out Event extends CallEvent> {
  /** The first event of the stream, where it has more than the head of the response. */
  readonly start?: Event | undefined
  /**
   * Appends to `events` what the frame says, in order. Returns the failure when the frame is the provider's error:
   * then the stream is over. A frame that cannot be understood appends `malformed-frame`.
   */
  readonly decode: (frame: Frame, events: Array<Event>) => ProviderFailure | undefined
  /** The same for the bytes of a stream without frames. */
  readonly decodeBytes?: ((bytes: Uint8Array, events: Array<Event>) => ProviderFailure | undefined) | undefined
  /** Whether the last frame of the protocol has been read (and `finish` been appended). */
  readonly done: boolean
  /**
   * The bytes are at their end. Where the response is whole though the last frame is missing, appends what closes it,
   * `finish` included, and returns true; returns false when the stream broke off.
   */
  readonly end: (events: Array<Event>) => boolean
}

/**
 * A request as a server received it.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodedCall<out Request> {
  readonly model: string
  readonly request: Request
  /** Whether the client wants the response streamed. */
  readonly stream?: boolean | undefined
  /** The response format that the client wants, as the protocol names it: `base64`, `verbose_json`, `url`, ... */
  readonly format?: string | undefined
}

/**
 * What one call can hold. Tokens are estimated.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallLimits {
  readonly inputs?: number | undefined
  readonly tokens?: number | undefined
}

/**
 * What a provider's error response says, as far as its form tells: which of our errors it becomes follows from the
 * provider's table, not from the protocol. `body` is the whole response.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderFailure {
  readonly _tag: "ProviderFailure"
  /** The status that the body itself names (errors inside a 200 stream). */
  readonly status?: number | undefined
  readonly code?: string | undefined
  readonly type?: string | undefined
  /** The parameter that the provider complains about, by its own name. */
  readonly param?: string | undefined
  readonly message?: string | undefined
  readonly requestId?: string | undefined
  /** Seconds to wait, where the body says so. */
  readonly retryAfterSeconds?: number | undefined
  /** The headers of a provider behind this one, which the body repeats; their names are in lower case. */
  readonly headers?: { readonly [name: string]: string } | undefined
  /** The response before it is incomplete: another one begins, or a piece is missing. */
  readonly isInterrupted?: boolean | undefined
  readonly body: unknown
}
