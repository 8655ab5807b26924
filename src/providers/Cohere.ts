import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Cohere: chat, embeddings and reranking.
 *
 * ```ts
 * const model = Cohere.rerankModel("rerank-v4.0-pro")
 * ```
 *
 * Settings: `COHERE_API_KEY` or `CO_API_KEY`; `COHERE_BASE_URL`.
 *
 * @see https://docs.cohere.com/reference/about
 * @since 0.1.0
 * @category providers
 */
export class Cohere extends Provider.Service<Cohere>()({
  id: "cohere",
  capabilities: {
    embedding: Protocols.cohereEmbed,
    rerank: Protocols.cohereRerank,
    tokenCount: Protocols.cohereTokenize
  },
  protocol: Protocols.cohereChat,
  baseUrl: "https://api.cohere.com",
  keyNames: ["COHERE_API_KEY", "CO_API_KEY"]
}) {}
