import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * DeepSeek.
 *
 * ```ts
 * const model = DeepSeek.model("deepseek-v4-flash")
 * ```
 *
 * Settings: `DEEPSEEK_API_KEY`, `DEEPSEEK_BASE_URL`.
 *
 * Models reason unless `reasoning.effort` is `none`. They know JSON but no schema. To continue a last assistant
 * message, set the base URL to `https://api.deepseek.com/beta` and the quirk `prefix: true`.
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
