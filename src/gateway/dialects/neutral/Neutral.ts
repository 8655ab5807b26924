import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import type { Dialect } from "../Dialect.ts"

/** The words of our own API, whose chats are like OpenAI's. */
export const neutral: Dialect = {
  name: "neutral",
  protocol: "effect-llm",
  requestIdHeader: "x-request-id",
  encodeError: OpenAiChat.encodeError,
  owns: () => false,
  ownsPath: (path) => path.startsWith("/llm/")
}
