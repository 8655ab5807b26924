import type { Canonical } from "../domain/Capability.ts"
import type { EmbeddingRequest, EmbeddingRequestInput } from "../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../domain/EmbeddingResponse.ts"
import type { CallModel } from "./CallModel.ts"

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
  make: (input) =>
    typeof input === "string"
      ? { inputs: [input] }
      : isInputs(input)
        ? { inputs: input }
        : typeof input.inputs === "string"
          ? { ...input, inputs: [input.inputs] }
          : (input as EmbeddingRequest)
}

const isInputs = (input: EmbeddingRequestInput): input is EmbeddingRequest["inputs"] => Array.isArray(input)
