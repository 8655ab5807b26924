import type { FinishReason } from "../../../domain/FinishReason.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { type FinishWords, isWordFor, reasonOf } from "../../wire/FinishWords.ts"

const reasons: FinishWords = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop",
  MAX_TOKENS: "length",
  ERROR_LIMIT: "length",
  TOOL_CALL: "tool-calls",
  ERROR_TOXIC: "content-filter"
}

/** Source: https://docs.cohere.com/reference/chat */
export const decodeFinishReason = (word: string | undefined, calls: boolean): FinishReason =>
  reasonOf(reasons, word, calls)

/** The failure of an answer that ends with a word for one: it is not whole. */
export const failureOf = (word: string | undefined, error: unknown, body: unknown): ProviderFailure | undefined =>
  word === "ERROR" || word === "TIMEOUT"
    ? {
        _tag: "ProviderFailure",
        code: word,
        type: "server_error",
        message: typeof error === "string" && error !== "" ? error : `the server ended the answer with ${word}`,
        body
      }
    : undefined

/** The word for a reason: the raw one where it is a word of this protocol for the same reason. */
export const encodeFinishReason = (reason: FinishReason, raw: string | undefined): string => {
  if (isWordFor(reasons, raw, reason)) return raw
  const known = Object.keys(reasons).find((word) => reasons[word] === reason)
  return known ?? (raw === undefined || Object.hasOwn(reasons, raw) ? "OTHER" : raw)
}
