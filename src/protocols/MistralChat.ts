import type { ChatProtocol } from "./ChatProtocol.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "./OpenAiChat.ts"
import { AnswerStreamDecoder } from "./mistralChat/Response.ts"
import { encodeRequest, unsupported } from "./mistralChat/Request.ts"
import { decodeResponse } from "./mistralChat/client/ResponseDecoder.ts"
import { AnswerStreamEncoder } from "./mistralChat/server/AnswerStreamEncoder.ts"
import { decodeRequest } from "./mistralChat/server/Request.ts"
import { encodeResponse } from "./mistralChat/server/Response.ts"
import { protocolId } from "./mistralChat/wire/Wire.ts"
import { encodeCallId } from "./mistralChat/wire/CallIds.ts"
import { fitted } from "./wire/FittedRequest.ts"
import { withPath } from "./wire/RequestPath.ts"

/**
 * Mistral's chat completions: OpenAI's, except for these.
 *
 * - Content is text or chunks: thinking, references into the results of tools, documents by address or id. A reference
 *   is a citation whose `raw` is the chunk and whose `end` is its place; other chunks are provider parts.
 * - Thoughts go back as chunks. An effort is `high` or `none`; Magistral thinks by itself, and `prompt_mode` in the
 *   options says how it is told to.
 * - `seed` is `random_seed`, `required` is `any`, and the id of a call has nine letters or digits: ids of other protocols
 *   become such.
 * - `providerOptions` under `mistral-chat` and under the provider's id are merged into the body, the message, the part or
 *   the tool: `{ safe_prompt: true }`, and on a last assistant message `{ prefix: true }`.
 *
 * Sources: https://docs.mistral.ai/api/endpoint/chat and https://docs.mistral.ai/capabilities/reasoning
 *
 * @since 0.1.0
 * @category protocols
 */
export const MistralChat: ChatProtocol<OpenAiChatQuirks> = {
  ...OpenAiChat,
  id: protocolId,
  unsupported,
  encodeRequest: fitted(encodeRequest, { callId: () => encodeCallId }),
  decodeResponse,
  makeDecoder: (options) => new AnswerStreamDecoder(options),
  decodeRequest: (body, path) => decodeRequest(withPath(body, path)),
  encodeResponse,
  makeEncoder: (options) => new AnswerStreamEncoder(options)
}
