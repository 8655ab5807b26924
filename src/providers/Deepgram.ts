import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * Deepgram: speech and transcription.
 *
 * ```ts
 * const model = Deepgram.transcriptionModel("nova-3")
 * ```
 *
 * Settings: `DEEPGRAM_API_KEY`, `DEEPGRAM_BASE_URL`.
 *
 * @see https://developers.deepgram.com/reference/deepgram-api-overview
 * @since 0.1.0
 * @category providers
 */
export class Deepgram extends Provider.ServiceWithoutChat<Deepgram>()({
  id: "deepgram",
  baseUrl: "https://api.deepgram.com/v1",
  auth: { header: "authorization", prefix: "Token " },
  capabilities: { speech: Protocols.deepgramSpeak, transcription: Protocols.deepgramListen },
  models: "none"
}) {}
