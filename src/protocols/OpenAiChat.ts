/**
 * OpenAI's chat completions, which most providers and all local servers speak. Providers use it; write to it yourself to
 * define a provider of your own, or to serve the protocol:
 *
 * ```ts
 * const quirks: Partial<OpenAiChatQuirks> = { maxTokensField: "max_tokens" }
 * const encoded = OpenAiChat.encodeRequest(request, { provider: "acme", model: "acme-1", stream: true, quirks })
 * ```
 *
 * Every quirk's default is what OpenAI does. Few other servers take all of it: see `OpenAiChatQuirks` before you point it at
 * another one.
 *
 * @since 0.1.0
 */
import type { ChatProtocol } from "./ChatProtocol.ts"
import type { OpenAiChatQuirks } from "./openaiChat/Quirks.ts"
import { passOn, request } from "./openaiChat/Request.ts"
import { responseDecoder } from "./openaiChat/Response.ts"
import { ChunkDecoder } from "./openaiChat/Stream.ts"
import { responseEncoder } from "./openaiChat/server/Response.ts"
import { ChunkEncoder } from "./openaiChat/server/Stream.ts"

import { decodeError, encodeError } from "./wire/response/ErrorBody.ts"

export type { OpenAiChatQuirks } from "./openaiChat/Quirks.ts"

/**
 * OpenAI's chat completions, with the quirks of the servers that speak them. `providerOptions` under `openai-chat` and under
 * the provider's id are merged into the body, the message, the part or the tool as a JSON merge patch (RFC 7386); `tools` in
 * those of the request are added to its own.
 * Source: https://platform.openai.com/docs/api-reference/chat
 *
 * @since 0.1.0
 * @category protocols
 */
export const OpenAiChat: ChatProtocol<OpenAiChatQuirks> = {
  ...request,
  framing: "sse",
  path: () => "/chat/completions",
  passOn,
  decodeResponse: responseDecoder(request.id),
  makeDecoder: (options) => new ChunkDecoder(request.id, options),
  decodeError,
  encodeResponse: responseEncoder(request.id),
  makeEncoder: (options) => new ChunkEncoder(request.id, options),
  encodeError
}
