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
 * Some models write their reasoning into the text, between `<think>` tags.
 *
 * @see https://docs.sambanova.ai/cloud/api-reference/
 * @see https://docs.sambanova.ai/docs/en/build/reasoning
 * @since 0.1.0
 * @category providers
 */
export class SambaNova extends OpenAiCompatible.Service<SambaNova>()({
  id: "sambanova",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: "https://api.sambanova.ai/v1",
  quirks: { thinkTags: true }
}) {}
