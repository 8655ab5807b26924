import type { FinishReason } from "../../../domain/FinishReason.ts"
import { type FinishWords, reasonOf } from "../../wire/FinishWords.ts"

const reasons: FinishWords = {
  stop: "stop",
  length: "length",
  content_filter: "content-filter"
}

/**
 * The reason of a word. An answer that calls tools waits for their results, though the server says `stop`; a server
 * that ended without a word has stopped. `load` and `unload` answer requests without messages.
 * Source: https://docs.ollama.com/api/chat
 */
export const decodeDoneReason = (word: string | undefined, calls: boolean): FinishReason =>
  reasonOf(reasons, word ?? "stop", calls)

export const encodeDoneReason = (reason: FinishReason, raw: string | undefined): string => {
  switch (reason) {
    case "tool-calls":
      return "stop"
    case "content-filter":
      return "content_filter"
    case "other":
      return raw === undefined || Object.hasOwn(reasons, raw) ? "other" : raw
    default:
      return reason
  }
}
