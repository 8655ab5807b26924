import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * Alibaba Cloud Model Studio (Qwen), through its OpenAI-compatible endpoint.
 *
 * ```ts
 * const model = Alibaba.model("qwen3.7-plus")
 * ```
 *
 * Settings: `DASHSCOPE_API_KEY` or `ALIBABA_API_KEY`; `ALIBABA_BASE_URL`, which in China is
 * `https://dashscope.aliyuncs.com/compatible-mode/v1`.
 *
 * The models take a reasoning budget in tokens (`reasoning.budget`).
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
