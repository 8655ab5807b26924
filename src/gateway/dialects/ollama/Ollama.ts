import { OllamaChat } from "effect-llm/protocols/OllamaChat"
import type { Dialect } from "../Dialect.ts"

/** Ollama's words. */
export const ollama: Dialect = {
  name: "ollama",
  protocol: OllamaChat.id,
  requestIdHeader: "x-request-id",
  encodeError: OllamaChat.encodeError,
  owns: (headers) => /^ollama/.test(headers["user-agent"] ?? ""),
  ownsPath: (path) => path.startsWith("/api/")
}
