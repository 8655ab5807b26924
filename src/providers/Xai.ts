import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * xAI: the Grok models, and images.
 *
 * ```ts
 * const model = Xai.model("grok-4.7")
 * ```
 *
 * Settings: `XAI_API_KEY`, `XAI_BASE_URL`.
 *
 * Every response reports its cost.
 *
 * @see https://docs.x.ai/docs/api-reference
 * @since 0.1.0
 * @category providers
 */
export class Xai extends OpenAiCompatible.Service<Xai>()({
  id: "xai",
  baseUrl: "https://api.x.ai/v1",
  capabilities: { image: Protocols.xaiImages },
  quirks: { topK: false, maxTokensField: "max_completion_tokens", reasoningOutsideOutput: true }
}) {}
