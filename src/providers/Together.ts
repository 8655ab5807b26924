import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * Together AI: open models, embeddings and reranking.
 *
 * ```ts
 * const model = Together.model("zai-org/GLM-5.2")
 * ```
 *
 * Settings: `TOGETHER_API_KEY` or `TOGETHERAI_API_KEY`; `TOGETHER_BASE_URL`.
 *
 * Some models write their reasoning into the text, between `<think>` tags.
 *
 * @see https://docs.together.ai/reference/chat-completions-1
 * @see https://docs.together.ai/docs/deepseek-r1
 * @since 0.1.0
 * @category providers
 */
export class Together extends OpenAiCompatible.Service<Together>()({
  id: "together",
  capabilities: { embedding: Protocols.compatibleEmbeddings, rerank: Protocols.compatibleRerank },
  baseUrl: "https://api.together.xyz/v1",
  keyNames: ["TOGETHER_API_KEY", "TOGETHERAI_API_KEY"],
  quirks: { thinkTags: true }
}) {}
