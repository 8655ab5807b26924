import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
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
import type * as Batches from "./BatchStore.ts"
import type * as Files from "./FileStore.ts"

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

/** The files of a provider, by a module that is loaded with the first call: few applications need it. */
export const files = <Self>(...args: Parameters<typeof Files.make<Self>>): Files.FileStore<Self> => {
  const store = Effect.map(
    Effect.promise(() => import("./FileStore.ts")),
    ({ make }) => make(...args)
  )
  return {
    upload: (file) => Effect.flatMap(store, ({ upload }) => upload(file)),
    list: (query) => Stream.unwrap(Effect.map(store, ({ list }) => list(query))),
    get: (id) => Effect.flatMap(store, ({ get }) => get(id)),
    content: (id) => Effect.flatMap(store, ({ content }) => content(id)),
    delete: (id) => Effect.flatMap(store, (store) => store.delete(id))
  }
}

/** The batches of a provider, by a module that is loaded with the first call. */
export const batches = <Self>(...args: Parameters<typeof Batches.make<Self>>): Batches.BatchStore<Self> => {
  const store = Effect.map(
    Effect.promise(() => import("./BatchStore.ts")),
    ({ make }) => make(...args)
  )
  return {
    create: (batch) => Effect.flatMap(store, ({ create }) => create(batch)),
    get: (id) => Effect.flatMap(store, ({ get }) => get(id)),
    list: (query) => Stream.unwrap(Effect.map(store, ({ list }) => list(query))),
    cancel: (id) => Effect.flatMap(store, ({ cancel }) => cancel(id)),
    wait: (id, schedule) => Effect.flatMap(store, ({ wait }) => wait(id, schedule)),
    results: (batch, order) => Stream.unwrap(Effect.map(store, ({ results }) => results(batch, order))),
    run: (batch, schedule) => Stream.unwrap(Effect.map(store, ({ run }) => run(batch, schedule)))
  }
}
