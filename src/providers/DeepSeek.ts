import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * DeepSeek. Settings: `DEEPSEEK_API_KEY`, `DEEPSEEK_BASE_URL` (default `https://api.deepseek.com`). Models think unless the
 * effort is `none`; in a conversation with tools their thoughts must go back (`reasoning_content`). It knows JSON, but
 * no schema. To have it go on from a last assistant message, set the base URL to `https://api.deepseek.com/beta` and the
 * quirk `prefix: true`.
 *
 * @see https://api-docs.deepseek.com
 * @see https://api-docs.deepseek.com/guides/thinking_mode
 * @see https://api-docs.deepseek.com/guides/json_mode
 * @since 0.1.0
 * @category providers
 */
export class DeepSeek extends OpenAiCompatible.Service<DeepSeek>()({
  id: "deepseek",
  baseUrl: "https://api.deepseek.com",
  quirks: {
    topK: false,
    reasoningParameter: "thinking+reasoning_effort",
    reasoningField: "reasoning_content",
    reasoningPlaceholder: ""
  },
  structuredOutput: "json"
}) {}
