import type { ChatProtocol } from "./ChatProtocol.ts"
import { ChunkDecoder } from "./openaiChat/Stream.ts"
import { ChunkEncoder } from "./openaiChat/server/Stream.ts"
import { decodeError } from "./wire/ErrorBody.ts"
import { decodeRequest } from "./openaiChat/server/Request.ts"
import { decodeResponse } from "./openaiChat/client/DecodeResponse.ts"
import { encodeError } from "./wire/OpenAiError.ts"
import { encodeRequest } from "./openaiChat/Request.ts"
import { encodeResponse } from "./openaiChat/server/Response.ts"
import type { OpenAiChatQuirks } from "./openaiChat/Quirks.ts"
import { rules } from "./openaiChat/client/HistoryRules.ts"
import { protocolId } from "./openaiChat/wire/Wire.ts"
import { fitted } from "./wire/FittedRequest.ts"
import { withPath } from "./wire/RequestPath.ts"
import { responseShape } from "./openaiChat/wire/ChunkShape.ts"
import { ofShape } from "./wire/Shape.ts"

export type { OpenAiChatQuirks } from "./openaiChat/Quirks.ts"

/**
 * OpenAI's chat completions, which most providers and all local servers speak, each with its own quirks.
 * Source: https://platform.openai.com/docs/api-reference/chat
 *
 * @since 0.1.0
 * @category protocols
 */
export const OpenAiChat: ChatProtocol<OpenAiChatQuirks> = {
  id: protocolId,
  framing: "sse",
  path: () => "/chat/completions",
  unsupported: [],

  encodeRequest: fitted(encodeRequest, rules),
  decodeResponse: ofShape(responseShape, decodeResponse),
  makeDecoder: (options) => new ChunkDecoder(options),
  decodeError,

  decodeRequest: (body, path, quirks) => decodeRequest(withPath(body, path), quirks),
  encodeResponse,
  makeEncoder: (options) => new ChunkEncoder(options),
  encodeError
}
