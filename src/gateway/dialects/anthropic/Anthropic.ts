import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import type { Dialect } from "../Dialect.ts"

/** Anthropic's words. */
export const anthropic: Dialect = {
  name: "anthropic",
  protocol: AnthropicMessages.id,
  requestIdHeader: "request-id",
  encodeError: AnthropicMessages.encodeError,
  owns: (headers) => headers["anthropic-version"] !== undefined,
  ownsPath: (path) => /^(?:\/v1)?\/(?:messages|complete)(?:\/|$)/.test(path) || path === "/api/hello"
}
