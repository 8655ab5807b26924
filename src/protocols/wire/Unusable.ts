import type { ProviderFailure } from "../ProviderFailure.ts"

/** Words with which a server says that what the model wrote could not be used. */
const words: ReadonlySet<string> = new Set([
  "malformed_function_call",
  "malformed_response",
  "malformed_tool_use",
  "malformed_model_output",
  "unexpected_tool_call",
  "too_many_tool_calls",
  "missing_thought_signature"
])

/**
 * Whether a finish reason says that what the model wrote could not be used. Sources:
 * https://ai.google.dev/api/generate-content#FinishReason and
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, read on 2026-11-29.
 */
export const isUnusable = (word: string | undefined): word is string =>
  word !== undefined && words.has(word.toLowerCase())

/** The failure of a response that has nothing but such a reason: it is no empty answer. Asking again helps. */
export const unusable = (
  word: string,
  message: string | undefined,
  body: unknown,
  type = "server_error"
): ProviderFailure => ({
  _tag: "ProviderFailure",
  code: word,
  type,
  message: message ?? `the response is empty: ${word}`,
  body
})
