import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import type { Dialect } from "../Dialect.ts"

/** OpenAI's words: also of everything that no other dialect owns. */
export const openAi: Dialect = {
  name: "openai",
  protocol: OpenAiChat.id,
  requestIdHeader: "x-request-id",
  encodeError: OpenAiChat.encodeError,
  owns: () => false,
  ownsPath: () => false
}
