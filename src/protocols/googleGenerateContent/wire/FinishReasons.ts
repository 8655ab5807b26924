import type { FinishReason } from "../../../domain/FinishReason.ts"

/**
 * Words that are not here (`MALFORMED_FUNCTION_CALL`, `UNEXPECTED_TOOL_CALL`, `LANGUAGE`, `NO_IMAGE`, ...) are `other`.
 * Source: https://ai.google.dev/api/generate-content#FinishReason and
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#FinishReason
 */
const reasons: { readonly [word: string]: FinishReason } = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content-filter",
  RECITATION: "content-filter",
  BLOCKLIST: "content-filter",
  PROHIBITED_CONTENT: "content-filter",
  SPII: "content-filter",
  MODEL_ARMOR: "content-filter",
  IMAGE_SAFETY: "content-filter",
  IMAGE_PROHIBITED_CONTENT: "content-filter",
  IMAGE_RECITATION: "content-filter"
}

/**
 * The reason of a word. The wire has no word of its own for an answer that waits for results.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeFinishReason = (word: string | undefined, hasCalls: boolean): FinishReason => {
  const reason = (word !== undefined && Object.hasOwn(reasons, word) ? reasons[word] : undefined) ?? "other"
  return reason === "stop" && hasCalls ? "tool-calls" : reason
}

const words: { readonly [reason in FinishReason]: string } = {
  stop: "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  "content-filter": "SAFETY",
  other: "OTHER"
}

/**
 * The word for a reason: the raw one where it is a word of this protocol for the same reason.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeFinishReason = (reason: FinishReason, raw: string | undefined): string => {
  const isOwn =
    raw !== undefined && /^[A-Z_]+$/.test(raw) && decodeFinishReason(raw, reason === "tool-calls") === reason
  return isOwn ? raw : words[reason]
}
