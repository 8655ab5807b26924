import { OllamaChat } from "effect-llm/protocols/OllamaChat"
import type { Dialect } from "../Dialect.ts"

/** Ollama's words. */
export const ollama: Dialect = {
  name: "ollama",
  protocol: OllamaChat.id,
  requestIdHeader: "x-request-id",
  encodeError: OllamaChat.encodeError,
  owns: (headers) => headers["user-agent"]?.startsWith("ollama") === true,
  ownsPath: (path) => path.startsWith("/api/")
}
