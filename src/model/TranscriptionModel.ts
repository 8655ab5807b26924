import type { Canonical } from "../domain/Capability.ts"
import { TranscriptionRequest } from "../domain/TranscriptionRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import type { TranscriptionResponse } from "../domain/TranscriptionResponse.ts"
import type { CallModel } from "./CallModel.ts"
import * as forms from "./call/forms.ts"

/**
 * The types of the capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface Transcription {
  readonly id: "transcription"
  readonly Input: TranscriptionRequest
  readonly Request: TranscriptionRequest
  readonly Answer: TranscriptionResponse
  readonly Event: never
}

/**
 * A model that recordings can be written down by: `ask` it, and use the combinators of `CallModel`.
 *
 * @since 0.1.0
 * @category models
 */
export type TranscriptionModel<E = never, R = never> = CallModel<Transcription, E, R>

/**
 * What is done with a request before it is sent.
 *
 * @since 0.1.0
 * @category constants
 */
export const capability: Canonical<Transcription> = { ...forms.transcription, check: makeCheck(TranscriptionRequest) }
