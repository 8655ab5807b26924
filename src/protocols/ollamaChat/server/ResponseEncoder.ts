import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { encodeLogprobs } from "../../wire/Logprobs.ts"
import { encodeCall } from "../wire/ToolCalls.ts"
import { compact } from "../wire/Wire.ts"
import { encodeEnd, encodeHead, encodeImages } from "./AnswerLine.ts"

/**
 * Writes a whole answer. A refusal and what is said in a recording are text; parts of other protocols, citations, the
 * answer's id, and calls that a provider ran itself have no word.
 */
export const encodeResponse = (response: ChatResponse, options: AnswerOptions): Json => {
  const { content, logprobs, reasoningText } = response
  const calls = response.toolCalls.map(encodeCall)
  const said = content.map((part) =>
    part.type === "text" || part.type === "refusal" ? part.text : part.type === "audio" ? (part.transcript ?? "") : ""
  )
  return compact({
    ...encodeHead(response.model ?? options.model, options.created),
    message: compact({
      role: "assistant",
      content: said.join(""),
      thinking: reasoningText === "" ? undefined : reasoningText,
      images: encodeImages(content.filter((part) => part.type === "image")),
      tool_calls: calls.length === 0 ? undefined : calls
    }),
    logprobs: logprobs === undefined ? undefined : encodeLogprobs(logprobs),
    ...encodeEnd(response)
  }) as Json
}
