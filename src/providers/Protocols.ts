import * as Effect from "effect/Effect"
import type { AnthropicMessagesQuirks } from "../protocols/AnthropicMessages.ts"
import type { ChatProtocol } from "../protocols/ChatProtocol.ts"
import type { OpenAiChatQuirks } from "../protocols/OpenAiChat.ts"

/**
 * Chat completions, loaded when the first layer needs it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const openAiChat: Effect.Effect<ChatProtocol<OpenAiChatQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/OpenAiChat.ts")),
  ({ OpenAiChat }) => OpenAiChat
)

/**
 * Anthropic's Messages, loaded when the first layer needs it.
 *
 * @since 0.1.0
 * @category protocols
 */
export const anthropicMessages: Effect.Effect<ChatProtocol<AnthropicMessagesQuirks>> = Effect.map(
  Effect.promise(() => import("../protocols/AnthropicMessages.ts")),
  ({ AnthropicMessages }) => AnthropicMessages
)
