import type { Embedding, Kind } from "../domain/Capability.ts"
import { EmbeddingRequestInput, EmbeddingResponse } from "../domain/Embedding.ts"
import { cachedFields } from "../domain/CallRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import type { Model } from "./Model.ts"

export type { BatchOptions } from "./EmbeddingBatches.ts"
export { inBatches } from "./inBatches.ts"
/**
 * A model that computes embeddings.
 *
 * @since 0.1.0
 * @category models
 */
export type EmbeddingModel<E = never, R = never> = Model<Embedding, E, R>

/**
 * The capability as a value, as `Model.make` takes it.
 *
 * @since 0.1.0
 * @category constants
 */
export const kind: Kind<Embedding> = {
  id: "embedding",
  empty: { inputs: [] },
  make: (input) => {
    const request = typeof input === "string" || isList(input) ? { inputs: input } : input
    return { ...request, inputs: typeof request.inputs === "string" ? [request.inputs] : request.inputs }
  },
  check: makeCheck(EmbeddingRequestInput),
  caching: {
    fields: {
      ...cachedFields,
      inputs: "keyed",
      dimensions: "keyed",
      inputType: "keyed",
      truncate: "keyed",
      encoding: "keyed"
    },
    response: EmbeddingResponse
  }
}

const isList = (input: object): input is ReadonlyArray<unknown> => Array.isArray(input)
