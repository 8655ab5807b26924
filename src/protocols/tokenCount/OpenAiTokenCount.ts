import { OpenAiResponses } from "../OpenAiResponses.ts"
import { make, only } from "./ChatTokenCount.ts"

const fields = new Set([
  "conversation",
  "input",
  "instructions",
  "model",
  "parallel_tool_calls",
  "previous_response_id",
  "reasoning",
  "text",
  "tool_choice",
  "tools",
  "truncation"
])

/**
 * OpenAI's count of the tokens that a request has as one of Responses.
 *
 * @see https://platform.openai.com/docs/api-reference/responses/input-tokens
 */
export const OpenAiTokenCount = make({
  id: "openai-responses-input-tokens",
  chat: OpenAiResponses,
  quirks: {},
  path: () => "/responses/input_tokens",
  body: (chat) => only(chat, fields),
  chatBody: (body) => body,
  counts: (answer) => ({ input: answer.input_tokens })
})
