import { make } from "./RerankDialect.ts"

/**
 * Jina AI's rerank: of texts, or of `{ text }` and `{ image }` with the models that see.
 *
 * @see https://jina.ai/reranker
 * @see https://api.jina.ai/docs
 */
export const JinaRerank = make({
  id: "jina-rerank",
  path: "/rerank",
  topN: "top_n",
  returnDocuments: true,
  objects: true
})
