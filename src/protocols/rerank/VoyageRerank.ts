import { make } from "./RerankDialect.ts"

/**
 * Voyage AI's rerank. It takes up to 1,000 documents.
 *
 * @see https://docs.voyageai.com/docs/reranker
 */
export const VoyageRerank = make({
  id: "voyage-rerank",
  path: "/rerank",
  topN: "top_k",
  returnDocuments: true,
  truncate: "truncation"
})
