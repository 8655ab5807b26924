/** The protocols of transcription: they are small, and loaded together. */
export { DeepgramListen } from "./DeepgramListen.ts"
export { ElevenLabsTranscription } from "./ElevenLabsTranscription.ts"
export { GroqTranscription, MistralTranscription, OpenAiTranscription } from "./OpenAiTranscription.ts"
