import { make } from "./EmbeddingDialect.ts"

/**
 * Embeddings of NVIDIA's NeMo Retriever, whose models want to be told what the vectors are for.
 *
 * @see https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/reference.html
 */
export const NvidiaEmbeddings = make({
  id: "nvidia-embeddings",
  dimensions: "dimensions",
  encoding: "embedding_type",
  inputType: { field: "input_type", words: { query: "query", document: "passage" } },
  truncate: { field: "truncate", words: { none: "NONE", start: "START", end: "END" } },
  user: true
})
