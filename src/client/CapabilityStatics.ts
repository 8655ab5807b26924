import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Canonical, Capability } from "../domain/Capability.ts"
import type { PartialEmbeddingError } from "../domain/errors/PartialEmbeddingError.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { CallModel } from "../model/CallModel.ts"
import { inBatches } from "../model/call/inBatches.ts"
import { make } from "../model/call/make.ts"
import type * as EmbeddingModel from "../model/EmbeddingModel.ts"
import type * as ImageModel from "../model/ImageModel.ts"
import type * as ModerationModel from "../model/ModerationModel.ts"
import type * as RerankModel from "../model/RerankModel.ts"
import type * as SpeechModel from "../model/SpeechModel.ts"
import type * as TokenCounter from "../model/TokenCounter.ts"
import type * as TranscriptionModel from "../model/TranscriptionModel.ts"
import type { BatchProtocol } from "../protocols/batches/BatchProtocol.ts"
import type { CallProtocol } from "../protocols/CallProtocol.ts"
import type { FileProtocol } from "../protocols/files/FileProtocol.ts"
import type * as BatchStore from "./BatchStore.ts"
import type * as FileStore from "./FileStore.ts"
import * as LazyCapabilities from "./LazyCapabilities.ts"
import * as LazyStores from "./LazyStores.ts"
import type { Provider } from "./Provider.ts"

/**
 * How a capability is asked for: the protocol, or an effect that loads it with the first call.
 *
 * @since 0.1.0
 * @category models
 */
export type Speaking<C extends Capability> = Protocol<C> | Effect.Effect<Protocol<C>>

type Protocol<C extends Capability> = CallProtocol<C["Request"], C["Answer"], C["Event"]>

/**
 * What a provider may offer besides chat.
 *
 * @since 0.1.0
 * @category models
 */
export interface Capabilities {
  readonly embedding?: Speaking<EmbeddingModel.Embedding> | undefined
  readonly rerank?: Speaking<RerankModel.Rerank> | undefined
  readonly moderation?: Speaking<ModerationModel.Moderation> | undefined
  readonly tokenCount?: Speaking<TokenCounter.TokenCounting> | undefined
  readonly image?: Speaking<ImageModel.Image> | undefined
  readonly speech?: Speaking<SpeechModel.Speech> | undefined
  readonly transcription?: Speaking<TranscriptionModel.Transcription> | undefined
  readonly files?: FileProtocol | Effect.Effect<FileProtocol> | undefined
  readonly batches?: BatchProtocol | Effect.Effect<BatchProtocol> | undefined
}

/**
 * What is known of a model beyond its name.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallModelOptions {
  /** The longest input it reads, in tokens. */
  readonly contextWindow?: number | undefined
}

/** A model by its name; any is taken, and an unknown one fails when it is asked. */
type Named<C extends Capability, Self> = (name: string, options?: CallModelOptions) => CallModel<C, ProviderError, Self>

/**
 * A provider of embeddings. Requests that are too large for one call are sent in several; part of a request may then fail
 * by itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasEmbeddings<Self> {
  readonly embeddingModel: (
    name: string,
    options?: EmbeddingModelOptions
  ) => EmbeddingModel.EmbeddingModel<ProviderError | PartialEmbeddingError, Self>
}

/**
 * A provider that orders documents by what they have to do with a query.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasRerank<Self> {
  readonly rerankModel: Named<RerankModel.Rerank, Self>
}

/**
 * A provider that judges texts and images by its policy.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasModeration<Self> {
  readonly moderationModel: Named<ModerationModel.Moderation, Self>
}

/**
 * A provider that counts the tokens of a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasTokenCount<Self> {
  readonly tokenCounter: Named<TokenCounter.TokenCounting, Self>
}

/**
 * A provider that makes images.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasImages<Self> {
  readonly imageModel: Named<ImageModel.Image, Self>
}

/**
 * A provider that speaks.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasSpeech<Self> {
  readonly speechModel: Named<SpeechModel.Speech, Self>
}

/**
 * A provider that writes down what is said in recordings.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasTranscription<Self> {
  readonly transcriptionModel: Named<TranscriptionModel.Transcription, Self>
}

/**
 * A provider that keeps files.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasFiles<Self> {
  readonly files: FileStore.FileStore<Self>
}

/**
 * A provider that answers many requests when it has time.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasBatches<Self> {
  readonly batches: BatchStore.BatchStore<Self>
}

/**
 * The statics that each capability gives the class of a provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface Statics<Self> {
  readonly embedding: HasEmbeddings<Self>
  readonly rerank: HasRerank<Self>
  readonly moderation: HasModeration<Self>
  readonly tokenCount: HasTokenCount<Self>
  readonly image: HasImages<Self>
  readonly speech: HasSpeech<Self>
  readonly transcription: HasTranscription<Self>
  readonly files: HasFiles<Self>
  readonly batches: HasBatches<Self>
}

/**
 * What is known of an embedding model, and how requests for many embeddings are sent. The limits are the provider's
 * where they are left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddingModelOptions extends CallModelOptions, EmbeddingModel.BatchOptions {}

/**
 * The statics of a provider that has these capabilities.
 *
 * @since 0.1.0
 * @category utility types
 */
