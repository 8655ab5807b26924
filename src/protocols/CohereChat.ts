/**
 * Version 2 of Cohere's chat. The provider `Cohere` uses it; write to it yourself to define a provider of your own, or to
 * serve the protocol:
 *
 * ```ts
 * const decoded = CohereChat.decodeRequest(body)
 * const encoded = CohereChat.encodeRequest(request, { provider: "acme", model: "command-a-03-2025", stream: false })
 * ```
 *
 * Usage counts the units that Cohere bills. The tokens that went through the model, which are more, are in `usage.raw`.
 *
 * @since 0.1.0
 */
import type { ChatProtocol } from "./ChatProtocol.ts"
import { type CohereChatQuirks, request } from "./cohereChat/Request.ts"
import { decodeResponse } from "./cohereChat/Response.ts"
import { encodeError, encodeResponse, StreamWriter } from "./cohereChat/server/Response.ts"

import { StreamReader } from "./cohereChat/Stream.ts"
import { decodeError } from "./wire/response/ErrorBody.ts"

export type { CohereChatQuirks } from "./cohereChat/Request.ts"

/**
 * Cohere's chat.
 *
 * - `providerOptions` under `cohere-chat` and under the provider's id are merged into the body, the message, the part or
 *   the tool as a JSON merge patch (RFC 7386): `{ safety_mode: "STRICT", citation_options: { mode: "fast" } }`. Their
 *   `tools` and `documents` are added to those of the request.
 * - Files of plain text are documents, which the response cites; `providerOptions` give them an `id`. A citation has its
 *   place in the text, and Cohere's own object in `raw`.
 * - The plan of tool use (`tool_plan`) is reasoning, marked in its `providerOptions`.
 * - Reasoning is on, off, or up to a budget. A tool is required by offering it alone.
 *
 * Sources: https://docs.cohere.com/reference/chat and https://docs.cohere.com/reference/chat-stream
 *
 * @since 0.1.0
 * @category protocols
 */
export const CohereChat: ChatProtocol<CohereChatQuirks> = {
  ...request,
  framing: "sse",
  path: () => "/v2/chat",
  decodeResponse,
  makeDecoder: () => new StreamReader(),
  decodeError,
  encodeResponse,
  makeEncoder: (options) => new StreamWriter(options),
  encodeError
}
