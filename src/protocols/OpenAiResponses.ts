import type { ChatProtocol } from "./ChatProtocol.ts"
import { type OpenAiResponsesQuirks, request } from "./openaiResponses/Request.ts"
import { decodeResponse } from "./openaiResponses/Response.ts"
import { encodeResponse } from "./openaiResponses/server/Response.ts"
import { StreamWriter } from "./openaiResponses/server/Stream.ts"
import { StreamReader } from "./openaiResponses/Stream.ts"
import { decodeError } from "./wire/ErrorBody.ts"
import { encodeError } from "./wire/OpenAiError.ts"

export type { OpenAiResponsesQuirks } from "./openaiResponses/Request.ts"

/**
 * OpenAI's Responses, which Azure, xAI, OpenRouter, DeepSeek and local servers speak too.
 *
 * Thoughts go back with the items they came in, encrypted where the server keeps nothing (`store: false`). Tools of
 * the server's own are declared through `providerOptions["openai-responses"].tools`; a call to one is a `tool-call` part
 * with `providerExecuted`, followed by a provider part that holds its whole item. Built-in tools that the caller runs
 * (`computer`, `shell`, `local_shell`, `apply_patch`, custom tools) are tool calls like any other. A request for
 * approval (`mcp_approval_request`) is a provider part, answered by one of a user:
 * `{ type: "mcp_approval_response", approval_request_id, approve }`. `previous_response_id`, `conversation`, `background`
 * and what else the API has are `providerOptions` as well.
 *
 * Source: https://platform.openai.com/docs/api-reference/responses
 *
 * @since 0.1.0
 * @category protocols
 */
export const OpenAiResponses: ChatProtocol<OpenAiResponsesQuirks> = {
  ...request,
  framing: "sse",
  path: () => "/responses",
  decodeResponse,
  makeDecoder: () => new StreamReader(),
  decodeError,
  encodeResponse,
  makeEncoder: (options) => new StreamWriter(options),
  encodeError
}
