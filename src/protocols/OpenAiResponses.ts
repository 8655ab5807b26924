/**
 * OpenAI's Responses, which Azure, xAI, OpenRouter, DeepSeek and local servers speak too. Providers use it; write to it
 * yourself to define a provider of your own, or to serve the protocol:
 *
 * ```ts
 * const decoded = OpenAiResponses.decodeRequest(body)
 * const encoder = OpenAiResponses.makeEncoder({ model: "acme-1", created: 1764448200, id: "resp_1" })
 * const frames = [...encoder.encode(event), ...encoder.end()]
 * ```
 *
 * With `store: false` in `providerOptions` the server forgets its reasoning: it is requested encrypted, and reasoning that is
 * neither stored nor encrypted is left out of the next request, with a warning.
 *
 * @since 0.1.0
 */
import type { ChatProtocol } from "./ChatProtocol.ts"
import { type OpenAiResponsesQuirks, request } from "./openaiResponses/Request.ts"
import { decodeResponse } from "./openaiResponses/Response.ts"
import { encodeResponse } from "./openaiResponses/server/Response.ts"
import { StreamWriter } from "./openaiResponses/server/Stream.ts"
import { StreamReader } from "./openaiResponses/Stream.ts"
import { decodeError, encodeError } from "./wire/response/ErrorBody.ts"

export type { OpenAiResponsesQuirks } from "./openaiResponses/Request.ts"

/**
 * - `providerOptions` under `openai-responses` and under the provider's id are merged into the body, the item, the part or
 *   the tool as a JSON merge patch (RFC 7386): `previous_response_id`, `conversation`, `background`, ... `tools` and
 *   `include` in those of the request are added to its own.
 * - Tools of the server are declared in those `tools`. A call to one is a `tool-call` part with `providerExecuted`, followed
 *   by a provider part with its whole item. Built-in tools that the caller runs (`computer`, `shell`, `local_shell`,
 *   `apply_patch`, custom tools) are tool calls like any other.
 * - A request for approval (`mcp_approval_request`) is a provider part, answered by one in a user's message:
 *   `{ type: "mcp_approval_response", approval_request_id, approve }`.
 * - Reasoning goes back with the items it came in.
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
