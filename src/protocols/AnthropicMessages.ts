import type { ChatProtocol } from "./ChatProtocol.ts"
import type { AnthropicMessagesQuirks } from "./anthropicMessages/AnthropicMessagesQuirks.ts"
import { decodeError } from "./anthropicMessages/client/ErrorDecoder.ts"
import { rules } from "./anthropicMessages/client/HistoryRules.ts"
import { MessageStreamDecoder } from "./anthropicMessages/client/MessageStreamDecoder.ts"
import { encodeRequest, unsupported } from "./anthropicMessages/client/RequestEncoder.ts"
import { decodeResponse } from "./anthropicMessages/client/ResponseDecoder.ts"
import { encodeError } from "./anthropicMessages/server/ErrorEncoder.ts"
import { MessageStreamEncoder } from "./anthropicMessages/server/MessageStreamEncoder.ts"
import { decodeRequest } from "./anthropicMessages/server/RequestDecoder.ts"
import { encodeResponse } from "./anthropicMessages/server/ResponseEncoder.ts"
import { protocolId } from "./anthropicMessages/wire/Wire.ts"
import { fitted } from "./wire/FittedRequest.ts"
import { withPath } from "./wire/RequestPath.ts"
import { responseShape } from "./anthropicMessages/wire/EventShape.ts"
import { ofShape } from "./wire/Shape.ts"

export type { AnthropicMessagesQuirks } from "./anthropicMessages/AnthropicMessagesQuirks.ts"

/**
 * Anthropic's Messages API, as Anthropic itself and many compatible servers speak it.
 *
 * - `providerOptions` under `anthropic-messages` and under the provider's id are merged into the body, the message, the
 *   part or the tool as a JSON merge patch (RFC 7386): objects key by key, `null` removes. In the body, `tools` (those
 *   that the provider runs) are added to the request's, and `betas` become the header `anthropic-beta`.
 * - Thoughts go back as they came (`signature`, `encrypted`); one that nothing proves is left out, with a warning.
 * - What is shown of a thought is the model's default: `thinking: { display: "summarized" }` in the options asks for its
 *   text (https://platform.claude.com/docs/en/build-with-claude/thinking).
 * - `server_tool_use` is a call with `providerExecuted`; results of such tools, MCP blocks, container uploads and any
 *   block that is not known are provider parts, and go back unchanged.
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
  id: protocolId,
  framing: "sse",
  path: () => "/v1/messages",
  unsupported,
  encodeRequest: fitted(encodeRequest, rules),
  decodeResponse: ofShape(responseShape, decodeResponse),
  makeDecoder: () => new MessageStreamDecoder(),
  decodeError,
  decodeRequest: (body, path) => decodeRequest(withPath(body, path)),
  encodeResponse,
  makeEncoder: (options) => new MessageStreamEncoder(options),
  encodeError
}
