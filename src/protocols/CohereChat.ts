import type { ChatProtocol } from "./ChatProtocol.ts"
import { decodeResponse } from "./cohereChat/Response.ts"
import { type CohereChatQuirks, request } from "./cohereChat/Request.ts"
import { encodeError, encodeResponse } from "./cohereChat/server/Response.ts"
import { StreamWriter } from "./cohereChat/server/Stream.ts"
import { decodeError } from "./wire/ErrorBody.ts"
import { StreamReader } from "./cohereChat/Stream.ts"

export type { CohereChatQuirks } from "./cohereChat/Request.ts"

/**
 * Cohere's chat, version 2.
 *
 * - `providerOptions` under `cohere-chat` and under the provider's id are merged into the body, the message, the part or
 *   the tool as a JSON merge patch (RFC 7386): `{ safety_mode: "STRICT", citation_options: { mode: "fast" } }`. `tools` and
 *   `documents` in them are added to the request's own.
 * - Files of plain text are documents, which the answer cites; `providerOptions` name their `id`. Citations have their
 *   place in the text, and the whole of what Cohere says of them in `raw`.
 * - The plan of tool use (`tool_plan`) is a thought, marked in its `providerOptions`.
 * - Usage counts the units that are billed; the tokens that went through the model, which are more, are in its `raw`.
 * - Thinking is on, off, or up to a budget. A tool is demanded by offering it alone.
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
