import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Mistral.
 *
 * ```ts
 * const model = Mistral.model("mistral-medium-latest")
 * ```
 *
 * Settings: `MISTRAL_API_KEY`, `MISTRAL_BASE_URL`.
 *
 * @see https://docs.mistral.ai/api
 * @since 0.1.0
 * @category providers
 */
export class Mistral extends Provider.Service<Mistral>()({
  id: "mistral",
  capabilities: {
    embedding: Protocols.mistralEmbeddings,
    moderation: Protocols.mistralModerations,
    speech: Protocols.mistralSpeech,
    transcription: Protocols.mistralTranscription,
    files: Protocols.mistralFiles,
    batches: Protocols.mistralBatches
  },
  protocol: Protocols.mistralChat,
  baseUrl: "https://api.mistral.ai/v1"
}) {}
