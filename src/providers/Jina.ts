import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Jina AI: embeddings and reranking.
 *
 * ```ts
 * const model = Jina.rerankModel("jina-reranker-v3.5")
 * ```
 *
 * Settings: `JINA_API_KEY` or `JINA_AI_API_KEY`; `JINA_BASE_URL`.
 *
 * @see https://api.jina.ai/docs
 * @since 0.1.0
 * @category providers
 */
export class Jina extends Provider.ServiceWithoutChat<Jina>()({
  id: "jina",
  baseUrl: "https://api.jina.ai/v1",
  keyNames: ["JINA_API_KEY", "JINA_AI_API_KEY"],
  capabilities: { embedding: Protocols.jinaEmbeddings, rerank: Protocols.jinaRerank }
}) {}
