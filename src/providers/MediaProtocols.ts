import * as Effect from "effect/Effect"
import type { ImageRequest } from "../domain/ImageRequest.ts"
import type { ImageResponse } from "../domain/ImageResponse.ts"
import type { TranscriptionRequest } from "../domain/TranscriptionRequest.ts"
import type { TranscriptionResponse } from "../domain/TranscriptionResponse.ts"
import type { BatchProtocol } from "../protocols/batches/BatchProtocol.ts"
import type { CallProtocol, SpeechProtocol } from "../protocols/CallProtocol.ts"
import type { FileProtocol } from "../protocols/files/FileProtocol.ts"

type Images = Effect.Effect<CallProtocol<ImageRequest, ImageResponse>>
type Speech = Effect.Effect<SpeechProtocol>
type Transcription = Effect.Effect<CallProtocol<TranscriptionRequest, TranscriptionResponse>>
type Files = Effect.Effect<FileProtocol>
type Batches = Effect.Effect<BatchProtocol>

/** The protocols of a capability are loaded with the first call that needs one. */
const images = Effect.promise(() => import("../protocols/images/Images.ts"))
const speech = Effect.promise(() => import("../protocols/speech/Speech.ts"))
const transcriptions = Effect.promise(() => import("../protocols/transcription/Transcriptions.ts"))
const files = Effect.promise(() => import("../protocols/files/Files.ts"))
const batches = Effect.promise(() => import("../protocols/batches/Batches.ts"))

/**
 * Images as OpenAI makes them.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiImages: Images = Effect.map(images, ({ OpenAiImages }) => OpenAiImages)

/**
 * Images as xAI makes them.
 *
 * @since 0.1.0
 * @category protocols
 */
export const xaiImages: Images = Effect.map(images, ({ XaiImages }) => XaiImages)

/**
 * Images as Google makes them.
 *
 * @since 0.1.0
 * @category protocols
 */
export const googleImages: Images = Effect.map(images, ({ GoogleImages }) => GoogleImages)

/**
 * Speech as OpenAI makes it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiSpeech: Speech = Effect.map(speech, ({ OpenAiSpeech }) => OpenAiSpeech)

/**
 * Speech as Mistral makes it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const mistralSpeech: Speech = Effect.map(speech, ({ MistralSpeech }) => MistralSpeech)

/**
 * Speech as ElevenLabs makes it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const elevenLabsSpeech: Speech = Effect.map(speech, ({ ElevenLabsSpeech }) => ElevenLabsSpeech)

/**
 * Speech as Deepgram makes it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const deepgramSpeak: Speech = Effect.map(speech, ({ DeepgramSpeak }) => DeepgramSpeak)

/**
 * Transcription as OpenAI does it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiTranscription: Transcription = Effect.map(
  transcriptions,
  ({ OpenAiTranscription }) => OpenAiTranscription
)

/**
 * Transcription as Groq does it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const groqTranscription: Transcription = Effect.map(transcriptions, ({ GroqTranscription }) => GroqTranscription)

/**
 * Transcription as Mistral does it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const mistralTranscription: Transcription = Effect.map(
  transcriptions,
  ({ MistralTranscription }) => MistralTranscription
)

/**
 * Transcription as ElevenLabs does it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const elevenLabsTranscription: Transcription = Effect.map(
  transcriptions,
  ({ ElevenLabsTranscription }) => ElevenLabsTranscription
)

/**
 * Transcription as Deepgram does it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const deepgramListen: Transcription = Effect.map(transcriptions, ({ DeepgramListen }) => DeepgramListen)

/**
 * Files as OpenAI keeps them.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiFiles: Files = Effect.map(files, ({ OpenAiFiles }) => OpenAiFiles)

/**
 * Files as Mistral keeps them.
 *
 * @since 0.1.0
 * @category protocols
 */
export const mistralFiles: Files = Effect.map(files, ({ MistralFiles }) => MistralFiles)

/**
 * Files as Anthropic keeps them.
 *
 * @since 0.1.0
 * @category protocols
 */
export const anthropicFiles: Files = Effect.map(files, ({ AnthropicFiles }) => AnthropicFiles)

/**
 * Files as Google keeps them.
 *
 * @since 0.1.0
 * @category protocols
 */
export const googleFiles: Files = Effect.map(files, ({ GoogleFiles }) => GoogleFiles)

/**
 * Batches as OpenAI takes them.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiBatches: Batches = Effect.map(batches, ({ OpenAiBatches }) => OpenAiBatches)

/**
 * Batches as Mistral takes them.
 *
 * @since 0.1.0
 * @category protocols
 */
export const mistralBatches: Batches = Effect.map(batches, ({ MistralBatches }) => MistralBatches)

/**
 * Batches as Anthropic takes them.
 *
 * @since 0.1.0
 * @category protocols
 */
export const anthropicBatches: Batches = Effect.map(batches, ({ AnthropicBatches }) => AnthropicBatches)
