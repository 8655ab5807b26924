import type { PartialEmbeddingError } from "effect-llm/domain/ChatResponse"
import type {
  Capability,
  Chat,
  Embedding,
  Image,
  Moderation,
  Rerank,
  Speech,
  Transcription
} from "effect-llm/domain/Capability"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import type { Model } from "effect-llm/policies/Model"

/** What models do, by the names in settings. */
export interface Capabilities {
  readonly chat: Chat
  readonly embedding: Embedding
  readonly image: Image
  readonly speech: Speech
  readonly transcription: Transcription
  readonly moderation: Moderation
  readonly rerank: Rerank
}

/** What a model does: `chat`, `embedding`, ... */
export type ModelKind = keyof Capabilities

/** The errors of a provider's model. */
export type AccountError = ProviderError | PartialEmbeddingError

/** A model of an account, which carries what it needs. */
export type AccountModel<C extends Capability> = Model<C, AccountError>
