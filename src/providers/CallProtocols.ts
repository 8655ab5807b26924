import * as Effect from "effect/Effect"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { EmbeddingRequest } from "../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../domain/EmbeddingResponse.ts"
import type { ModerationRequest } from "../domain/ModerationRequest.ts"
import type { ModerationResponse } from "../domain/ModerationResponse.ts"
import type { RerankRequest } from "../domain/RerankRequest.ts"
import type { RerankResponse } from "../domain/RerankResponse.ts"
import type { TokenCount } from "../domain/TokenCount.ts"
import type { CallProtocol } from "../protocols/CallProtocol.ts"

type Embeddings = Effect.Effect<CallProtocol<EmbeddingRequest, EmbeddingResponse>>
type Rerank = Effect.Effect<CallProtocol<RerankRequest, RerankResponse>>
type Moderation = Effect.Effect<CallProtocol<ModerationRequest, ModerationResponse>>
type TokenCounts = Effect.Effect<CallProtocol<ChatRequest, TokenCount>>

/** Each is loaded with the first call that needs it. */
const from = <Module, P>(load: () => Promise<Module>, pick: (module: Module) => P): Effect.Effect<P> =>
  Effect.map(Effect.promise(load), pick)

/**
 * OpenAI's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const openAiEmbeddings: Embeddings = from(
  () => import("../protocols/embeddings/OpenAiEmbeddings.ts"),
  ({ OpenAiEmbeddings }) => OpenAiEmbeddings
)

/**
 * Embeddings of servers that have them as OpenAI does.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const compatibleEmbeddings: Embeddings = from(
  () => import("../protocols/embeddings/OpenAiEmbeddings.ts"),
  ({ CompatibleEmbeddings }) => CompatibleEmbeddings
)

/**
 * OpenRouter's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const openRouterEmbeddings: Embeddings = from(
  () => import("../protocols/embeddings/OpenAiEmbeddings.ts"),
  ({ OpenRouterEmbeddings }) => OpenRouterEmbeddings
)

/**
 * Mistral's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const mistralEmbeddings: Embeddings = from(
  () => import("../protocols/embeddings/MistralEmbeddings.ts"),
  ({ MistralEmbeddings }) => MistralEmbeddings
)

/**
 * Embeddings of NVIDIA's NeMo Retriever.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const nvidiaEmbeddings: Embeddings = from(
  () => import("../protocols/embeddings/NvidiaEmbeddings.ts"),
  ({ NvidiaEmbeddings }) => NvidiaEmbeddings
)

/**
 * Voyage AI's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const voyageEmbeddings: Embeddings = from(
  () => import("../protocols/embeddings/VoyageEmbeddings.ts"),
  ({ VoyageEmbeddings }) => VoyageEmbeddings
)

/**
 * Jina AI's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const jinaEmbeddings: Embeddings = from(
  () => import("../protocols/embeddings/JinaEmbeddings.ts"),
  ({ JinaEmbeddings }) => JinaEmbeddings
)

/**
 * Cohere's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const cohereEmbed: Embeddings = from(
  () => import("../protocols/embeddings/CohereEmbed.ts"),
  ({ CohereEmbed }) => CohereEmbed
)

/**
 * Gemini's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const googleEmbeddings: Embeddings = from(
  () => import("../protocols/embeddings/GoogleEmbeddings.ts"),
  ({ GoogleEmbeddings }) => GoogleEmbeddings
)

/**
 * Embeddings of Vertex AI.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const vertexEmbeddings: Embeddings = from(
  () => import("../protocols/embeddings/VertexEmbeddings.ts"),
  ({ VertexEmbeddings }) => VertexEmbeddings
)

/**
 * Ollama's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const ollamaEmbed: Embeddings = from(
  () => import("../protocols/embeddings/OllamaEmbed.ts"),
  ({ OllamaEmbed }) => OllamaEmbed
)

/**
 * Embeddings on Bedrock.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const bedrockEmbeddings: Embeddings = from(
  () => import("../protocols/embeddings/BedrockEmbeddings.ts"),
  ({ BedrockEmbeddings }) => BedrockEmbeddings
)

/**
 * Cohere's rerank.
 *
 * @since 0.1.0
 * @category rerank
 */
export const cohereRerank: Rerank = from(
  () => import("../protocols/rerank/CohereRerank.ts"),
  ({ CohereRerank }) => CohereRerank
)

/**
 * Rerank of servers that have it as Cohere does, beside OpenAI's paths.
 *
 * @since 0.1.0
 * @category rerank
 */
export const compatibleRerank: Rerank = from(
  () => import("../protocols/rerank/CohereRerank.ts"),
  ({ CompatibleRerank }) => CompatibleRerank
)

/**
 * Voyage AI's rerank.
 *
 * @since 0.1.0
 * @category rerank
 */
export const voyageRerank: Rerank = from(
  () => import("../protocols/rerank/VoyageRerank.ts"),
  ({ VoyageRerank }) => VoyageRerank
)

/**
 * Jina AI's rerank.
 *
 * @since 0.1.0
 * @category rerank
 */
export const jinaRerank: Rerank = from(
  () => import("../protocols/rerank/JinaRerank.ts"),
  ({ JinaRerank }) => JinaRerank
)

/**
 * OpenAI's moderations.
 *
 * @since 0.1.0
 * @category moderation
 */
export const openAiModerations: Moderation = from(
  () => import("../protocols/moderation/OpenAiModerations.ts"),
  ({ OpenAiModerations }) => OpenAiModerations
)

/**
 * Mistral's moderations.
 *
 * @since 0.1.0
 * @category moderation
 */
export const mistralModerations: Moderation = from(
  () => import("../protocols/moderation/MistralModerations.ts"),
  ({ MistralModerations }) => MistralModerations
)

/**
 * Anthropic's token counts.
 *
 * @since 0.1.0
 * @category token counts
 */
export const anthropicTokenCount: TokenCounts = from(
  () => import("../protocols/tokenCount/AnthropicTokenCount.ts"),
  ({ AnthropicTokenCount }) => AnthropicTokenCount
)

/**
 * Gemini's token counts.
 *
 * @since 0.1.0
 * @category token counts
 */
export const googleTokenCount: TokenCounts = from(
  () => import("../protocols/tokenCount/GoogleTokenCount.ts"),
  ({ GoogleTokenCount }) => GoogleTokenCount
)

/**
 * Token counts of Vertex AI.
 *
 * @since 0.1.0
 * @category token counts
 */
export const vertexTokenCount: TokenCounts = from(
  () => import("../protocols/tokenCount/GoogleTokenCount.ts"),
  ({ VertexTokenCount }) => VertexTokenCount
)

/**
 * Token counts on Bedrock.
 *
 * @since 0.1.0
 * @category token counts
 */
export const bedrockTokenCount: TokenCounts = from(
  () => import("../protocols/tokenCount/BedrockTokenCount.ts"),
  ({ BedrockTokenCount }) => BedrockTokenCount
)

/**
 * Cohere's tokenizer.
 *
 * @since 0.1.0
 * @category token counts
 */
export const cohereTokenize: TokenCounts = from(
  () => import("../protocols/tokenCount/CohereTokenize.ts"),
  ({ CohereTokenize }) => CohereTokenize
)

/**
 * OpenAI's token counts.
 *
 * @since 0.1.0
 * @category token counts
 */
export const openAiTokenCount: TokenCounts = from(
  () => import("../protocols/tokenCount/OpenAiTokenCount.ts"),
  ({ OpenAiTokenCount }) => OpenAiTokenCount
)
