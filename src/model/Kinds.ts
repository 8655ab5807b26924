import * as Effect from "effect/Effect"
import type {
  Capability,
  Chat,
  Embedding,
  Image,
  Kind,
  Moderation,
  Rerank,
  Speech,
  Streaming,
  TokenCounting,
  Transcription
} from "../domain/Capability.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import { makeIn } from "../domain/Message.ts"
import { makeFold as makeSpeechFold } from "../domain/SpeechEvent.ts"

/** What is known of a capability before the schema of its requests is loaded. */
type Light<C extends Capability> = Omit<Kind<C>, "check" | "load">

export const chat: Light<Chat> = { id: "chat", empty: { messages: [] }, make: makeIn<ChatRequest> }

export const embedding: Light<Embedding> = {
  id: "embedding",
  empty: { inputs: [] },
  make: (input) =>
    typeof input === "string" || isList(input) ? { inputs: listOf(input) } : { ...input, inputs: listOf(input.inputs) }
}

export const image: Light<Image> = {
  id: "image",
  empty: { prompt: "" },
  make: (input) => (typeof input === "string" ? { prompt: input } : input)
}

export const moderation: Light<Moderation> = {
  id: "moderation",
  empty: { inputs: [] },
  make: (input) =>
    typeof input === "string" || isList(input) ? { inputs: listOf(input) } : { ...input, inputs: listOf(input.inputs) }
}

export const rerank: Light<Rerank> = {
  id: "rerank",
  empty: { query: "", documents: [] },
  make: (input) => input
}

export const speech: Light<Speech> & { readonly streaming: Streaming<Speech> } = {
  id: "speech",
  empty: { text: "" },
  make: (input) => (typeof input === "string" ? { text: input } : input),
  streaming: {
    isContent: ({ type }) => type === "audio" || type === "restarted" || type === "finish",
    makeFold: makeSpeechFold,
    isObservable: false
  }
}

export const tokenCount: Light<TokenCounting> = {
  id: "token-count",
  empty: { messages: [] },
  make: makeIn<ChatRequest>
}

export const transcription: Light<Transcription> = {
  id: "transcription",
  empty: { audio: "" },
  make: (input) => input
}

const isList = (input: unknown): input is ReadonlyArray<unknown> => Array.isArray(input)

const listOf = <Input>(inputs: string | ReadonlyArray<Input>): ReadonlyArray<string | Input> =>
  typeof inputs === "string" ? [inputs] : inputs

/** A kind whose schema is loaded with the first call: naming a model costs nothing. */
export const lazy = <C extends Capability>(
  light: Light<C>,
  module: () => Promise<{ readonly kind: Kind<C> }>
): Kind<C> => {
  let loaded: Kind<C> | undefined
  const load = Effect.map(Effect.promise(module), ({ kind }) => {
    loaded = kind
  })
  return {
    id: light.id,
    make: light.make,
    empty: light.empty,
    get check() {
      return loaded?.check
    },
    get load() {
      return loaded === undefined ? load : undefined
    },
    get streaming() {
      return loaded === undefined ? light.streaming : loaded.streaming
    }
  }
}
