import * as Effect from "effect/Effect"
import type { AnthropicMessagesQuirks } from "../protocols/AnthropicMessages.ts"
import type { BedrockConverseQuirks } from "../protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../protocols/ChatProtocol.ts"
import type { CohereChatQuirks } from "../protocols/CohereChat.ts"
import type { OllamaChatQuirks } from "../protocols/OllamaChat.ts"
import type { GoogleGenerateContentQuirks } from "../protocols/GoogleGenerateContent.ts"
import type { OpenAiChatQuirks } from "../protocols/OpenAiChat.ts"
import type { OpenAiResponsesQuirks } from "../protocols/OpenAiResponses.ts"

/** Chat completions, loaded when the first layer needs it. */
export const openAiChat: Effect.Effect<ChatProtocol<OpenAiChatQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/OpenAiChat.ts")),
  ({ OpenAiChat }) => OpenAiChat
)

/** OpenAI's Responses, loaded when the first layer needs it. */
export const openAiResponses: Effect.Effect<ChatProtocol<OpenAiResponsesQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/OpenAiResponses.ts")),
  ({ OpenAiResponses }) => OpenAiResponses
)

/** Anthropic's Messages, loaded when the first layer needs it. */
export const anthropicMessages: Effect.Effect<ChatProtocol<AnthropicMessagesQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/AnthropicMessages.ts")),
  ({ AnthropicMessages }) => AnthropicMessages
)

/** watsonx.ai's chat, loaded when the first layer needs it. */
export const watsonxChat: Effect.Effect<ChatProtocol<OpenAiChatQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/WatsonxChat.ts")),
  ({ WatsonxChat }) => WatsonxChat
)

/** Bedrock's Converse, loaded when the first layer needs it. */
export const bedrockConverse: Effect.Effect<ChatProtocol<BedrockConverseQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/BedrockConverse.ts")),
  ({ BedrockConverse }) => BedrockConverse
)

/** Claude's own wire on Bedrock, loaded when the first layer needs it. */
export const bedrockAnthropic: Effect.Effect<ChatProtocol<AnthropicMessagesQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/BedrockAnthropic.ts")),
  ({ BedrockAnthropic }) => BedrockAnthropic
)

/** Ollama's own chat, loaded when the first layer needs it. */
export const ollamaChat: Effect.Effect<ChatProtocol<OllamaChatQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/OllamaChat.ts")),
  ({ OllamaChat }) => OllamaChat
)

/** Mistral's chat, loaded when the first layer needs it. */
export const mistralChat: Effect.Effect<ChatProtocol<OpenAiChatQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/MistralChat.ts")),
  ({ MistralChat }) => MistralChat
)

/** Cohere's chat, loaded when the first layer needs it. */
export const cohereChat: Effect.Effect<ChatProtocol<CohereChatQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/CohereChat.ts")),
  ({ CohereChat }) => CohereChat
)

/** Google's generateContent, loaded when the first layer needs it. */
export const googleGenerateContent: Effect.Effect<ChatProtocol<GoogleGenerateContentQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/GoogleGenerateContent.ts")),
  ({ GoogleGenerateContent }) => GoogleGenerateContent
)

/** Claude's wire on Vertex AI, loaded when the first layer needs it. */
export const vertexAnthropic: Effect.Effect<ChatProtocol<AnthropicMessagesQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/VertexAnthropic.ts")),
  ({ VertexAnthropic }) => VertexAnthropic
)
