import * as Protocols from "./Protocols.ts"
import * as Provider from "./Provider.ts"

/**
 * ElevenLabs: speech and transcription.
 *
 * ```ts
 * const model = ElevenLabs.speechModel("eleven_v3")
 * ```
 *
 * Settings: `ELEVENLABS_API_KEY`, `ELEVENLABS_BASE_URL`.
 *
 * @see https://elevenlabs.io/docs/api-reference/introduction
 * @since 0.1.0
 * @category providers
 */
export class ElevenLabs extends Provider.ServiceWithoutChat<ElevenLabs>()({
  id: "elevenlabs",
  baseUrl: "https://api.elevenlabs.io",
  auth: { header: "xi-api-key" },
  capabilities: { speech: Protocols.elevenLabsSpeech, transcription: Protocols.elevenLabsTranscription },
  models: "none"
}) {}
