import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * llama.cpp's `llama-server`.
 *
 * ```ts
 * const model = LlamaCpp.model("qwen3-8b")
 * ```
 *
 * Settings: `LLAMA_CPP_BASE_URL` (default `http://localhost:8080/v1`); `LLAMA_CPP_API_KEY` if the server was started
 * with one.
 *
 * `generate` asks for a stream as well, so that the server stops when the caller leaves.
 *
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
 * @since 0.1.0
 * @category providers
 */
export class LlamaCpp extends OpenAiCompatible.Service<LlamaCpp>()({
  id: "llama-cpp",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: "http://localhost:8080/v1",
  keyOptional: true,
  generateByStream: true,
  quirks: OpenAiCompatible.localQuirks
}) {}
