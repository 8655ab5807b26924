/**
 * Anthropic's Messages API, as Anthropic itself and many compatible servers speak it. Providers are built on it; call
 * it yourself to make a provider of your own or to serve the protocol:
 *
 * ```ts
 * const encoded = AnthropicMessages.encodeRequest(request, { provider: "acme", model: "claude-opus-5", stream: true })
 * ```
 *
 * The wire demands `max_tokens`: a request without `maxOutputTokens` gets the quirk of that name, 32000 by default.
 *
 * @since 0.1.0
 */
import { decodeError, encodeError } from "./anthropicMessages/Errors.ts"
import { request } from "./anthropicMessages/Request.ts"
import { decodeResponse } from "./anthropicMessages/Response.ts"
import { encodeResponse, StreamWriter } from "./anthropicMessages/server/Response.ts"

import { StreamReader } from "./anthropicMessages/Stream.ts"
import type { ChatProtocol } from "./ChatProtocol.ts"
import type { ClaudeQuirks } from "./wire/Claude.ts"

/**
 * How models and servers of this protocol differ.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnthropicMessagesQuirks extends ClaudeQuirks {}

/**
 * The protocol `anthropic-messages`.
 *
 * - `providerOptions` under `anthropic-messages` and under the provider's id are merged into the body, the message, the
 *   part or the tool as a JSON merge patch (RFC 7386): objects key by key, `null` removes. In the body, `tools` (those
 *   that Anthropic runs) are added to the request's, and `betas` become the header `anthropic-beta`.
 * - Reasoning goes back exactly as it came (`signature`, `encrypted`); without a proof it is left out, with a warning.
 * - How much of the reasoning is shown is the model's default: `thinking: { display: "summarized" }` in the options asks
 *   for its text (https://platform.claude.com/docs/en/build-with-claude/thinking).
 * - `server_tool_use` is a call with `providerExecuted`; results of such tools, MCP blocks, container uploads and any
 *   unknown block are provider parts, and go back unchanged.
 * - `minimal` is sent as the effort `low`; `serviceTier` is `auto` (also `priority`) or `standard_only` (also
 *   `default`, `standard`). There is no JSON without a schema, and no schema with free keys or that refers to itself.
 *
 * Sources: https://platform.claude.com/docs/en/api/messages/create and
 * https://platform.claude.com/docs/en/build-with-claude/streaming
 *
 * @since 0.1.0
 * @category protocols
 */
export const AnthropicMessages: ChatProtocol<AnthropicMessagesQuirks> = {
  ...request,
  framing: "sse",
  path: () => "/v1/messages",
  decodeResponse,
  makeDecoder: () => new StreamReader(),
  decodeError,
  encodeResponse,
  makeEncoder: (options) => new StreamWriter(options),
  encodeError
}
