import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Voyage AI: embeddings and reranking.
 *
 * ```ts
 * const model = Voyage.embeddingModel("voyage-code-3")
 * ```
 *
 * Settings: `VOYAGE_API_KEY`, `VOYAGE_BASE_URL`.
 *
 * @see https://docs.voyageai.com/reference/embeddings-api
 * @since 0.1.0
 * @category providers
 */
export class Voyage extends Provider.ServiceWithoutChat<Voyage>()({
  id: "voyage",
  baseUrl: "https://api.voyageai.com/v1",
  capabilities: { embedding: Protocols.voyageEmbeddings, rerank: Protocols.voyageRerank }
}) {}
