import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * NVIDIA NIM, hosted or your own.
 *
 * ```ts
 * const model = Nvidia.model("nvidia/nemotron-3-ultra-550b-a55b")
 * ```
 *
 * Settings: `NVIDIA_API_KEY` or `NVIDIA_NIM_API_KEY`; `NVIDIA_BASE_URL`.
 *
 * @see https://docs.api.nvidia.com/nim/
 * @since 0.1.0
 * @category providers
 */
export class Nvidia extends OpenAiCompatible.Service<Nvidia>()({
  id: "nvidia",
  capabilities: { embedding: Protocols.nvidiaEmbeddings },
  baseUrl: "https://integrate.api.nvidia.com/v1",
  keyNames: ["NVIDIA_API_KEY", "NVIDIA_NIM_API_KEY"]
}) {}
