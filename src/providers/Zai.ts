import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * Z.ai (GLM).
 *
 * ```ts
 * const model = Zai.model("glm-5.2")
 * ```
 *
 * Settings: `ZAI_API_KEY` or `ZHIPU_API_KEY`; `ZAI_BASE_URL`.
 *
 * Its models know JSON but no schema.
 *
 * @see https://docs.z.ai/api-reference/llm/chat-completion
 * @since 0.1.0
 * @category providers
 */
export class Zai extends OpenAiCompatible.Service<Zai>()({
  id: "zai",
  baseUrl: "https://api.z.ai/api/paas/v4",
  keyNames: ["ZAI_API_KEY", "ZHIPU_API_KEY"],
  quirks: { topK: false, reasoningParameter: "thinking+reasoning_effort", reasoningField: "reasoning_content" },
  structuredOutput: "json"
}) {}
