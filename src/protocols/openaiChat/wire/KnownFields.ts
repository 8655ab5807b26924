/**
 * The fields of a response and of its chunks that the domain has its own for, that are the same in every response, or with
 * which OpenAI pads its chunks.
 */
export const bodyKeys: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "usage",
  "service_tier",
  "citations",
  "search_results",
  "error",
  "base_resp",
  "obfuscation"
])

/** The same of a choice. */
export const choiceKeys: ReadonlySet<string> = new Set([
  "index",
  "delta",
  "message",
  "text",
  "finish_reason",
  "logprobs",
  "stop_reason",
  "matched_stop",
  "error",
  "usage"
])

/** The same of a message or a piece of it. */
export const deltaKeys: ReadonlySet<string> = new Set([
  "role",
  "content",
  "refusal",
  "reasoning",
  "reasoning_content",
  "reasoning_text",
  "reasoning_details",
  "tool_calls",
  "function_call",
  "audio",
  "images",
  "annotations",
  "extra_content"
])
