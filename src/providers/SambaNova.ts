import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * SambaNova Cloud. Settings: `SAMBANOVA_API_KEY`, `SAMBANOVA_BASE_URL` (default `https://api.sambanova.ai/v1`).
 *
 * @see https://docs.sambanova.ai/cloud/api-reference/
 * @since 0.1.0
 * @category providers
 */
export class SambaNova extends OpenAiCompatible.Service<SambaNova>()({
  id: "sambanova",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: "https://api.sambanova.ai/v1"
}) {}
