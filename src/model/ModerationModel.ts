import type { Moderation, Kind } from "../domain/Capability.ts"
import { cachedFields } from "../domain/CallRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import { ModerationRequestInput, ModerationResponse } from "../domain/Moderation.ts"
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
export const kind: Kind<Moderation> = {
  id: "moderation",
  empty: { inputs: [] },
  make: (input) => {
    const request = typeof input === "string" || isList(input) ? { inputs: input } : input
    return { ...request, inputs: typeof request.inputs === "string" ? [request.inputs] : request.inputs }
  },
  check: makeCheck(ModerationRequestInput),
  caching: { fields: { ...cachedFields, inputs: "keyed" }, response: ModerationResponse }
}

const isList = (input: object): input is ReadonlyArray<unknown> => Array.isArray(input)
