import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { CallEvent } from "./CallEvent.ts"
import type { CallRequest } from "./CallRequest.ts"
import type { CallResponse } from "./CallResponse.ts"
import type { ChatEvent } from "./ChatEvent.ts"
import type { ChatRequest, ChatRequestInput } from "./ChatRequest.ts"
import type { ChatResponse } from "./ChatResponse.ts"
import type { EmbeddingRequest, EmbeddingRequestInput, EmbeddingResponse } from "./Embedding.ts"
import type { InvalidRequestError } from "./CallErrors.ts"
import type { ImageRequest, ImageRequestInput, ImageResponse } from "./Image.ts"
import type { ModerationRequest, ModerationRequestInput, ModerationResponse } from "./Moderation.ts"
import type { RerankRequest, RerankResponse } from "./Rerank.ts"
import type { SpeechEvent } from "./SpeechEvent.ts"
import type { SpeechRequest, SpeechRequestInput, SpeechResponse } from "./Speech.ts"
import type { TokenCountResponse } from "./TokenCountResponse.ts"
import type { TranscriptionRequest, TranscriptionResponse } from "./Transcription.ts"

/**
 * The types of one thing that models do: chat, embeddings, images, speech. `Input` is a request as people write it,
 * `Request` its canonical form, and `Event` what a stream is made of: `never` where responses are never streamed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Capability extends Exchange {
  readonly id: string
  readonly Input: unknown
}

/**
 * The types of a request to a server and its response: those of a capability, or of storing files, say. `Event` is `never` where
 * responses are never streamed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Exchange {
  readonly Request: CallRequest
  readonly Response: CallResponse
  readonly Event: CallEvent
}

/**
 * What models and policies need to know of a capability, as a value.
 *
 * @since 0.1.0
 * @category models
 */
export interface Kind<in out C extends Capability> {
  readonly id: C["id"]
  /** Brings an input into canonical form. */
  readonly make: (input: C["Input"]) => C["Request"]
  /** What is wrong with an input of any type (`InputCheck.make`); without it every input is sent. */
  readonly check?: ((input: unknown) => InvalidRequestError | undefined) | undefined
  /** Stands in for a request that `check` refused, so that policies see one of the right shape; it is never sent. */
  readonly empty?: C["Request"] | undefined
  /** Whether a kind that is loaded later will have `streaming`. */
  readonly streams?: boolean | undefined
  /** Loads this kind with the first call, before anything but its `id` and `streams` is used; absent once it is loaded. */
  readonly load?: Effect.Effect<void> | undefined
  /** Makes a request that says what was wrong with a response; without it, the same request is sent again. */
  readonly correct?: ((request: C["Request"], response: C["Response"], reason: string) => C["Request"]) | undefined
  /** How a stream is read; absent where responses are never streamed. */
  readonly streaming?: Streaming<C> | undefined
  /** How caches store responses; without it they do not. */
  readonly caching?: Caching<C> | undefined
}

/**
 * What caches need to know of a capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface Caching<in out C extends Exchange> {
  /**
   * Whether a field of the request may change its response (`keyed`), or never does (`ignored`). Fields that are not listed
   * count as `keyed`.
   */
  readonly fields: { readonly [Field in keyof C["Request"]]-?: "keyed" | "ignored" }
  /** How a response is stored. */
  readonly response: Schema.Codec<C["Response"], unknown>
  /** Whether a response may be reused: it is complete, was not filtered, and holds nothing that expires. Default: always. */
  readonly isReusable?: ((response: C["Response"]) => boolean) | undefined
}

/**
 * What policies need to know of the stream of a capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface Streaming<in out C extends Exchange> {
  /** Whether an event shows some of the response: the first such event opens the stream. */
  readonly isContent: (event: C["Event"]) => boolean
  /** Folds the events of one stream into the response that a whole call would have given. */
  readonly makeFold: () => Fold<C>
  /**
   * Whether `generate` may fold a stream, so that time limits can watch a response that is not streamed: true where every model
   * that generates also streams.
   */
  readonly isObservable: boolean
  /** Collects one stream, up to about `mostBytes`, for the error of a stream that breaks off. */
  readonly makePartial?: ((mostBytes: number) => Arrived<C>) | undefined
  /** Whether a stream without content is complete, by its `finish` event. Default: it broke off. */
  readonly mayBeEmpty?: ((finish: C["Event"]) => boolean) | undefined
  /** The events of a whole response, for servers that respond to a streaming request with a whole response. */
  readonly unfold?: ((response: C["Response"]) => ReadonlyArray<C["Event"]>) | undefined
}

/**
 * Folds the events of one stream into its response.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fold<in out C extends Exchange> {
  readonly add: (event: C["Event"]) => void
  /** The response; `undefined` until `finish` has been added. */
  readonly response: () => C["Response"] | undefined
}

/**
 * Collects a stream as it arrives.
 *
 * @since 0.1.0
 * @category models
 */
export interface Arrived<in out C extends Exchange> {
  /** Adds events that were read from this many bytes. */
  readonly add: (events: ReadonlyArray<C["Event"]>, bytes: number) => void
  readonly partial: () => ChatResponse
}

/**
 * @since 0.1.0
 * @category capabilities
 */
export interface Chat {
  readonly id: "chat"
  readonly Input: ChatRequestInput
  readonly Request: ChatRequest
  readonly Response: ChatResponse
  readonly Event: ChatEvent
}

/**
 * @since 0.1.0
 * @category capabilities
 */
export interface Embedding {
  readonly id: "embedding"
  readonly Input: EmbeddingRequestInput
  readonly Request: EmbeddingRequest
  readonly Response: EmbeddingResponse
  readonly Event: never
}

/**
 * @since 0.1.0
 * @category capabilities
 */
export interface Image {
  readonly id: "image"
  readonly Input: ImageRequestInput
  readonly Request: ImageRequest
  readonly Response: ImageResponse
  readonly Event: never
}

/**
 * @since 0.1.0
 * @category capabilities
 */
export interface Moderation {
  readonly id: "moderation"
  readonly Input: ModerationRequestInput
  readonly Request: ModerationRequest
  readonly Response: ModerationResponse
  readonly Event: never
}

/**
 * @since 0.1.0
 * @category capabilities
 */
export interface Rerank {
  readonly id: "rerank"
  readonly Input: RerankRequest
  readonly Request: RerankRequest
  readonly Response: RerankResponse
  readonly Event: never
}

/**
 * @since 0.1.0
 * @category capabilities
 */
export interface Speech {
  readonly id: "speech"
  readonly Input: SpeechRequestInput
  readonly Request: SpeechRequest
  readonly Response: SpeechResponse
  readonly Event: SpeechEvent
}

/**
 * @since 0.1.0
 * @category capabilities
 */
export interface TokenCounting {
  readonly id: "token-count"
  readonly Input: ChatRequestInput
  readonly Request: ChatRequest
  readonly Response: TokenCountResponse
  readonly Event: never
}

/**
 * @since 0.1.0
 * @category capabilities
 */
export interface Transcription {
  readonly id: "transcription"
  readonly Input: TranscriptionRequest
  readonly Request: TranscriptionRequest
  readonly Response: TranscriptionResponse
  readonly Event: never
}
