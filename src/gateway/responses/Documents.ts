import { ChatResponse } from "effect-llm/domain/ChatResponse"
import type { Json } from "effect-llm/domain/Json"
import { unknown } from "effect-llm/domain/Usage"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"
import { messageFor } from "../calls/Advice.ts"
import { type Failure, toProviderError } from "../calls/Failure.ts"
import type { WireObject } from "./ResponseStore.ts"

/** The statuses of a response that has no output. */
export type Unfinished = "queued" | "in_progress" | "cancelled"

/** A response without output. */
export const unfinished = (
  status: Unfinished,
  options: { readonly id: string; readonly created: number; readonly model: string; readonly requestBody: WireObject }
): WireObject => {
  const response = new ChatResponse({
    content: [],
    finishReason: "other",
    rawFinishReason: status,
    usage: unknown,
    warnings: [],
    attempts: []
  })
  return OpenAiResponses.encodeResponse(response, options) as WireObject
}

/** Marks a response as failed. */
export const failed = (document: WireObject, failure: Failure): WireObject => {
  const error = toProviderError(failure)
  const code = error._tag === "RateLimitError" ? "rate_limit_exceeded" : "server_error"
  return withError(document, code, messageFor(error))
}

export const withError = (document: WireObject, code: string, message: string): WireObject => ({
  ...document,
  status: "failed",
  error: { code, message } satisfies Json
})
