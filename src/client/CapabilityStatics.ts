import * as Effect from "effect/Effect"
import type {
  Capability,
  Embedding,
  Image,
  Kind,
  Moderation,
  Rerank,
  Speech,
  TokenCounting,
  Transcription
} from "../domain/Capability.ts"
import type { PartialEmbeddingError } from "../domain/ChatResponse.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { BatchOptions } from "../model/EmbeddingBatches.ts"
import { inBatches } from "../model/inBatches.ts"
import { make, type Model } from "../model/Model.ts"
import { unwrap } from "../model/PullStream.ts"
import type { BatchProtocol } from "../protocols/batches/BatchProtocol.ts"
import type { Protocol } from "../protocols/Protocol.ts"
import type { FileProtocol } from "../protocols/files/FileProtocol.ts"
import type * as BatchStore from "./stores/BatchStore.ts"
import type * as FileStore from "./stores/FileStore.ts"
import * as Lazy from "./Lazy.ts"
import { callsBy, type ProtocolCalls, type Provider } from "./Provider.ts"

/**
 * How a capability is asked for: the protocol, or an effect that loads it with the first call.
 *
 * @since 0.1.0
 * @category models
 */
export type Speaking<C extends Capability> = Protocol<C> | Effect.Effect<Protocol<C>>

/**
 * What a provider may offer besides chat.
 *
 * @since 0.1.0
 * @category models
 */
export interface Capabilities {
  readonly embedding?: Speaking<Embedding> | undefined
  readonly rerank?: Speaking<Rerank> | undefined
  readonly moderation?: Speaking<Moderation> | undefined
  readonly tokenCount?: Speaking<TokenCounting> | undefined
  readonly image?: Speaking<Image> | undefined
  readonly speech?: Speaking<Speech> | undefined
  readonly transcription?: Speaking<Transcription> | undefined
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
type Named<C extends Capability, Self> = (name: string, options?: CallModelOptions) => Model<C, ProviderError, Self>

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
  ) => Model<Embedding, ProviderError | PartialEmbeddingError, Self>
}

/**
 * A provider that orders documents by what they have to do with a query.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasRerank<Self> {
  readonly rerankModel: Named<Rerank, Self>
}

/**
 * A provider that judges texts and images by its policy.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasModeration<Self> {
  readonly moderationModel: Named<Moderation, Self>
}

/**
 * A provider that counts the tokens of a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasTokenCount<Self> {
  readonly tokenCounter: Named<TokenCounting, Self>
}

/**
 * A provider that makes images.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasImages<Self> {
  readonly imageModel: Named<Image, Self>
}

/**
 * A provider that speaks.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasSpeech<Self> {
  readonly speechModel: Named<Speech, Self>
}

/**
 * A provider that transcribes recordings.
 *
 * @since 0.1.0
 * @category models
 */
export interface HasTranscription<Self> {
  readonly transcriptionModel: Named<Transcription, Self>
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
export interface EmbeddingModelOptions extends CallModelOptions, BatchOptions {}

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
 * Makes models of a provider for a capability, known to this package or not.
 *
 * @since 0.1.0
 * @category constructors
 */
export const callModel =
  <Self, C extends Capability>(
    provider: Effect.Effect<Provider, ProviderError, Self> & { readonly definition: { readonly id: string } },
    kind: Kind<C>,
    protocol: Speaking<C>
  ): Named<C, Self> =>
  (name, options = {}) =>
    make<C, ProviderError, Self>({
      kind,
      id: `${provider.definition.id}/${name}`,
      contextWindow: options.contextWindow,
      generate: (request) => Effect.flatMap(calls(provider, protocol), ({ generate }) => generate(name, request)),
      stream:
        kind.streaming === undefined && kind.streams !== true
          ? undefined
          : (request, streaming) =>
              unwrap(Effect.map(calls(provider, protocol), ({ stream }) => stream(name, request, streaming)))
    })

const calls = <Self, C extends Capability>(
  provider: Effect.Effect<Provider, ProviderError, Self>,
  protocol: Speaking<C>
): Effect.Effect<ProtocolCalls<C>, ProviderError, Self> =>
  Effect.flatMap(provider, (provider) => Effect.map(loaded(protocol), (protocol) => callsBy(provider, protocol)))

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
  const statics: { readonly [K in keyof Capabilities]-?: Statics<Self>[K] | undefined } = {
    embedding: embedding && { embeddingModel: embeddingModel(provider, embedding) },
    rerank: rerank && { rerankModel: callModel(provider, Lazy.rerank, rerank) },
    moderation: moderation && { moderationModel: callModel(provider, Lazy.moderation, moderation) },
    tokenCount: tokenCount && { tokenCounter: callModel(provider, Lazy.tokenCount, tokenCount) },
    image: image && { imageModel: callModel(provider, Lazy.image, image) },
    speech: speech && { speechModel: callModel(provider, Lazy.speech, speech) },
    transcription: transcription && {
      transcriptionModel: callModel(provider, Lazy.transcription, transcription)
    },
    files: files && { files: Lazy.files(provider, files) },
    batches: batches && { batches: Lazy.batches(provider, batches) }
  }
  return Object.assign({}, ...Object.values(statics))
}

const embeddingModel =
  <Self>(
    provider: Effect.Effect<Provider, ProviderError, Self> & { readonly definition: { readonly id: string } },
    protocol: Speaking<Embedding>
  ): HasEmbeddings<Self>["embeddingModel"] =>
  (name, options = {}) =>
    inBatches(
      callModel(provider, Lazy.embedding, protocol)(name, options),
      Effect.map(loaded(protocol), ({ limits }) => ({ ...limits?.(name), ...options }))
    )
