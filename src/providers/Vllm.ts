import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * A vLLM server.
 *
 * ```ts
 * const model = Vllm.model("Qwen/Qwen3-8B")
 * ```
 *
 * Settings: `VLLM_BASE_URL` (default `http://localhost:8000/v1`); `VLLM_API_KEY` if the server was started with one.
 *
 * @see https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
 * @see https://docs.vllm.ai/en/stable/features/reasoning_outputs/
 * @since 0.1.0
 * @category providers
 */
export class Vllm extends OpenAiCompatible.Service<Vllm>()({
  id: "vllm",
  capabilities: { embedding: Protocols.compatibleEmbeddings, rerank: Protocols.compatibleRerank },
  baseUrl: "http://localhost:8000/v1",
  keyOptional: true,
  quirks: { ...OpenAiCompatible.localQuirks, reasoningField: "reasoning" }
}) {}
