/**
 * Ollama's completions (`/api/generate`), for servers: a prompt is a chat with one message, and the response is its text.
 *
 * ```ts
 * const decoded = OllamaGenerate.decodeRequest({ model: "qwen3", prompt: "Why is the sky blue?" })
 * ```
 *
 * A request without a prompt, with which clients load a model, has no messages.
 *
 * @since 0.1.0
 */
import type { ChatProtocol } from "./ChatProtocol.ts"
import { decodeRequest, encodeResponse, GenerateStreamWriter } from "./ollamaChat/server/Generate.ts"
import { encodeError } from "./ollamaChat/server/Response.ts"

/**
 * The server half of Ollama's completions. What has no place in a chat (`raw`, `template`, `suffix`, `context`) is refused; what
 * else the domain has no field for stays in `providerOptions` under `ollama-chat`, for providers that are Ollama.
 *
 * Source: https://docs.ollama.com/api/generate
 *
 * @since 0.1.0
 * @category protocols
 */
export const OllamaGenerate: Pick<
  ChatProtocol,
  "id" | "framing" | "decodeRequest" | "encodeResponse" | "makeEncoder" | "encodeError"
> = {
  id: "ollama-generate",
  framing: "ndjson",
  decodeRequest,
  encodeResponse,
  makeEncoder: (options) => new GenerateStreamWriter(options),
  encodeError
}
