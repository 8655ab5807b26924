import { make } from "./RerankDialect.ts"

/**
 * Cohere's rerank, version 2: a query with up to 100 documents is one search of the bill.
 *
 * @see https://docs.cohere.com/reference/rerank
 */
export const CohereRerank = make({
  id: "cohere-rerank-v2",
  path: "/v2/rerank",
  topN: "top_n",
  maxTokensPerDocument: "max_tokens_per_doc"
})

/** The same of servers that have it beside OpenAI's paths (vLLM, OpenRouter, Together, ...). */
export const CompatibleRerank = make({
  id: "cohere-rerank-v2",
  path: "/rerank",
  topN: "top_n",
  returnDocuments: true
})
