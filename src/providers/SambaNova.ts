import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * SambaNova Cloud: open models.
 *
 * ```ts
 * const model = SambaNova.model("gpt-oss-120b")
 * ```
 *
 * Settings: `SAMBANOVA_API_KEY`, `SAMBANOVA_BASE_URL`.
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
