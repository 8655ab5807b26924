import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * MiniMax. Settings: `MINIMAX_API_KEY`, `MINIMAX_BASE_URL` (default `https://api.minimax.io/v1`; in China
 * `https://api.minimaxi.com/v1`). Thoughts are asked for apart from the text (`reasoning_split`) and go back as they came.
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
