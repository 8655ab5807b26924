import type { ChatProtocol } from "./ChatProtocol.ts"
import type { OpenAiChatQuirks } from "./openaiChat/Quirks.ts"
import { request } from "./openaiChat/Request.ts"
import { responseDecoder } from "./openaiChat/Response.ts"
import { responseEncoder } from "./openaiChat/server/Response.ts"
import { ChunkEncoder } from "./openaiChat/server/Stream.ts"
import { ChunkDecoder } from "./openaiChat/Stream.ts"
import { decodeError } from "./wire/ErrorBody.ts"
import { encodeError } from "./wire/OpenAiError.ts"

export type { OpenAiChatQuirks } from "./openaiChat/Quirks.ts"

/**
 * OpenAI's chat completions, which most providers and all local servers speak, each with its own quirks.
 * Source: https://platform.openai.com/docs/api-reference/chat
 *
 * @since 0.1.0
 * @category protocols
 */
export const OpenAiChat: ChatProtocol<OpenAiChatQuirks> = {
  ...request,
  framing: "sse",
  path: () => "/chat/completions",
  decodeResponse: responseDecoder(request.id),
  makeDecoder: (options) => new ChunkDecoder(request.id, options),
  decodeError,
  encodeResponse: responseEncoder(request.id),
  makeEncoder: (options) => new ChunkEncoder(request.id, options),
  encodeError
}
