import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { AssistantPart, Message } from "../domain/Message.ts"

/**
 * The request with a rejected response at its end, and what was wrong with it. The tool calls of the response are answered by
 * the reason; a response that says nothing is left out, since providers refuse empty messages.
 */
export const correct = (request: ChatRequest, response: ChatResponse, reason: string): ChatRequest => {
  const { message, toolCalls } = response
  const content = message.content.filter(saysSomething)
  const rejected: ReadonlyArray<Message> = content.some(isMore) ? [{ ...message, content }] : []
  const text = `Your response was rejected: ${reason}\nRespond again and correct this. Write only the corrected response.`
  const correction: Message =
    toolCalls.length === 0
      ? { role: "user", content: [{ type: "text", text }] }
      : {
          role: "tool",
          content: toolCalls.map(({ id, name }) => ({ type: "tool-result", id, name, output: text, isError: true }))
        }
  return { ...request, messages: [...request.messages, ...rejected, correction] }
}

const saysSomething = (part: AssistantPart): boolean => part.type !== "text" || part.text.trim() !== ""

/** Reasoning alone is no message. */
const isMore = (part: AssistantPart): boolean =>
  part.type !== "reasoning" && !(part.type === "refusal" && part.isExplanation === true)
