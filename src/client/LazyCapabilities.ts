import * as Effect from "effect/Effect"
import type { Canonical, Capability } from "../domain/Capability.ts"
import * as forms from "../model/call/forms.ts"
import type { Embedding } from "../model/EmbeddingModel.ts"
import type { Image } from "../model/ImageModel.ts"
import type { Moderation } from "../model/ModerationModel.ts"
import type { Rerank } from "../model/RerankModel.ts"
import type { Speech } from "../model/SpeechModel.ts"
import type { TokenCounting } from "../model/TokenCounter.ts"
import type { Transcription } from "../model/TranscriptionModel.ts"

/** A capability whose requests are checked by a schema that is loaded with the first call: few pages start with one. */
const lazy = <C extends Capability>(
  form: Omit<Canonical<C>, "check" | "load">,
  module: () => Promise<{ readonly capability: Canonical<C> }>
): Canonical<C> => {
  let check: Canonical<C>["check"]
  const load = Effect.map(Effect.promise(module), ({ capability }) => {
    check = capability.check
  })
  return {
    ...form,
    get check() {
      return check
    },
    get load() {
      return check === undefined ? load : undefined
    }
  }
}

export const embedding: Canonical<Embedding> = lazy(forms.embedding, () => import("../model/EmbeddingModel.ts"))

export const image: Canonical<Image> = lazy(forms.image, () => import("../model/ImageModel.ts"))

export const moderation: Canonical<Moderation> = lazy(forms.moderation, () => import("../model/ModerationModel.ts"))

export const rerank: Canonical<Rerank> = lazy(forms.rerank, () => import("../model/RerankModel.ts"))

export const speech: Canonical<Speech> = lazy(forms.speech, () => import("../model/SpeechModel.ts"))

export const tokenCount: Canonical<TokenCounting> = lazy(forms.tokenCount, () => import("../model/TokenCounter.ts"))

export const transcription: Canonical<Transcription> = lazy(
  forms.transcription,
  () => import("../model/TranscriptionModel.ts")
)
