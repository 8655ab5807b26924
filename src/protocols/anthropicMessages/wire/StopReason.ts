import type { FinishReason } from "../../../domain/FinishReason.ts"
import { type FinishWords, isWordFor, reasonOf } from "../../wire/FinishWords.ts"

/** Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const reasons: FinishWords = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  refusal: "content-filter",
  pause_turn: "other",
  compaction: "other"
}

/**
 * The reason of a word. `pause_turn` is `other`: the answer is not whole, and goes on when it is sent back as it is.
 */
export const decodeStopReason = (word: string | undefined): FinishReason => reasonOf(reasons, word)

const words: { readonly [reason in FinishReason]: string } = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  other: "end_turn"
}

/** The word for a reason: the raw one where it is a word of this protocol for the same reason. */
export const encodeStopReason = (answer: {
  readonly finishReason: FinishReason
  readonly rawFinishReason?: string | undefined
  readonly stopSequence?: string | undefined
}): string => {
  const { finishReason, rawFinishReason: raw, stopSequence } = answer
  if (isWordFor(reasons, raw, finishReason)) return raw
  return finishReason === "stop" && stopSequence !== undefined ? "stop_sequence" : words[finishReason]
}
