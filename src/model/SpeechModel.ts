import { ArrivedAudio } from "../domain/ArrivedAudio.ts"
import type { Kind, Speech } from "../domain/Capability.ts"
import { cachedFields } from "../domain/CallRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import { SpeechRequestInput, SpeechResponse } from "../domain/Speech.ts"
import { makeFold, toEvents } from "../domain/SpeechEvent.ts"
import type { Model } from "./Model.ts"

/**
 * A text-to-speech model.
 *
 * @since 0.1.0
 * @category models
 */
export type SpeechModel<E = never, R = never> = Model<Speech, E, R>

/**
 * The capability as a value, as `Model.make` takes it.
 *
 * @since 0.1.0
 * @category constants
 */
export const kind: Kind<Speech> = {
  id: "speech",
  empty: { text: "" },
  make: (input) => (typeof input === "string" ? { text: input } : input),
  check: makeCheck(SpeechRequestInput),
  streaming: {
    isContent: ({ type }) => type === "audio" || type === "restarted" || type === "finish",
    makeFold,
    isObservable: false,
    makePartial: (mostBytes) => new ArrivedAudio(mostBytes),
    unfold: toEvents
  },
  caching: {
    fields: {
      ...cachedFields,
      text: "keyed",
      voice: "keyed",
      instructions: "keyed",
      format: "keyed",
      sampleRate: "keyed",
      speed: "keyed",
      language: "keyed",
      seed: "keyed"
    },
    response: SpeechResponse,
    isReusable: ({ audio }) => audio.length > 0
  }
}
