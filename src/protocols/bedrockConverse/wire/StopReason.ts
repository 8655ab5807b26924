import type { FinishReason } from "../../../domain/FinishReason.ts"
import { type FinishWords, isWordFor, reasonOf } from "../../wire/FinishWords.ts"

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
const reasons: FinishWords = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  guardrail_intervened: "content-filter",
  content_filtered: "content-filter",
  malformed_model_output: "other",
  malformed_tool_use: "other"
}

export const decodeStopReason = (word: string | undefined): FinishReason => reasonOf(reasons, word)

const words: { readonly [reason in FinishReason]: string } = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "content_filtered",
  other: "malformed_model_output"
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
