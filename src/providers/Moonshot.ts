import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * Moonshot AI (Kimi).
 *
 * ```ts
 * const model = Moonshot.model("kimi-k3")
 * ```
 *
 * Settings: `MOONSHOT_API_KEY`; `MOONSHOT_BASE_URL`, which in China is `https://api.moonshot.cn/v1`.
 *
 * Reasoning that led to tool calls has to stay in the conversation.
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
