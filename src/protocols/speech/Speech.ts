/** The protocols of speech: they are small, and loaded together. */
export { DeepgramSpeak } from "./DeepgramSpeak.ts"
export { ElevenLabsSpeech } from "./ElevenLabsSpeech.ts"
export { MistralSpeech } from "./MistralSpeech.ts"
export { OpenAiSpeech } from "./OpenAiSpeech.ts"
