import type { Canonical } from "../domain/Capability.ts"
import { type SpeechRequest, SpeechRequestInput } from "../domain/SpeechRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import type { SpeechResponse } from "../domain/SpeechResponse.ts"
import type { SpeechEvent } from "../domain/SpeechEvent.ts"
import type { CallModel } from "./CallModel.ts"
import * as forms from "./call/forms.ts"

/**
 * The types of the capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface Speech {
  readonly id: "speech"
  readonly Input: SpeechRequestInput
  readonly Request: SpeechRequest
  readonly Answer: SpeechResponse
  readonly Event: SpeechEvent
}

/**
 * A model that texts can be spoken by: `ask` it, and use the combinators of `CallModel`.
 *
 * @since 0.1.0
 * @category models
 */
export type SpeechModel<E = never, R = never> = CallModel<Speech, E, R>

/**
 * What is done with a request before it is sent.
 *
 * @since 0.1.0
 * @category constants
 */
export const capability: Canonical<Speech> = { ...forms.speech, check: makeCheck(SpeechRequestInput) }
