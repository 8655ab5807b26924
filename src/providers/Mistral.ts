import { mistralEmbeddings, mistralModerations } from "./CallProtocols.ts"
import { mistralBatches, mistralFiles, mistralSpeech, mistralTranscription } from "./MediaProtocols.ts"
import { mistralChat } from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Mistral. Settings: `MISTRAL_API_KEY`, `MISTRAL_BASE_URL` (default `https://api.mistral.ai/v1`).
 *
 * @see https://docs.mistral.ai/api
 * @since 0.1.0
 * @category providers
 */
export class Mistral extends Provider.Service<Mistral>()({
  id: "mistral",
  capabilities: {
    embedding: mistralEmbeddings,
    moderation: mistralModerations,
    speech: mistralSpeech,
    transcription: mistralTranscription,
    files: mistralFiles,
    batches: mistralBatches
  },
  protocol: mistralChat,
  baseUrl: "https://api.mistral.ai/v1"
}) {}
