import type { PartialEmbeddingError } from "effect-llm/domain/ChatResponse"
import type { Chat, Embedding, Image, Moderation, Rerank, Speech, Transcription } from "effect-llm/domain/Capability"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import type { Model } from "effect-llm/policies/Model"

/** The models of an account, by what they do. */
export interface Models {
  readonly chat: Model<Chat, ProviderError>
  readonly embedding: Model<Embedding, ProviderError | PartialEmbeddingError>
  readonly image: Model<Image, ProviderError>
  readonly speech: Model<Speech, ProviderError>
  readonly transcription: Model<Transcription, ProviderError>
  readonly moderation: Model<Moderation, ProviderError>
  readonly rerank: Model<Rerank, ProviderError>
}

/** What a model does: `chat`, `embedding`, ... */
export type ModelKind = keyof Models
