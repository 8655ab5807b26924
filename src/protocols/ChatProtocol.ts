import type * as Result from "effect/Result"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { InvalidRequestError } from "../domain/errors/InvalidRequestError.ts"
import type { ResponseParseError } from "../domain/errors/ResponseParseError.ts"
import type { UnsupportedParameterError } from "../domain/errors/UnsupportedParameterError.ts"
import type { Frame } from "../domain/Frame.ts"
import type { Json } from "../domain/Json.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { Warning } from "../domain/Warning.ts"
import type { ProviderFailure } from "./ProviderFailure.ts"

/**
 * How a chat is written on the wire: pure data in, pure data out; no URL, key or socket. The client half encodes a
 * request and decodes an answer, the server half does the inverse. `Quirks` is how servers of this protocol differ.
 *
 * Laws (each a property test): a request survives `encodeRequest` then `decodeRequest`; an answer survives
 * `encodeResponse` then `decodeResponse`; folding the events of a decoded stream gives the decoded unary answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatProtocol<Quirks extends object = object> {
  readonly id: string
  /** How the messages of a stream are told apart. */
  readonly framing: "sse" | "ndjson" | "aws-event-stream"
  /** The path of the endpoint below the provider's base URL. */
  readonly path: (model: string, stream: boolean) => string
  /** The parameters of `ChatRequest` that this protocol has no word for. */
  readonly unsupported: ReadonlyArray<keyof ChatRequest>

  readonly encodeRequest: (
    request: ChatRequest,
    options: EncodeOptions<Quirks>
  ) => Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError>
  readonly decodeResponse: (
    body: unknown,
    options: DecodeOptions<Quirks>
  ) => Result.Result<ChatResponse, ProviderFailure | ResponseParseError>
  readonly makeDecoder: (options: DecodeOptions<Quirks>) => StreamDecoder
  /** Of the body of an error answer (its text, where that is no JSON) and the headers, in lower case. */
  readonly decodeError: (body: unknown, headers?: { readonly [name: string]: string | undefined }) => ProviderFailure

  /**
   * `path` is what the path of the request says: Azure, Bedrock, Google and Vertex name the model there alone. `quirks`,
   * where it is known which server the request is for, say how that server's own fields are read.
   */
  readonly decodeRequest: (
    body: unknown,
    path?: RequestPath,
    quirks?: Partial<Quirks> | undefined
  ) => Result.Result<DecodedRequest, InvalidRequestError>
  readonly encodeResponse: (response: ChatResponse, options: AnswerOptions) => Json
  readonly makeEncoder: (options: AnswerOptions) => StreamEncoder
  readonly encodeError: (error: ProviderError) => { readonly status: number; readonly body: Json }
}

/**
 * To whom a request is written, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodeOptions<Quirks extends object = object> {
  /** The provider's id: `providerOptions` under it (and under the protocol's id) are merged into the body. */
  readonly provider: string
  readonly model: string
  readonly stream: boolean
  readonly quirks?: Partial<Quirks> | undefined
}

/**
 * A request ready to be sent as JSON, and what could not be said in it.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodedRequest {
  readonly body: { readonly [key: string]: unknown }
  /** Headers that the body needs (Anthropic's betas), in lower case. */
  readonly headers?: { readonly [name: string]: string } | undefined
  /** The names of tools as they were given, by those that stand in the body, where the provider does not take them. */
  readonly toolNames?: ReadonlyMap<string, string> | undefined
  readonly warnings: ReadonlyArray<Warning>
}

/**
 * Whose answer is read, and how.
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
 * Reads the frames of one stream; it holds the state between them.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamDecoder {
  /**
   * Appends to `events` what the frame says, in order. Returns the failure when the frame is the provider's error:
   * then the stream is over. A frame that cannot be understood appends `malformed-frame`.
   */
  readonly decode: (frame: Frame, events: Array<ChatEvent>) => ProviderFailure | undefined
  /** Whether the last frame of the protocol has been read (and `finish` been appended). */
  readonly done: boolean
  /**
   * The bytes are at their end. Where the answer is whole though the last frame is missing, appends what closes it,
   * `finish` included, and returns true; returns false when the stream broke off.
   */
  readonly end: (events: Array<ChatEvent>) => boolean
}

/**
 * What the path of a request says, which counts where the body says nothing of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestPath {
  readonly model?: string | undefined
  readonly stream?: boolean | undefined
}

/**
 * A request as a server received it. What the domain has no field for stays in
 * `request.providerOptions[protocol.id]`.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodedRequest {
  readonly model: string
  readonly stream: boolean
  readonly request: ChatRequest
  /** Whether the caller wants the usage within the stream (OpenAI's `stream_options.include_usage`). */
  readonly includeUsage: boolean
}

/**
 * What a server says of itself in an answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnswerOptions {
  /** The model's name as the caller asked for it; an answer that names its model keeps that name. */
  readonly model: string
  /** Seconds since 1970, for protocols that date their answers. */
  readonly created: number
  /** The answer's id, where it has none. */
  readonly id: string
  readonly includeUsage?: boolean | undefined
}

/**
 * Writes the frames of one stream; it holds the state between them.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamEncoder {
  /** The frames that say the event, in order; none when the protocol has no word for it. */
  readonly encode: (event: ChatEvent) => ReadonlyArray<Frame>
  /** The frames that end the stream after `finish` (OpenAI's `[DONE]`). */
  readonly end: () => ReadonlyArray<Frame>
  /** The frames that end it with an error instead. */
  readonly fail: (error: ProviderError) => ReadonlyArray<Frame>
}
