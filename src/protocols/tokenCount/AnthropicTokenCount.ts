import { AnthropicMessages } from "../AnthropicMessages.ts"
import { make, only } from "./ChatTokenCount.ts"

const fields = new Set([
  "cache_control",
  "context_management",
  "mcp_servers",
  "messages",
  "model",
  "output_config",
  "output_format",
  "speed",
  "system",
  "thinking",
  "tool_choice",
  "tools"
])

/**
 * Anthropic's count of the tokens of a message, free of charge.
 *
 * @see https://platform.claude.com/docs/en/api/messages/count_tokens
 */
export const AnthropicTokenCount = make({
  id: "anthropic-count-tokens",
  chat: AnthropicMessages,
  path: () => "/v1/messages/count_tokens",
  body: (chat) => only(chat, fields),
  // The server half of a chat wants to be told how long the answer may be.
  chatBody: (body) => ({ max_tokens: 1, ...body }),
  counts: (answer) => ({ input: answer.input_tokens })
})
