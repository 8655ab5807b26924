import type { FinishReason } from "../../../domain/FinishReason.ts"
import { type FinishWords, reasonOf } from "../../wire/FinishWords.ts"
import { text } from "./Wire.ts"

/**
 * Words that are not here (`MALFORMED_FUNCTION_CALL`, `UNEXPECTED_TOOL_CALL`, `LANGUAGE`, `NO_IMAGE`, ...) are `other`.
 * Source: https://ai.google.dev/api/generate-content#FinishReason and
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#FinishReason
 */
const reasons: FinishWords = {
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

/** The zero value of the enumeration: no reason yet. */
const unspecified = "FINISH_REASON_UNSPECIFIED"

const numbered = [undefined, "STOP", "MAX_TOKENS", "SAFETY", "RECITATION"]

/** The word of an answer, also of one asked for with `$alt=json;enum-encoding=int`, as Google's older SDKs do. */
export const finishWord = (u: unknown): string | undefined =>
  typeof u === "number" && u > 0 ? (numbered[u] ?? "OTHER") : u === unspecified ? undefined : text(u)

/** The reason of a word. The wire has no word of its own for an answer that waits for results. */
export const decodeFinishReason = (word: string | undefined, hasCalls: boolean): FinishReason =>
  reasonOf(reasons, word, hasCalls)

const words: { readonly [reason in FinishReason]: string } = {
  stop: "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  "content-filter": "SAFETY",
  other: "OTHER"
}

/** The word for a reason: the raw one where it is a word of this protocol for the same reason. */
export const encodeFinishReason = (reason: FinishReason, raw: string | undefined): string => {
  const isOwn =
    raw !== undefined && /^[A-Z_]+$/.test(raw) && decodeFinishReason(raw, reason === "tool-calls") === reason
  return isOwn ? raw : words[reason]
}
