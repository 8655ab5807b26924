import * as Result from "effect/Result"
import { AnthropicMessages, type AnthropicMessagesQuirks } from "./AnthropicMessages.ts"
import { rules } from "./anthropicMessages/client/HistoryRules.ts"
import { fitted } from "./wire/FittedRequest.ts"
import { encodeRequest } from "./anthropicMessages/client/RequestEncoder.ts"
import type { ChatProtocol } from "./ChatProtocol.ts"
import { isObject } from "./wire/WireObject.ts"
import { withPath } from "./wire/RequestPath.ts"

const version = "vertex-2023-10-16"

/** What an invalid request without a model would be told to have. */
const noModel = "-"

/**
 * Claude on Vertex AI: the body of Anthropic's Messages API with `anthropic_version` in it; the model stands in the path
 * (`""` in a decoded request). Its id is that of Anthropic's Messages: `providerOptions` and the proofs of thoughts are
 * the same there and here.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
 *
 * @since 0.1.0
 * @category protocols
 */
export const VertexAnthropic: ChatProtocol<AnthropicMessagesQuirks> = {
  ...AnthropicMessages,
  path: (model, stream) =>
    `/publishers/anthropic/models/${encodeURIComponent(model).replaceAll("%40", "@")}:${stream ? "streamRawPredict" : "rawPredict"}`,
  encodeRequest: fitted(
    (request, options) =>
      encodeRequest(request, options, ({ model: _, ...body }) => ({ anthropic_version: version, ...body })),
    rules
  ),
  decodeRequest: (received, path) => {
    const body = withPath(received, path)
    if (!isObject(body)) return AnthropicMessages.decodeRequest(body)
    const { anthropic_version: _, model = noModel, ...rest } = body
    return Result.map(AnthropicMessages.decodeRequest({ ...rest, model }), (decoded) => ({
      ...decoded,
      model: decoded.model === noModel ? "" : decoded.model
    }))
  }
}
