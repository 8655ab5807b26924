import type { Canonical, Capability } from "../../domain/Capability.ts"
import { makeRequest } from "../../domain/canonicalChat.ts"
import type { EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { ModerationRequest } from "../../domain/ModerationRequest.ts"
import type { Embedding } from "../EmbeddingModel.ts"
import type { Image } from "../ImageModel.ts"
import type { Moderation } from "../ModerationModel.ts"
import type { Rerank } from "../RerankModel.ts"
import type { Speech } from "../SpeechModel.ts"
import type { TokenCounting } from "../TokenCounter.ts"
import type { Transcription } from "../TranscriptionModel.ts"
import { withInputs } from "./withInputs.ts"

/** What is known of requests for a capability before the schema that checks them is loaded. */
type Form<C extends Capability> = Omit<Canonical<C>, "check" | "load">

export const embedding: Form<Embedding> = {
  id: "embedding",
  empty: { inputs: [] },
  make: withInputs<EmbeddingRequest>
}

export const image: Form<Image> = {
  id: "image",
  empty: { prompt: "" },
  make: (input) => (typeof input === "string" ? { prompt: input } : input)
}

export const moderation: Form<Moderation> = {
  id: "moderation",
  empty: { inputs: [] },
  make: withInputs<ModerationRequest>
}

export const rerank: Form<Rerank> = {
  id: "rerank",
  empty: { query: "", documents: [] },
  make: (input) => input
}

export const speech: Form<Speech> = {
  id: "speech",
  empty: { text: "" },
  make: (input) => (typeof input === "string" ? { text: input } : input),
  isContent: ({ type }) => type === "audio" || type === "restarted" || type === "finish"
}

export const tokenCount: Form<TokenCounting> = {
  id: "token-count",
  empty: { messages: [] },
  make: makeRequest
}

export const transcription: Form<Transcription> = {
  id: "transcription",
  empty: { audio: "" },
  make: (input) => input
}
