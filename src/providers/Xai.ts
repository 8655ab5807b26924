import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * xAI. Settings: `XAI_API_KEY`, `XAI_BASE_URL` (default `https://api.x.ai/v1`). Tokens of thinking come on top of
 * `completion_tokens`; an answer says what it cost.
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
