import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * DeepInfra: open models.
 *
 * ```ts
 * const model = DeepInfra.model("openai/gpt-oss-120b-Turbo")
 * ```
 *
 * Settings: `DEEPINFRA_API_KEY`, `DEEPINFRA_BASE_URL`.
 *
 * @see https://deepinfra.com/docs/advanced/openai_api
 * @since 0.1.0
 * @category providers
 */
export class DeepInfra extends OpenAiCompatible.Service<DeepInfra>()({
  id: "deepinfra",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: "https://api.deepinfra.com/v1/openai"
}) {}
