import * as Effect from "effect/Effect"
import type { PartialEmbeddingError } from "../../domain/errors/PartialEmbeddingError.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { BatchOptions, Embedding, EmbeddingModel } from "../EmbeddingModel.ts"
import type { Splitting } from "./inParts.ts"
import { make } from "./make.ts"

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
  const batches = Effect.promise(() => import("./embeddingBatches.ts"))
  const splitting: Effect.Effect<
    Splitting<Embedding, ProviderError | PartialEmbeddingError>,
    never,
    R1
  > = Effect.zipWith(batches, limits, ({ splitting }, limits) => splitting(limits))
  return make<Embedding, ProviderError | PartialEmbeddingError, R | R1>(self, { ask: self.ask, splitting })
}
