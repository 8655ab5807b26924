import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * vLLM. Settings: `VLLM_BASE_URL` (default `http://localhost:8000/v1`); `VLLM_API_KEY` where the server was started with one.
 *
 * @see https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
 * @since 0.1.0
 * @category providers
 */
export class Vllm extends OpenAiCompatible.Service<Vllm>()({
  id: "vllm",
  baseUrl: "http://localhost:8000/v1",
  keyOptional: true,
  quirks: OpenAiCompatible.localQuirks
}) {}
