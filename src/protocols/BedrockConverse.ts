import { type BedrockConverseQuirks, withDefaults } from "./bedrockConverse/BedrockConverseQuirks.ts"
import { ConverseStreamDecoder } from "./bedrockConverse/client/ConverseStreamDecoder.ts"
import { encodeRequest, unsupported } from "./bedrockConverse/client/RequestEncoder.ts"
import { decodeResponse } from "./bedrockConverse/client/ResponseDecoder.ts"
import { ConverseStreamEncoder } from "./bedrockConverse/server/ConverseStreamEncoder.ts"
import { decodeRequest } from "./bedrockConverse/server/RequestDecoder.ts"
import { encodeResponse } from "./bedrockConverse/server/ResponseEncoder.ts"
import { protocolId } from "./bedrockConverse/wire/Wire.ts"
import { decodeError, encodeError } from "./wire/BedrockError.ts"
import type { ChatProtocol, EncodeOptions } from "./ChatProtocol.ts"
import { claudeMarks, fitted, type HistoryRules } from "./wire/FittedRequest.ts"
import { fitId } from "./wire/ToolIdentifiers.ts"
import { claudeProperty } from "./wire/ClaudeTools.ts"
import { withPath } from "./wire/RequestPath.ts"
import { responseShape } from "./bedrockConverse/wire/EventShape.ts"
import { ofShape } from "./wire/Shape.ts"

const anyId = fitId({ refused: /[^a-zA-Z0-9_.:-]/g, maxLength: 64 })
const plainId = fitId({ refused: /[^a-zA-Z0-9_-]/g, maxLength: 64 })

/**
 * Claude takes neither `.` nor `:` in the ids of calls.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html
 */
const rules: HistoryRules<BedrockConverseQuirks> = {
  userFirst: true,
  callId: (options) => (isClaude(options) ? plainId : anyId),
  cacheMarks: (options) => (isClaude(options) ? claudeMarks : undefined),
  property: (name, options) => (isClaude(options) ? claudeProperty(name) : undefined)
}

const isClaude = ({ model, quirks }: EncodeOptions<BedrockConverseQuirks>): boolean =>
  withDefaults(quirks, model).family === "anthropic"

export type { BedrockConverseQuirks } from "./bedrockConverse/BedrockConverseQuirks.ts"

/**
 * Amazon Bedrock's Converse and ConverseStream, one API for the models of every maker there.
 *
 * - `providerOptions` under `bedrock-converse` and under the provider's id are merged into the body, the message, the
 *   content block or the tool as a JSON merge patch (RFC 7386): `guardrailConfig`, `performanceConfig`,
 *   `promptVariables`, `additionalModelRequestFields`, `additionalModelResponseFieldPaths`, ... In the body, `tools`
 *   (`systemTool`) are added to the request's.
 * - `topK` and `reasoning` are said in the words of the model's maker (see the quirk `family`); `metadata` is
 *   `requestMetadata`. `toolChoice: "none"` offers no tools. There is no JSON without a schema.
 * - Images, recordings and files are bytes or `s3://` addresses; a cache point follows each part with `cacheControl`.
 * - Thoughts go back as they came (`signature`, `redactedContent`); those of another protocol are left out, with a
 *   warning. `server_tool_use` is a call with `providerExecuted`; results of such tools, search results, video in
 *   answers and any block that is not known are provider parts, and go back unchanged.
 * - An exception within a stream is a frame with the event `exception:<name>`.
 *
 * Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 *
 * @since 0.1.0
 * @category protocols
 */
export const BedrockConverse: ChatProtocol<BedrockConverseQuirks> = {
  id: protocolId,
  framing: "aws-event-stream",
  path: (model, stream) => `/model/${encodeURIComponent(model)}/${stream ? "converse-stream" : "converse"}`,
  unsupported,
  encodeRequest: fitted(encodeRequest, rules),
  decodeResponse: ofShape(responseShape, decodeResponse),
  makeDecoder: () => new ConverseStreamDecoder(),
  decodeError,
  decodeRequest: (body, path) => decodeRequest(withPath(body, path, "modelId")),
  encodeResponse,
  makeEncoder: () => new ConverseStreamEncoder(),
  encodeError
}