export type StaticsOf<Self, Has extends Capabilities> = All<
  { [K in keyof Has & keyof Statics<Self>]: (statics: Statics<Self>[K]) => void }[keyof Has & keyof Statics<Self>]
>

/**
 * The statics that another class has, for this one.
 *
 * @since 0.1.0
 * @category utility types
 */
export type SameStatics<Self, Other> = All<
  {
    [K in keyof Statics<Self>]: Other extends { readonly [Name in keyof Statics<Self>[K]]: unknown }
      ? (statics: Statics<Self>[K]) => void
      : never
  }[keyof Statics<Self>]
>

/** Of takers of several statics only what is all of them is taken by each. */
type All<Takers> = [Takers] extends [never] ? unknown : [Takers] extends [(statics: infer S) => void] ? S : never

/**
 * Makes models of a provider that are asked for a capability, known to this package or not.
 *
 * @since 0.1.0
 * @category constructors
 */
export const callModel =
  <Self, C extends Capability>(
    provider: Effect.Effect<Provider, ProviderError, Self> & { readonly definition: { readonly id: string } },
    capability: Canonical<C>,
    protocol: Speaking<C>
  ): Named<C, Self> =>
  (name, options = {}) =>
    make<C, ProviderError, Self>(
      { capability, id: `${provider.definition.id}/${name}`, contextWindow: options.contextWindow },
      {
        ask: (request) => ask(provider, protocol, name, request),
        // A capability that has no events has no stream.
        stream:
          capability.isContent === undefined ? undefined : (request) => askStream(provider, protocol, name, request)
      }
    )

const ask = <Self, C extends Capability>(
  provider: Effect.Effect<Provider, ProviderError, Self>,
  protocol: Speaking<C>,
  name: string,
  request: C["Request"]
): Effect.Effect<C["Answer"], ProviderError, Self> =>
  Effect.flatMap(provider, ({ ask, id }) =>
    ask === undefined
      ? Effect.die(`the service of ${id} answers chats only`)
      : Effect.flatMap(loaded(protocol), (protocol) => ask(protocol, name, request))
  )

const askStream = <Self, C extends Capability>(
  provider: Effect.Effect<Provider, ProviderError, Self>,
  protocol: Speaking<C>,
  name: string,
  request: C["Request"]
): Stream.Stream<C["Event"], ProviderError, Self> =>
  Stream.unwrap(
    Effect.flatMap(provider, ({ askStream, id }) =>
      askStream === undefined
        ? Effect.die(`the service of ${id} answers chats only`)
        : Effect.map(loaded(protocol), (protocol) => askStream(protocol, name, request))
    )
  )

const loaded = <C extends Capability>(protocol: Speaking<C>): Effect.Effect<Protocol<C>> =>
  Effect.isEffect(protocol) ? protocol : Effect.succeed(protocol)

/**
 * The statics of a provider's class, for what its definition says that it has.
 *
 * @since 0.1.0
 * @category constructors
 */
export const staticsOf = <Self>(
  provider: Effect.Effect<Provider, ProviderError, Self> & { readonly definition: { readonly id: string } },
  has: Capabilities
): object => {
  const { batches, embedding, files, image, moderation, rerank, speech, tokenCount, transcription } = has
  return {
    ...(embedding && { embeddingModel: embeddingModel(provider, embedding) }),
    ...(rerank && { rerankModel: callModel(provider, LazyCapabilities.rerank, rerank) }),
    ...(moderation && { moderationModel: callModel(provider, LazyCapabilities.moderation, moderation) }),
    ...(tokenCount && { tokenCounter: callModel(provider, LazyCapabilities.tokenCount, tokenCount) }),
    ...(image && { imageModel: callModel(provider, LazyCapabilities.image, image) }),
    ...(speech && { speechModel: callModel(provider, LazyCapabilities.speech, speech) }),
    ...(transcription && { transcriptionModel: callModel(provider, LazyCapabilities.transcription, transcription) }),
    ...(files && { files: LazyStores.files(provider, files) }),
    ...(batches && { batches: LazyStores.batches(provider, batches) })
  }
}

const embeddingModel =
  <Self>(
    provider: Effect.Effect<Provider, ProviderError, Self> & { readonly definition: { readonly id: string } },
    protocol: Speaking<EmbeddingModel.Embedding>
  ): HasEmbeddings<Self>["embeddingModel"] =>
  (name, options = {}) =>
    inBatches(
      callModel(provider, LazyCapabilities.embedding, protocol)(name, options),
      Effect.map(loaded(protocol), ({ limits }) => ({ ...limits?.(name), ...options }))
    )
