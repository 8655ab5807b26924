import type { Moderation, Kind } from "../domain/Capability.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import { ModerationRequestInput } from "../domain/Moderation.ts"
import { moderation } from "./Kinds.ts"
import type { Model } from "./Model.ts"

/**
 * A model that classifies content by a policy.
 *
 * @since 0.1.0
 * @category models
 */
export type ModerationModel<E = never, R = never> = Model<Moderation, E, R>

/**
 * The capability as a value, as `Model.make` takes it.
 *
 * @since 0.1.0
 * @category constants
 */
export const kind: Kind<Moderation> = { ...moderation, check: makeCheck(ModerationRequestInput) }
