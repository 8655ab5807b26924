import * as Effect from "effect/Effect"
import type { Canonical } from "../domain/Capability.ts"
import { type EmbeddingRequest, EmbeddingRequestInput } from "../domain/EmbeddingRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import type { EmbeddingResponse } from "../domain/EmbeddingResponse.ts"
import type { PartialEmbeddingError } from "../domain/errors/PartialEmbeddingError.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { CallModel } from "./CallModel.ts"
import { make } from "./call/make.ts"
import type { Splitting } from "./call/inParts.ts"
import { withInputs } from "./call/withInputs.ts"

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
export const capability: Canonical<Embedding> = {
  id: "embedding",
  check: makeCheck(EmbeddingRequestInput),
  empty: { inputs: [] },
  make: withInputs<EmbeddingRequest>
}

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

/**
 * A model that sends a request for many embeddings in several calls. The vectors come in the order of the inputs; usage is
 * the sum. What of such a request fails after another part was answered is a `PartialEmbeddingError`; retries around this
 * model ask again for the part that failed only.
 *
 * @since 0.1.0
 * @category combinators
 */
export const inBatches = <R, R1>(
  self: EmbeddingModel<ProviderError, R>,
  limits: Effect.Effect<BatchOptions, never, R1>
): EmbeddingModel<ProviderError | PartialEmbeddingError, R | R1> => {
  const batches = Effect.promise(() => import("./call/embeddingBatches.ts"))
  const splitting: Effect.Effect<
    Splitting<Embedding, ProviderError | PartialEmbeddingError>,
    never,
    R1
  > = Effect.zipWith(batches, limits, ({ splitting }, limits) => splitting(limits))
  return make<Embedding, ProviderError | PartialEmbeddingError, R | R1>(self, { ask: self.ask, splitting })
}
