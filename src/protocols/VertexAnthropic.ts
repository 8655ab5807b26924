/**
 * Claude on Vertex AI: the body of Anthropic's Messages API with `anthropic_version` in it, and the model in the path.
 *
 * ```ts
 * const path = VertexAnthropic.path("claude-opus-5", true)
 * const encoded = VertexAnthropic.encodeRequest(request, { provider: "acme", model: "claude-opus-5", stream: true })
 * ```
 *
 * Its id is that of Anthropic's Messages: `providerOptions` and the signatures of reasoning are the same there and here.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AnthropicMessages, type AnthropicMessagesQuirks } from "./AnthropicMessages.ts"
import { definition } from "./anthropicMessages/Request.ts"
import type { ChatProtocol } from "./ChatProtocol.ts"
import * as RequestCodec from "./wire/request/RequestCodec.ts"

const version = RequestCodec.group({
  fields: { anthropic_version: Schema.String },
  encode: () => ({ anthropic_version: "vertex-2023-10-16" }),
  decode: () => ({})
})

/**
 * The protocol `anthropic-messages` as Vertex AI has it. The model is `""` in a decoded request whose path is not given.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
 *
 * @since 0.1.0
 * @category protocols
 */
export const VertexAnthropic: ChatProtocol<AnthropicMessagesQuirks> = {
  ...AnthropicMessages,
  ...RequestCodec.make({ ...definition, model: { isInPath: true }, extra: [version] }),
  path: (model, stream) =>
    `/publishers/anthropic/models/${encodeURIComponent(model).replaceAll("%40", "@")}:${stream ? "streamRawPredict" : "rawPredict"}`
}
