import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * DeepInfra. Settings: `DEEPINFRA_API_KEY`, `DEEPINFRA_BASE_URL` (default `https://api.deepinfra.com/v1/openai`).
 *
 * @see https://deepinfra.com/docs/advanced/openai_api
 * @since 0.1.0
 * @category providers
 */
export class DeepInfra extends OpenAiCompatible.Service<DeepInfra>()({
  id: "deepinfra",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: "https://api.deepinfra.com/v1/openai"
}) {}
