import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * Cerebras: open models.
 *
 * ```ts
 * const model = Cerebras.model("gpt-oss-120b")
 * ```
 *
 * Settings: `CEREBRAS_API_KEY`, `CEREBRAS_BASE_URL`.
 *
 * @see https://inference-docs.cerebras.ai/api-reference/chat-completions
 * @since 0.1.0
 * @category providers
 */
export class Cerebras extends OpenAiCompatible.Service<Cerebras>()({
  id: "cerebras",
  baseUrl: "https://api.cerebras.ai/v1",
  quirks: { maxTokensField: "max_completion_tokens", topK: false, reasoningField: "reasoning" }
}) {}
