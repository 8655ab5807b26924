import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * Alibaba Cloud Model Studio (Qwen), by its OpenAI endpoint. Settings: `DASHSCOPE_API_KEY` or `ALIBABA_API_KEY`,
 * `ALIBABA_BASE_URL` (default `https://dashscope-intl.aliyuncs.com/compatible-mode/v1`; in China
 * `https://dashscope.aliyuncs.com/compatible-mode/v1`). A budget of thinking is taken in tokens.
 *
 * @see https://www.alibabacloud.com/help/en/model-studio/models
 * @see https://github.com/vercel/ai/blob/main/packages/alibaba/src/alibaba-chat-language-model.ts
 * @since 0.1.0
 * @category providers
 */
export class Alibaba extends OpenAiCompatible.Service<Alibaba>()({
  id: "alibaba",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
  keyNames: ["DASHSCOPE_API_KEY", "ALIBABA_API_KEY"],
  quirks: { reasoningParameter: "enable_thinking", reasoningField: "reasoning_content" }
}) {}
