import type * as Result from "effect/Result"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { InvalidRequestError } from "../domain/errors/InvalidRequestError.ts"
import type { ResponseParseError } from "../domain/errors/ResponseParseError.ts"
import type { UnsupportedParameterError } from "../domain/errors/UnsupportedParameterError.ts"
import type { Frame } from "../domain/Frame.ts"
import type { AssistantPart } from "../domain/Message.ts"
import type { SpeechEvent } from "../domain/SpeechEvent.ts"
import type { SpeechRequest, SpeechResponse } from "../domain/Speech.ts"
import type { Warning } from "../domain/Warning.ts"
import type { ProviderFailure } from "./ProviderFailure.ts"

/**
 * How something other than a chat is asked for on the wire: pure data in, pure data out; no URL, key or socket.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallProtocol<
  in out Request extends CallRequest,
  out Answer extends CallResponse,
  out Event extends CallEvent = never
> {
  readonly id: string
  /** What an answer is read as, whatever media type it claims: a JSON value (the default), or its bytes. */
  readonly reads?: "json" | "bytes" | undefined
  readonly encodeRequest: (
    request: Request,
    options: CallOptions
  ) => Result.Result<EncodedCall, InvalidRequestError | UnsupportedParameterError>
  /** Of the JSON value, or the `Uint8Array` where `reads` is `bytes`. */
  readonly decodeResponse: (
    body: unknown,
    options: AnswerOptions<Request>
  ) => Result.Result<Answer, ProviderFailure | ResponseParseError>
  /** Of the body of an error answer (its text, where that is no JSON) and the headers, in lower case. */
  readonly decodeError: (body: unknown, headers?: { readonly [name: string]: string | undefined }) => ProviderFailure
  /**
   * The server half: reads a request as a server received it, of a model that its path may name. What the domain has no
   * field for stays in `request.providerOptions[protocol.id]`.
   */
  readonly decodeRequest?:
    | ((body: unknown, model?: string) => Result.Result<DecodedCall<Request>, InvalidRequestError>)
    | undefined
  /** What fits into one call of a model, where the provider documents it. */
  readonly limits?: ((model: string) => CallLimits) | undefined
  /** How the answer is read as it is made, where the wire has that; `encodeRequest` is then told `stream`. */
  readonly streaming?: CallStreaming<Request, Event> | undefined
}

/**
 * How text is spoken.
 *
 * @since 0.1.0
 * @category models
 */
export type SpeechProtocol = CallProtocol<SpeechRequest, SpeechResponse, SpeechEvent>

/**
 * How a streamed answer is read.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallStreaming<in Request extends CallRequest, out Event extends CallEvent> {
  /** How its messages are told apart; of `bytes` all is content. The head of the answer may decide. */
  readonly framing: (options: AnswerOptions<Request>) => "bytes" | "sse" | "ndjson"
  /** For the error of a stream that breaks off, the decoder keeps at most `mostKept` bytes. */
  readonly makeDecoder: (
    options: AnswerOptions<Request> & { readonly mostKept?: number | undefined }
  ) => CallStreamDecoder<Event>
}

/**
 * Reads one streamed answer; it holds the state between its pieces. What the head says, attempts and timings are added to
 * the first and the last event.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallStreamDecoder<out Event extends CallEvent> {
  /** The event with which the stream begins. */
  readonly start: Event & { readonly type: "response-start" }
  /** The events of a frame, or of bytes; a failure when the provider says that it failed. */
  readonly decode: (piece: Frame | Uint8Array) => ReadonlyArray<Event> | ProviderFailure
  /** Whether the last event has been given. */
  readonly done: boolean
  /** The bytes are at their end: the last events, or none when the answer broke off. */
  readonly end: () => ReadonlyArray<Event> | undefined
  /** What has arrived, for the error of an answer that broke off. */
  readonly partial: ReadonlyArray<AssistantPart>
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
}

/**
 * To whom a request is written.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallOptions {
  /** The provider's id: `providerOptions` under it (and under the protocol's id) are merged into the body. */
  readonly provider: string
  readonly model: string
  /** How the provider and the model differ in chats, for what is asked for by a chat request. */
  readonly chatQuirks?: (() => object) | undefined
  /** Whether the answer is wanted as it is made. */
  readonly stream?: boolean | undefined
}

/**
 * Whose answer is read, and what was asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnswerOptions<out Request> extends CallOptions {
  readonly request: Request
  /** The media type of the answer without its parameters, in lower case. */
  readonly mediaType?: string | undefined
  /** Of the answer, by names in lower case. */
  readonly headers: { readonly [name: string]: string | undefined }
}

/**
 * A request ready to be sent, and what could not be said in it.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodedCall {
  /** Default `POST`. */
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | undefined
  /** Below the provider's base URL, query included. */
  readonly path: string
  /** Headers that the body needs, in lower case. */
  readonly headers?: { readonly [name: string]: string } | undefined
  /** The media type that is asked for. Default `application/json`, or anything where bytes are read. */
  readonly accept?: string | undefined
  readonly body?: CallBody | undefined
  readonly warnings: ReadonlyArray<Warning>
}

/**
 * What a request carries: JSON, the fields of a form, or bytes.
 *
 * @since 0.1.0
 * @category models
 */
export type CallBody =
  | { readonly _tag: "json"; readonly value: { readonly [key: string]: unknown } | ReadonlyArray<unknown> }
  | { readonly _tag: "form"; readonly parts: ReadonlyArray<FormPart> }
  | { readonly _tag: "bytes"; readonly bytes: Uint8Array; readonly mediaType: string }

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
 * What one call can hold. Tokens are estimated.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallLimits {
  readonly inputs?: number | undefined
  readonly tokens?: number | undefined
}
