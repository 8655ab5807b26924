/**
 * Every protocol by name, for the `protocol` and `capabilities` of a provider. Each is an effect that loads its module
 * when it is first needed: the protocol of chat when the layer is built, any other with the first call.
 *
 * ```ts
 * class Acme extends Provider.Service<Acme>()({
 *   id: "acme",
 *   protocol: Protocols.anthropicMessages,
 *   baseUrl: "https://claude.acme.example"
 * }) {}
 * ```
 *
 * The protocol itself (`AnthropicMessages`) works as well, but is loaded together with the class.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

const lazy = <Module, Name extends keyof Module>(
  module: () => Promise<Module>,
  name: Name
): Effect.Effect<Module[Name]> => Effect.map(Effect.promise(module), (loaded) => loaded[name])

// Chat
export const openAiChat = lazy(() => import("../protocols/OpenAiChat.ts"), "OpenAiChat")
export const openAiResponses = lazy(() => import("../protocols/OpenAiResponses.ts"), "OpenAiResponses")
export const anthropicMessages = lazy(() => import("../protocols/AnthropicMessages.ts"), "AnthropicMessages")
export const watsonxChat = lazy(() => import("../protocols/WatsonxChat.ts"), "WatsonxChat")
export const bedrockConverse = lazy(() => import("../protocols/BedrockConverse.ts"), "BedrockConverse")
export const bedrockAnthropic = lazy(() => import("../protocols/BedrockAnthropic.ts"), "BedrockAnthropic")
export const ollamaChat = lazy(() => import("../protocols/OllamaChat.ts"), "OllamaChat")
export const mistralChat = lazy(() => import("../protocols/MistralChat.ts"), "MistralChat")
export const cohereChat = lazy(() => import("../protocols/CohereChat.ts"), "CohereChat")
export const googleGenerateContent = lazy(
  () => import("../protocols/GoogleGenerateContent.ts"),
  "GoogleGenerateContent"
)
export const vertexAnthropic = lazy(() => import("../protocols/VertexAnthropic.ts"), "VertexAnthropic")
export const noChat = lazy(() => import("../protocols/wire/NoChat.ts"), "NoChat")

// Embeddings
const embeddings = () => import("../protocols/embeddings/Embeddings.ts")
export const openAiEmbeddings = lazy(embeddings, "OpenAiEmbeddings")
export const compatibleEmbeddings = lazy(embeddings, "CompatibleEmbeddings")
export const openRouterEmbeddings = lazy(embeddings, "OpenRouterEmbeddings")
export const mistralEmbeddings = lazy(embeddings, "MistralEmbeddings")
export const nvidiaEmbeddings = lazy(embeddings, "NvidiaEmbeddings")
export const voyageEmbeddings = lazy(embeddings, "VoyageEmbeddings")
export const jinaEmbeddings = lazy(embeddings, "JinaEmbeddings")
export const cohereEmbed = lazy(embeddings, "CohereEmbed")
export const googleEmbeddings = lazy(embeddings, "GoogleEmbeddings")
export const vertexEmbeddings = lazy(embeddings, "VertexEmbeddings")
export const ollamaEmbed = lazy(embeddings, "OllamaEmbed")
export const bedrockEmbeddings = lazy(embeddings, "BedrockEmbeddings")

// Rerank
const rerank = () => import("../protocols/rerank/Rerank.ts")
export const cohereRerank = lazy(rerank, "CohereRerank")
export const compatibleRerank = lazy(rerank, "CompatibleRerank")
export const voyageRerank = lazy(rerank, "VoyageRerank")
export const jinaRerank = lazy(rerank, "JinaRerank")

// Moderation
const moderation = () => import("../protocols/moderation/Moderations.ts")
export const openAiModerations = lazy(moderation, "OpenAiModerations")
export const mistralModerations = lazy(moderation, "MistralModerations")

// Token counts
const tokenCounts = () => import("../protocols/tokenCount/TokenCounts.ts")
export const anthropicTokenCount = lazy(tokenCounts, "AnthropicTokenCount")
export const googleTokenCount = lazy(tokenCounts, "GoogleTokenCount")
export const vertexTokenCount = lazy(tokenCounts, "VertexTokenCount")
export const bedrockTokenCount = lazy(tokenCounts, "BedrockTokenCount")
export const cohereTokenize = lazy(tokenCounts, "CohereTokenize")
export const openAiTokenCount = lazy(tokenCounts, "OpenAiTokenCount")

// Images
export const openAiImages = lazy(() => import("../protocols/images/OpenAiImages.ts"), "OpenAiImages")
export const xaiImages = lazy(() => import("../protocols/images/OpenAiImages.ts"), "XaiImages")
export const googleImages = lazy(() => import("../protocols/images/GoogleImages.ts"), "GoogleImages")

// Speech
const speech = () => import("../protocols/speech/Speech.ts")
export const openAiSpeech = lazy(speech, "OpenAiSpeech")
export const mistralSpeech = lazy(speech, "MistralSpeech")
export const elevenLabsSpeech = lazy(speech, "ElevenLabsSpeech")
export const deepgramSpeak = lazy(speech, "DeepgramSpeak")

// Transcription
const transcriptions = () => import("../protocols/transcription/Transcriptions.ts")
export const openAiTranscription = lazy(transcriptions, "OpenAiTranscription")
export const groqTranscription = lazy(transcriptions, "GroqTranscription")
export const mistralTranscription = lazy(transcriptions, "MistralTranscription")
export const elevenLabsTranscription = lazy(transcriptions, "ElevenLabsTranscription")
export const deepgramListen = lazy(transcriptions, "DeepgramListen")

// Files
export const openAiFiles = lazy(() => import("../protocols/files/OpenAiFiles.ts"), "OpenAiFiles")
export const mistralFiles = lazy(() => import("../protocols/files/OpenAiFiles.ts"), "MistralFiles")
export const anthropicFiles = lazy(() => import("../protocols/files/AnthropicFiles.ts"), "AnthropicFiles")
export const googleFiles = lazy(() => import("../protocols/files/GoogleFiles.ts"), "GoogleFiles")

// Batches
export const openAiBatches = lazy(() => import("../protocols/batches/OpenAiBatches.ts"), "OpenAiBatches")
export const mistralBatches = lazy(() => import("../protocols/batches/MistralBatches.ts"), "MistralBatches")
export const anthropicBatches = lazy(() => import("../protocols/batches/AnthropicBatches.ts"), "AnthropicBatches")
