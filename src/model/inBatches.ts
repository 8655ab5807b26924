import * as Effect from "effect/Effect"
import type { Embedding } from "../domain/Capability.ts"
import type { PartialEmbeddingError } from "../domain/ChatResponse.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { BatchOptions } from "./EmbeddingBatches.ts"
import { type Model, wrap } from "./Model.ts"

/**
 * Splits requests for many embeddings into several calls. The vectors are in the order of the inputs; usage is the sum. If a
 * part fails after another one has succeeded, the call fails with `PartialEmbeddingError`; retries around this model repeat
 * only the part that failed.
 *
 * @since 0.1.0
 * @category combinators
 */
export const inBatches = <R, R1>(
  self: Model<Embedding, ProviderError, R>,
  limits: Effect.Effect<BatchOptions, never, R1>
): Model<Embedding, ProviderError | PartialEmbeddingError, R | R1> => {
  const batches = Effect.promise(() => import("./EmbeddingBatches.ts"))
  const splitting = Effect.zipWith(batches, limits, ({ splitting }, limits) => splitting(limits))
  return wrap<Embedding, ProviderError | PartialEmbeddingError, R | R1>(self, { generate: self.generate, splitting })
}
