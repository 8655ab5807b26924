import type { FinishReason } from "../../../domain/FinishReason.ts"
import type { ProviderFailure } from "../../Protocol.ts"
import { setOf } from "../WireObject.ts"

interface Words {
  readonly [word: string]: FinishReason
}

/** The finish reasons of a protocol, in both directions. */
export interface FinishReasons {
  /**
   * The reason of a word; `other` where it is unknown. A response with calls waits for their results, also where the
   * server says that it stopped.
   */
  readonly decode: (word: string | undefined, hasCalls?: boolean) => FinishReason
  /** The word for a reason: the raw one where it is one of this protocol for the same reason. */
  readonly encode: (reason: FinishReason, raw: string | undefined) => string
}

/**
 * Finish reasons from one table: `words` are the protocol's own, `synonyms` those of other servers, which are read only,
 * and `written` is what is written for a reason. A raw word that is in neither list goes on where it matches `unknown`.
 */
export const finishReasons = (table: {
  readonly words: Words
  readonly synonyms?: Words
  readonly written: { readonly [R in FinishReason]: string }
  readonly unknown?: RegExp
}): FinishReasons => {
  const own = new Map(Object.entries(table.words))
  const known = new Map([...Object.entries(table.synonyms ?? {}), ...own])
  return {
    decode: (word, hasCalls = false) => {
      const reason = word === undefined ? "other" : (known.get(word) ?? "other")
      return reason === "stop" && hasCalls ? "tool-calls" : reason
    },
    encode: (reason, raw) => {
      if (raw === undefined) return table.written[reason]
      const isKept = known.has(raw) ? own.get(raw) === reason : reason === "other" && table.unknown?.test(raw) === true
      return isKept ? raw : table.written[reason]
    }
  }
}

/** Finish reasons that mean that the model's output could not be used. */
const unusableWords = setOf(
  "malformed_function_call malformed_response malformed_tool_use malformed_model_output unexpected_tool_call too_many_tool_calls missing_thought_signature"
)

/**
 * Whether a finish reason says that what the model wrote could not be used. Sources:
 * https://ai.google.dev/api/generate-content#FinishReason and
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, read on 2026-11-29.
 */
export const isUnusable = (word: string | undefined): word is string =>
  word !== undefined && unusableWords.has(word.toLowerCase())

/** The failure of a response that has nothing but such a reason: it is not empty by intent, and a retry helps. */
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
