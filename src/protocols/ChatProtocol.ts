import type * as Result from "effect/Result"
import type { Chat } from "../domain/Capability.ts"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse, ResponseParseError } from "../domain/ChatResponse.ts"
import type { InvalidRequestError, UnsupportedParameterError } from "../domain/CallErrors.ts"
import type { Frame } from "../domain/Frame.ts"
import type { Json } from "../domain/Json.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type {
  DecodeOptions,
  EncodedRequest as EncodedCall,
  EncodeOptions,
  Framing,
  Protocol,
  StreamDecoder as Decoder,
  ProviderFailure
} from "./Protocol.ts"

export type { DecodeOptions, EncodeOptions } from "./Protocol.ts"

/**
 * The protocol of a chat, both halves: the client half encodes a request and decodes a response, the server half does the
 * inverse.
 *
 * Laws (each a property test): a request survives `encodeRequest` then `decodeRequest`; a response survives
 * `encodeResponse` then `decodeResponse`; folding the events of a decoded stream gives the decoded unary response.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatProtocol<Quirks extends object = object> extends Protocol<Chat, Quirks> {
  readonly path: (model: string, stream: boolean) => string
  readonly framing: Exclude<Framing, "bytes">
  /** The parameters of `ChatRequest` that this protocol has no field for. */
  readonly unsupported: ReadonlyArray<keyof ChatRequest>
  /** The fields of a body for each of the others, such as `generationConfig.topP`; a body may have only some of them. */
  readonly words?: { readonly [P in keyof ChatRequest]?: ReadonlyArray<string> } | undefined

  readonly encodeRequest: (
    request: ChatRequest,
    options: EncodeOptions<Quirks>
  ) => Result.Result<EncodedRequest, InvalidRequestError | UnsupportedParameterError>
  readonly decodeResponse: (
    body: unknown,
    options: DecodeOptions<Quirks>
  ) => Result.Result<ChatResponse, ProviderFailure | ResponseParseError>
  readonly makeDecoder: (options: DecodeOptions<Quirks>) => StreamDecoder

  /**
   * `path` is what the path of the request says: Azure, Bedrock, Google and Vertex name the model there alone. `quirks`,
   * where it is known which server the request is for, say how that server's own fields are read.
   */
  readonly decodeRequest: (
    body: unknown,
    path?: RequestPath,
    quirks?: Partial<Quirks> | undefined
  ) => Result.Result<DecodedRequest, InvalidRequestError>
  readonly encodeResponse: (response: ChatResponse, options: EncodeResponseOptions) => Json
  readonly makeEncoder: (options: EncodeResponseOptions) => StreamEncoder
  readonly encodeError: (
    error: ProviderError,
    options?: EncodeErrorOptions
  ) => { readonly status: number; readonly body: Json }
}

/**
 * What a server says of an error response beyond the error: another status than the error has by itself, and its own id
 * of the request.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodeErrorOptions {
  readonly status?: number | undefined
  readonly requestId?: string | undefined
}

/**
 * A chat request ready to be sent as JSON, and what could not be said in it.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodedRequest extends EncodedCall {
  readonly body: { readonly [key: string]: unknown }
}

/**
 * Reads the frames of the stream of a chat.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamDecoder extends Decoder<ChatEvent> {}

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
 * What the server half needs to encode a response.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodeResponseOptions {
  /** The requested model; a response that names its own model keeps that name. */
  readonly model: string
  /** Seconds since 1970, for protocols that date their responses. */
  readonly created: number
  /** The id of a response that has none. */
  readonly id: string
  readonly includeUsage?: boolean | undefined
  /** The body of the request, for protocols whose responses repeat what was requested. */
  readonly requestBody?: { readonly [key: string]: unknown } | undefined
  /** Estimates the input tokens, for protocols that report them at the start of a stream (Anthropic's), if the provider does not. */
  readonly estimateInput?: (() => number) | undefined
}

/**
 * Writes the frames of one stream; it holds the state between them.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamEncoder {
  /** The frames of the event, in order; none if the protocol cannot express it. */
  readonly encode: (event: ChatEvent) => ReadonlyArray<Frame>
  /** The frames that end the stream after `finish` (OpenAI's `[DONE]`). */
  readonly end: () => ReadonlyArray<Frame>
  /** The frames that end it with an error instead. */
  readonly fail: (error: ProviderError) => ReadonlyArray<Frame>
}
