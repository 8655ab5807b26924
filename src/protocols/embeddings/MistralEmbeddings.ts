import { make } from "./EmbeddingDialect.ts"

/**
 * Mistral's embeddings; `codestral-embed` has a choice of dimensions and encodings.
 *
 * @see https://docs.mistral.ai/api/endpoint/embeddings
 * @since 0.1.0
 * @category protocols
 */
export const MistralEmbeddings = make({
  id: "mistral-embeddings",
  dimensions: "output_dimension",
  encoding: "output_dtype"
})
