import type { Canonical } from "../domain/Capability.ts"
import { type ModerationRequest, ModerationRequestInput } from "../domain/ModerationRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import type { ModerationResponse } from "../domain/ModerationResponse.ts"
import type { CallModel } from "./CallModel.ts"
import * as forms from "./call/forms.ts"

/**
 * The types of the capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface Moderation {
  readonly id: "moderation"
  readonly Input: ModerationRequestInput
  readonly Request: ModerationRequest
  readonly Answer: ModerationResponse
  readonly Event: never
}

/**
 * A model that content can be judged by: `ask` it, and use the combinators of `CallModel`.
 *
 * @since 0.1.0
 * @category models
 */
export type ModerationModel<E = never, R = never> = CallModel<Moderation, E, R>

/**
 * What is done with a request before it is sent.
 *
 * @since 0.1.0
 * @category constants
 */
export const capability: Canonical<Moderation> = { ...forms.moderation, check: makeCheck(ModerationRequestInput) }
