import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Cohere. Settings: `COHERE_API_KEY` or, as Cohere's own clients call it, `CO_API_KEY`; `COHERE_BASE_URL` (default
 * `https://api.cohere.com`).
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
