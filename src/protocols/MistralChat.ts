/**
 * Mistral's chat completions. Providers use it; write to it yourself to define a provider of your own, or to serve the
 * protocol:
 *
 * ```ts
 * const encoded = MistralChat.encodeRequest(request, { provider: "acme", model: "magistral-medium", stream: true })
 * ```
 *
 * The id of a call has nine letters or digits here: an id of another protocol is replaced by a hash of it, for its result too.
 *
 * @since 0.1.0
 */
import type { ChatProtocol } from "./ChatProtocol.ts"
import { request } from "./mistralChat/Request.ts"
import { encodeResponse, MistralChunkEncoder } from "./mistralChat/server/Response.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "./OpenAiChat.ts"
import { responseDecoder } from "./openaiChat/Response.ts"
import { ChunkDecoder } from "./openaiChat/Stream.ts"

/**
 * OpenAI's chat completions, except that:
 *
 * - Content is text or chunks: reasoning, references into the results of tools, documents by address or id. A reference
 *   is a citation whose `raw` is the chunk and whose `end` is its place; other chunks are provider parts.
 * - Reasoning goes back as chunks. An effort is `high` or `none`; Magistral reasons by itself, as `prompt_mode` in the
 *   `providerOptions` says.
 * - `seed` is `random_seed`, and the tool choice `required` is `any`.
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
  ...request,
  decodeResponse: responseDecoder(request.id),
  makeDecoder: (options) => new ChunkDecoder(request.id, options),
  encodeResponse,
  makeEncoder: (options) => new MistralChunkEncoder(options)
}
