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

/** The protocols of a capability are loaded with the first call that needs one. */
const embeddings = Effect.promise(() => import("../protocols/embeddings/Embeddings.ts"))
const rerank = Effect.promise(() => import("../protocols/rerank/Rerank.ts"))
const moderation = Effect.promise(() => import("../protocols/moderation/Moderations.ts"))
const tokenCounts = Effect.promise(() => import("../protocols/tokenCount/TokenCounts.ts"))

/**
 * OpenAI's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const openAiEmbeddings: Embeddings = Effect.map(embeddings, ({ OpenAiEmbeddings }) => OpenAiEmbeddings)

/**
 * Embeddings of servers that have them as OpenAI does.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const compatibleEmbeddings: Embeddings = Effect.map(
  embeddings,
  ({ CompatibleEmbeddings }) => CompatibleEmbeddings
)

/**
 * OpenRouter's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const openRouterEmbeddings: Embeddings = Effect.map(
  embeddings,
  ({ OpenRouterEmbeddings }) => OpenRouterEmbeddings
)

/**
 * Mistral's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const mistralEmbeddings: Embeddings = Effect.map(embeddings, ({ MistralEmbeddings }) => MistralEmbeddings)

/**
 * Embeddings of NVIDIA's NeMo Retriever.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const nvidiaEmbeddings: Embeddings = Effect.map(embeddings, ({ NvidiaEmbeddings }) => NvidiaEmbeddings)

/**
 * Voyage AI's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const voyageEmbeddings: Embeddings = Effect.map(embeddings, ({ VoyageEmbeddings }) => VoyageEmbeddings)

/**
 * Jina AI's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const jinaEmbeddings: Embeddings = Effect.map(embeddings, ({ JinaEmbeddings }) => JinaEmbeddings)

/**
 * Cohere's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const cohereEmbed: Embeddings = Effect.map(embeddings, ({ CohereEmbed }) => CohereEmbed)

/**
 * Gemini's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const googleEmbeddings: Embeddings = Effect.map(embeddings, ({ GoogleEmbeddings }) => GoogleEmbeddings)

/**
 * Embeddings of Vertex AI.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const vertexEmbeddings: Embeddings = Effect.map(embeddings, ({ VertexEmbeddings }) => VertexEmbeddings)

/**
 * Ollama's embeddings.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const ollamaEmbed: Embeddings = Effect.map(embeddings, ({ OllamaEmbed }) => OllamaEmbed)

/**
 * Embeddings on Bedrock.
 *
 * @since 0.1.0
 * @category embeddings
 */
export const bedrockEmbeddings: Embeddings = Effect.map(embeddings, ({ BedrockEmbeddings }) => BedrockEmbeddings)

/**
 * Cohere's rerank.
 *
 * @since 0.1.0
 * @category rerank
 */
export const cohereRerank: Rerank = Effect.map(rerank, ({ CohereRerank }) => CohereRerank)

/**
 * Rerank of servers that have it as Cohere does, beside OpenAI's paths.
 *
 * @since 0.1.0
 * @category rerank
 */
export const compatibleRerank: Rerank = Effect.map(rerank, ({ CompatibleRerank }) => CompatibleRerank)

/**
 * Voyage AI's rerank.
 *
 * @since 0.1.0
 * @category rerank
 */
export const voyageRerank: Rerank = Effect.map(rerank, ({ VoyageRerank }) => VoyageRerank)

/**
 * Jina AI's rerank.
 *
 * @since 0.1.0
 * @category rerank
 */
export const jinaRerank: Rerank = Effect.map(rerank, ({ JinaRerank }) => JinaRerank)

/**
 * OpenAI's moderations.
 *
 * @since 0.1.0
 * @category moderation
 */
export const openAiModerations: Moderation = Effect.map(moderation, ({ OpenAiModerations }) => OpenAiModerations)

/**
 * Mistral's moderations.
 *
 * @since 0.1.0
 * @category moderation
 */
export const mistralModerations: Moderation = Effect.map(moderation, ({ MistralModerations }) => MistralModerations)

/**
 * Anthropic's token counts.
 *
 * @since 0.1.0
 * @category token counts
 */
export const anthropicTokenCount: TokenCounts = Effect.map(
  tokenCounts,
  ({ AnthropicTokenCount }) => AnthropicTokenCount
)

/**
 * Gemini's token counts.
 *
 * @since 0.1.0
 * @category token counts
 */
export const googleTokenCount: TokenCounts = Effect.map(tokenCounts, ({ GoogleTokenCount }) => GoogleTokenCount)

/**
 * Token counts of Vertex AI.
 *
 * @since 0.1.0
 * @category token counts
 */
export const vertexTokenCount: TokenCounts = Effect.map(tokenCounts, ({ VertexTokenCount }) => VertexTokenCount)

/**
 * Token counts on Bedrock.
 *
 * @since 0.1.0
 * @category token counts
 */
export const bedrockTokenCount: TokenCounts = Effect.map(tokenCounts, ({ BedrockTokenCount }) => BedrockTokenCount)

/**
 * Cohere's tokenizer.
 *
 * @since 0.1.0
 * @category token counts
 */
export const cohereTokenize: TokenCounts = Effect.map(tokenCounts, ({ CohereTokenize }) => CohereTokenize)

/**
 * OpenAI's token counts.
 *
 * @since 0.1.0
 * @category token counts
 */
export const openAiTokenCount: TokenCounts = Effect.map(tokenCounts, ({ OpenAiTokenCount }) => OpenAiTokenCount)
