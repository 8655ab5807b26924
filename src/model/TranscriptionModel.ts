import type { Transcription, Kind } from "../domain/Capability.ts"
import { cachedFields } from "../domain/CallRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import { TranscriptionRequest, TranscriptionResponse } from "../domain/Transcription.ts"
import type { Model } from "./Model.ts"

/**
 * A speech-to-text model.
 *
 * @since 0.1.0
 * @category models
 */
export type TranscriptionModel<E = never, R = never> = Model<Transcription, E, R>

/**
 * The capability as a value, as `Model.make` takes it.
 *
 * @since 0.1.0
 * @category constants
 */
export const kind: Kind<Transcription> = {
  id: "transcription",
  empty: { audio: "" },
  make: (input) => input,
  check: makeCheck(TranscriptionRequest),
  caching: {
    fields: {
      ...cachedFields,
      audio: "keyed",
      mediaType: "keyed",
      fileName: "keyed",
      language: "keyed",
      prompt: "keyed",
      temperature: "keyed",
      timestamps: "keyed",
      diarize: "keyed",
      translate: "keyed"
    },
    response: TranscriptionResponse
  }
}
