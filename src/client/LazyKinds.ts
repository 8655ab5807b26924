import type {
  Chat,
  Embedding,
  Image,
  Kind,
  Moderation,
  Rerank,
  Speech,
  TokenCounting,
  Transcription
} from "../domain/Capability.ts"
import * as Kinds from "../model/Kinds.ts"

export const chat: Kind<Chat> = Kinds.lazy(Kinds.chat, () => import("../model/ChatKind.ts"))

export const embedding: Kind<Embedding> = Kinds.lazy(Kinds.embedding, () => import("../model/EmbeddingModel.ts"))

export const image: Kind<Image> = Kinds.lazy(Kinds.image, () => import("../model/ImageModel.ts"))

export const moderation: Kind<Moderation> = Kinds.lazy(Kinds.moderation, () => import("../model/ModerationModel.ts"))

export const rerank: Kind<Rerank> = Kinds.lazy(Kinds.rerank, () => import("../model/RerankModel.ts"))

export const speech: Kind<Speech> = Kinds.lazy(Kinds.speech, () => import("../model/SpeechModel.ts"))

export const tokenCount: Kind<TokenCounting> = Kinds.lazy(Kinds.tokenCount, () => import("../model/TokenCounter.ts"))

export const transcription: Kind<Transcription> = Kinds.lazy(
  Kinds.transcription,
  () => import("../model/TranscriptionModel.ts")
)
