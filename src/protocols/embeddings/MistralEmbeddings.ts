import { make } from "./EmbeddingDialect.ts"

/**
 * Mistral's embeddings; `codestral-embed` has a choice of dimensions and encodings. A call holds 256 inputs and 16,384
 * tokens, as its server says to one that has more (2026-11-21).
 *
 * @see https://docs.mistral.ai/api/endpoint/embeddings
 * @see https://github.com/0xPlaygrounds/rig/blob/main/crates/rig-cassette/fixtures/cassettes/mistral/capability_edges/one_request_over_mistrals_batch_cap_is_rejected.yaml
 * @see https://github.com/aurelio-labs/semantic-router/issues/297
 */
export const MistralEmbeddings = make({
  id: "mistral-embeddings",
  dimensions: "output_dimension",
  encoding: "output_dtype",
  limits: () => ({ inputs: 256, tokens: 16_384 })
})
