import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * Cerebras. Settings: `CEREBRAS_API_KEY`, `CEREBRAS_BASE_URL` (default `https://api.cerebras.ai/v1`). Thoughts come and go
 * back in `reasoning`.
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
