import type { FinishReason } from "../../domain/FinishReason.ts"

/** What the words of a protocol mean. */
export interface FinishWords {
  readonly [word: string]: FinishReason
}

/**
 * The reason of a word; `other` where the protocol has no such word. An answer that calls tools waits for their
 * results, also where the server says that it stopped.
 */
export const reasonOf = (words: FinishWords, word: string | undefined, hasCalls = false): FinishReason => {
  const reason = (word !== undefined && Object.hasOwn(words, word) ? words[word] : undefined) ?? "other"
  return reason === "stop" && hasCalls ? "tool-calls" : reason
}

/** Whether a raw word is one of the protocol's, for this very reason. */
export const isWordFor = (words: FinishWords, raw: string | undefined, reason: FinishReason): raw is string =>
  raw !== undefined && Object.hasOwn(words, raw) && words[raw] === reason
