import * as Effect from "effect/Effect"

/**
 * Images as OpenAI makes them, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiImages = Effect.map(
  Effect.promise(() => import("../protocols/images/OpenAiImages.ts")),
  ({ OpenAiImages }) => OpenAiImages
)

/**
 * Images as xAI makes them, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const xaiImages = Effect.map(
  Effect.promise(() => import("../protocols/images/XaiImages.ts")),
  ({ XaiImages }) => XaiImages
)

/**
 * Images as Google makes them, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const googleImages = Effect.map(
  Effect.promise(() => import("../protocols/images/GoogleImages.ts")),
  ({ GoogleImages }) => GoogleImages
)

/**
 * Speech as OpenAI makes it, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiSpeech = Effect.map(
  Effect.promise(() => import("../protocols/speech/OpenAiSpeech.ts")),
  ({ OpenAiSpeech }) => OpenAiSpeech
)

/**
 * Speech as Mistral makes it, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const mistralSpeech = Effect.map(
  Effect.promise(() => import("../protocols/speech/MistralSpeech.ts")),
  ({ MistralSpeech }) => MistralSpeech
)

/**
 * Speech as ElevenLabs makes it, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const elevenLabsSpeech = Effect.map(
  Effect.promise(() => import("../protocols/speech/ElevenLabsSpeech.ts")),
  ({ ElevenLabsSpeech }) => ElevenLabsSpeech
)

/**
 * Speech as Deepgram makes it, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const deepgramSpeak = Effect.map(
  Effect.promise(() => import("../protocols/speech/DeepgramSpeak.ts")),
  ({ DeepgramSpeak }) => DeepgramSpeak
)

const transcriptions = Effect.promise(() => import("../protocols/transcription/OpenAiTranscription.ts"))

/**
 * Transcription as OpenAI does it, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiTranscription = Effect.map(transcriptions, ({ OpenAiTranscription }) => OpenAiTranscription)

/**
 * Transcription as Groq does it, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const groqTranscription = Effect.map(transcriptions, ({ GroqTranscription }) => GroqTranscription)

/**
 * Transcription as Mistral does it, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const mistralTranscription = Effect.map(transcriptions, ({ MistralTranscription }) => MistralTranscription)

/**
 * Transcription as ElevenLabs does it, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const elevenLabsTranscription = Effect.map(
  Effect.promise(() => import("../protocols/transcription/ElevenLabsTranscription.ts")),
  ({ ElevenLabsTranscription }) => ElevenLabsTranscription
)

/**
 * Transcription as Deepgram does it, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const deepgramListen = Effect.map(
  Effect.promise(() => import("../protocols/transcription/DeepgramListen.ts")),
  ({ DeepgramListen }) => DeepgramListen
)

const openAiFileProtocols = Effect.promise(() => import("../protocols/files/OpenAiFiles.ts"))

/**
 * Files as OpenAI keeps them, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiFiles = Effect.map(openAiFileProtocols, ({ OpenAiFiles }) => OpenAiFiles)

/**
 * Files as Mistral keeps them, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const mistralFiles = Effect.map(openAiFileProtocols, ({ MistralFiles }) => MistralFiles)

/**
 * Files as Anthropic keeps them, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const anthropicFiles = Effect.map(
  Effect.promise(() => import("../protocols/files/AnthropicFiles.ts")),
  ({ AnthropicFiles }) => AnthropicFiles
)

/**
 * Files as Google keeps them, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const googleFiles = Effect.map(
  Effect.promise(() => import("../protocols/files/GoogleFiles.ts")),
  ({ GoogleFiles }) => GoogleFiles
)

/**
 * Batches as OpenAI takes them, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiBatches = Effect.map(
  Effect.promise(() => import("../protocols/batches/OpenAiBatches.ts")),
  ({ OpenAiBatches }) => OpenAiBatches
)

/**
 * Batches as Mistral takes them, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const mistralBatches = Effect.map(
  Effect.promise(() => import("../protocols/batches/MistralBatches.ts")),
  ({ MistralBatches }) => MistralBatches
)

/**
 * Batches as Anthropic takes them, loaded with the first call.
 *
 * @since 0.1.0
 * @category protocols
 */
export const anthropicBatches = Effect.map(
  Effect.promise(() => import("../protocols/batches/AnthropicBatches.ts")),
  ({ AnthropicBatches }) => AnthropicBatches
)
