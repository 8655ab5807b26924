/**
 * Amazon Bedrock's Converse and ConverseStream, one API for the models of every maker there. Providers are built on it;
 * call it yourself to make a provider of your own or to serve the protocol:
 *
 * ```ts
 * const path = BedrockConverse.path("amazon.nova-pro-v1:0", true)
 * const encoded = BedrockConverse.encodeRequest(request, { provider: "acme", model: "amazon.nova-pro-v1:0", stream: true })
 * ```
 *
 * The model and whether to stream are in the path, not in the body: give a server's `decodeRequest` the path as well.
 *
 * @since 0.1.0
 */
import type { BedrockConverseQuirks } from "./bedrockConverse/ModelFamilies.ts"
import { request } from "./bedrockConverse/Request.ts"
import { decodeResponse } from "./bedrockConverse/Response.ts"
import { encodeResponse, StreamWriter } from "./bedrockConverse/server/Response.ts"

import { StreamReader } from "./bedrockConverse/Stream.ts"
import type { ChatProtocol } from "./ChatProtocol.ts"
import { decodeError, encodeError } from "./bedrockConverse/Errors.ts"

export type { BedrockConverseQuirks } from "./bedrockConverse/ModelFamilies.ts"

/**
 * The protocol `bedrock-converse`.
 *
 * - `providerOptions` under `bedrock-converse` and under the provider's id are merged into the body, the message, the
 *   content block or the tool as a JSON merge patch (RFC 7386): `guardrailConfig`, `performanceConfig`,
 *   `promptVariables`, `additionalModelRequestFields`, `additionalModelResponseFieldPaths`, ... In the body, `tools`
 *   (`systemTool`) are added to the request's.
 * - `topK` and `reasoning` have other fields for the models of each maker (see the quirk `family`); `metadata` is
 *   `requestMetadata`. `toolChoice: "none"` offers no tools. There is no JSON without a schema.
 * - Images, recordings and files are bytes or `s3://` addresses; a cache point follows each part with `cacheControl`.
 * - Reasoning goes back exactly as it came (`signature`, `redactedContent`); that of another protocol is left out, with a
 *   warning. `server_tool_use` is a call with `providerExecuted`; results of such tools, search results, video in
 *   responses and any unknown block are provider parts, and go back unchanged.
 * - An exception within a stream is a frame with the event `exception:<name>`.
 *
 * Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 *
 * @since 0.1.0
 * @category protocols
 */
export const BedrockConverse: ChatProtocol<BedrockConverseQuirks> = {
  ...request,
  framing: "aws-event-stream",
  path: (model, stream) => `/model/${encodeURIComponent(model)}/${stream ? "converse-stream" : "converse"}`,
  decodeResponse,
  makeDecoder: () => new StreamReader(),
  decodeError,
  encodeResponse,
  makeEncoder: (options) => new StreamWriter(options),
  encodeError
}
