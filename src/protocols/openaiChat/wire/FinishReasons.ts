import type { FinishReason } from "../../../domain/FinishReason.ts"

/**
 * The words of servers for each reason. Sources: OpenAI's reference; `eos` Together; `end_turn`, `tool_use`,
 * `max_tokens` and `stop_sequence` proxies of Anthropic; `model_length` Mistral; `sensitive` and
 * `model_context_window_exceeded` Z.ai; upper case Google.
 */
const words: { readonly [word: string]: FinishReason } = {
  stop: "stop",
  eos: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  complete: "stop",
  completed: "stop",
  length: "length",
  max_tokens: "length",
  model_length: "length",
  model_context_window_exceeded: "length",
  tool_calls: "tool-calls",
  tool_use: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
  safety: "content-filter",
  sensitive: "content-filter"
}

/**
 * Words with which a server says that it failed in the middle: the answer is not whole. Sources: OpenRouter and
 * Mistral (`error`), Z.ai (`network_error`), DeepSeek (`insufficient_system_resource`).
 */
export const failureWords: ReadonlySet<string> = new Set(["error", "network_error", "insufficient_system_resource"])

/**
 * The reason of a word. A server that ended without a word has stopped; an answer that calls tools waits for their
 * results even where the server says `stop`.
 */
export const decode = (
  word: string | undefined,
  answer: { readonly calls: boolean; readonly empty: boolean }
): FinishReason => {
  const known = word === undefined || word === "" ? undefined : word.toLowerCase()
  if (known === undefined) return answer.calls ? "tool-calls" : answer.empty && word === undefined ? "other" : "stop"
  const reason = (Object.hasOwn(words, known) ? words[known] : undefined) ?? "other"
  return reason === "stop" && answer.calls ? "tool-calls" : reason
}

/** OpenAI's word for a reason; another server's own word where the reason has none. */
export const encode = (reason: FinishReason, raw: string | undefined): string => {
  switch (reason) {
    case "tool-calls":
      return "tool_calls"
    case "content-filter":
      return "content_filter"
    case "other":
      return raw === undefined || Object.hasOwn(words, raw) || failureWords.has(raw) ? "other" : raw
    default:
      return reason
  }
}
