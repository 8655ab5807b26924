/**
 * Ollama's own chat, which has what its OpenAI endpoint lacks: how long the model stays in memory, the size of its window,
 * whether it reasons. The provider `Ollama` uses it; write to it yourself to define a provider of your own, or to serve the
 * protocol:
 *
 * ```ts
 * const quirks: Partial<OllamaChatQuirks> = { thinkTags: true }
 * const encoded = OllamaChat.encodeRequest(request, { provider: "acme", model: "qwen3", stream: true, quirks })
 * ```
 *
 * There is no choice among tools: `none` leaves them out, and any other but `auto` is not supported.
 *
 * @since 0.1.0
 */
import type { ChatProtocol } from "./ChatProtocol.ts"
import { type OllamaChatQuirks, request } from "./ollamaChat/Request.ts"
import { decodeResponse, StreamReader } from "./ollamaChat/Response.ts"
import { encodeError, encodeResponse, StreamWriter } from "./ollamaChat/server/Response.ts"

import { decodeError } from "./wire/response/ErrorBody.ts"

export type { OllamaChatQuirks } from "./ollamaChat/Request.ts"

/**
 * Ollama's own chat.
 *
 * - `providerOptions` under `ollama-chat` and under the provider's id are merged into the body, the message, the call or
 *   the tool as a JSON merge patch (RFC 7386): `{ keep_alive: "1h", options: { num_ctx: 32768 } }`.
 * - A reasoning effort is sent as `think`: `none` as `false`, no effort at all (`reasoning: {}`) as `true`. Reasoning goes
 *   back as text.
 * - Images are sent as bytes, documents as text.
 * - Durations of loading, reading and writing, in nanoseconds, are in `usage.raw`.
 *
 * Sources: https://docs.ollama.com/api/chat and https://docs.ollama.com/capabilities/thinking
 *
 * @since 0.1.0
 * @category protocols
 */
export const OllamaChat: ChatProtocol<OllamaChatQuirks> = {
  ...request,
  framing: "ndjson",
  path: () => "/api/chat",
  decodeResponse,
  makeDecoder: (options) => new StreamReader(options),
  decodeError,
  encodeResponse,
  makeEncoder: (options) => new StreamWriter(options),
  encodeError
}
