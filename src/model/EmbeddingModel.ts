import type { Canonical } from "../domain/Capability.ts"
import { type EmbeddingRequest, EmbeddingRequestInput } from "../domain/EmbeddingRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import type { EmbeddingResponse } from "../domain/EmbeddingResponse.ts"
import type { CallModel } from "./CallModel.ts"
import * as forms from "./call/forms.ts"

/**
 * The types of the capability.
 *
 * @since 0.1.0
 * @category models
 */
export interface Embedding {
  readonly id: "embedding"
  readonly Input: EmbeddingRequestInput
  readonly Request: EmbeddingRequest
  readonly Answer: EmbeddingResponse
  readonly Event: never
}

/**
 * A model that texts can be turned into vectors by: `ask` it, and use the combinators of `CallModel`.
 *
 * @since 0.1.0
 * @category models
 */
export type EmbeddingModel<E = never, R = never> = CallModel<Embedding, E, R>

/**
 * What is done with a request before it is sent.
 *
 * @since 0.1.0
 * @category constants
 */
export const capability: Canonical<Embedding> = { ...forms.embedding, check: makeCheck(EmbeddingRequestInput) }

/**
 * How many inputs and tokens (estimated, rather too many than too few) one call may hold, and how many calls are made at a
 * time (default 4).
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchOptions {
  readonly inputs?: number | undefined
  readonly tokens?: number | undefined
  readonly concurrency?: number | undefined
}

export { inBatches } from "./call/inBatches.ts"
