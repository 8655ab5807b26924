import type { Canonical } from "../domain/Capability.ts"
import { RerankRequest } from "../domain/RerankRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import type { RerankResponse } from "../domain/RerankResponse.ts"
import type { CallModel } from "./CallModel.ts"
import * as forms from "./call/forms.ts"

/**
 * The types of the capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rerank {
  readonly id: "rerank"
  readonly Input: RerankRequest
  readonly Request: RerankRequest
  readonly Answer: RerankResponse
  readonly Event: never
}

/**
 * A model that documents can be put in order by: `ask` it, and use the combinators of `CallModel`.
 *
 * @since 0.1.0
 * @category models
 */
export type RerankModel<E = never, R = never> = CallModel<Rerank, E, R>

/**
 * What is done with a request before it is sent.
 *
 * @since 0.1.0
 * @category constants
 */
export const capability: Canonical<Rerank> = { ...forms.rerank, check: makeCheck(RerankRequest) }
