import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type {
  Capability,
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
import type * as Batches from "./stores/BatchStore.ts"
import type * as Files from "./stores/FileStore.ts"

/** A kind that is loaded with the first call: naming a model costs nothing. */
const lazy = <C extends Capability>(
  id: C["id"],
  streams: [C["Event"]] extends [never] ? false : true,
  module: () => Promise<{ readonly kind: Kind<C> }>
): Kind<C> => {
  let loaded: Kind<C> | undefined
  const load = Effect.map(Effect.promise(module), ({ kind }) => {
    loaded = kind
  })
  const notLoaded = () => {
    throw new Error(`the kind ${id} is not loaded: run its \`load\` first`)
  }
  return {
    id,
    streams,
    get make() {
      return loaded === undefined ? notLoaded : loaded.make
    },
    get empty() {
      return loaded?.empty
    },
    get check() {
      return loaded?.check
    },
    get correct() {
      return loaded?.correct
    },
    get load() {
      return loaded === undefined ? load : undefined
    },
    get streaming() {
      return loaded?.streaming
    },
    get caching() {
      return loaded?.caching
    }
  }
}

export const chat = lazy<Chat>("chat", true, () => import("../model/ChatKind.ts"))

export const embedding = lazy<Embedding>("embedding", false, () => import("../model/EmbeddingModel.ts"))

export const image = lazy<Image>("image", false, () => import("../model/ImageModel.ts"))

export const moderation = lazy<Moderation>("moderation", false, () => import("../model/ModerationModel.ts"))

export const rerank = lazy<Rerank>("rerank", false, () => import("../model/RerankModel.ts"))

export const speech = lazy<Speech>("speech", true, () => import("../model/SpeechModel.ts"))

export const tokenCount = lazy<TokenCounting>("token-count", false, () => import("../model/TokenCounter.ts"))

export const transcription = lazy<Transcription>("transcription", false, () => import("../model/TranscriptionModel.ts"))

/** The files of a provider, by a module that is loaded with the first call: few applications need it. */
export const files = <Self>(...args: Parameters<typeof Files.make<Self>>): Files.FileStore<Self> => {
  const store = Effect.map(
    Effect.promise(() => import("./stores/FileStore.ts")),
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
    Effect.promise(() => import("./stores/BatchStore.ts")),
    ({ make }) => make(...args)
  )
  return {
    create: (batch) => Effect.flatMap(store, ({ create }) => create(batch)),
    createFromFile: (batch) => Effect.flatMap(store, ({ createFromFile }) => createFromFile(batch)),
    get: (id) => Effect.flatMap(store, ({ get }) => get(id)),
    list: (query) => Stream.unwrap(Effect.map(store, ({ list }) => list(query))),
    cancel: (id) => Effect.flatMap(store, ({ cancel }) => cancel(id)),
    wait: (id, schedule) => Effect.flatMap(store, ({ wait }) => wait(id, schedule)),
    results: (batch, order) => Stream.unwrap(Effect.map(store, ({ results }) => results(batch, order))),
    run: (batch, schedule) => Stream.unwrap(Effect.map(store, ({ run }) => run(batch, schedule)))
  }
}
