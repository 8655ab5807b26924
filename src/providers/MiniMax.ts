import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * MiniMax.
 *
 * ```ts
 * const model = MiniMax.model("MiniMax-M3")
 * ```
 *
 * Settings: `MINIMAX_API_KEY`; `MINIMAX_BASE_URL`, which in China is `https://api.minimaxi.com/v1`.
 *
 * @see https://platform.minimax.io/docs/guides/quickstart
 * @see https://ai-sdk.dev/providers/ai-sdk-providers/minimax
 * @since 0.1.0
 * @category providers
 */
export class MiniMax extends OpenAiCompatible.Service<MiniMax>()({
  id: "minimax",
  baseUrl: "https://api.minimax.io/v1",
  quirks: {
    maxTokensField: "max_completion_tokens",
    topK: false,
    reasoningParameter: "none",
    reasoningField: "reasoning_details",
    thinkTags: true
  },
  body: { reasoning_split: true }
}) {}
