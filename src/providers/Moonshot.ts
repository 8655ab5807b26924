import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * Moonshot AI (Kimi). Settings: `MOONSHOT_API_KEY`, `MOONSHOT_BASE_URL` (default `https://api.moonshot.ai/v1`; in China
 * `https://api.moonshot.cn/v1`). Thoughts that led to tool calls must go back.
 *
 * @see https://platform.moonshot.ai/docs/api/chat
 * @see https://github.com/vercel/ai/blob/main/packages/moonshotai/src/moonshotai-chat-language-model.ts
 * @since 0.1.0
 * @category providers
 */
export class Moonshot extends OpenAiCompatible.Service<Moonshot>()({
  id: "moonshot",
  baseUrl: "https://api.moonshot.ai/v1",
  quirks: {
    topK: false,
    reasoningParameter: "thinking",
    reasoningField: "reasoning_content",
    reasoningPlaceholder: "."
  }
}) {}
