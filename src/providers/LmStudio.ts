import * as OpenAiCompatible from "./OpenAiCompatible.ts"
import * as Protocols from "./Protocols.ts"

/**
 * LM Studio.
 *
 * ```ts
 * const model = LmStudio.model("openai/gpt-oss-20b")
 * ```
 *
 * Settings: `LMSTUDIO_BASE_URL` (default `http://localhost:1234/v1`); `LMSTUDIO_API_KEY` if the server asks for one.
 *
 * @see https://lmstudio.ai/docs/developer/openai-compat
 * @since 0.1.0
 * @category providers
 */
export class LmStudio extends OpenAiCompatible.Service<LmStudio>()({
  id: "lmstudio",
  capabilities: { embedding: Protocols.compatibleEmbeddings },
  baseUrl: "http://localhost:1234/v1",
  keyOptional: true,
  quirks: OpenAiCompatible.localQuirks
}) {}
