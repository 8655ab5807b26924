import type { ChatRequest, ChatRequestInput } from "./ChatRequest.ts"
import type { TextPart } from "./ContentPart.ts"
import type { Message, MessageInput } from "./Message.ts"

const toPart = <Part>(part: string | Part): Part | TextPart =>
  typeof part === "string" ? { type: "text", text: part } : part

/**
 * Brings a message into canonical form.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeMessage = (input: MessageInput): Message => {
  if (typeof input === "string") return { role: "user", content: [{ type: "text", text: input }] }
  if (input.role === "developer") return makeMessage({ ...input, role: "system" })
  if (input.role === "tool") return input
  const { content } = input
  if (typeof content === "string") return { ...input, content: [{ type: "text", text: content }] } as Message
  return content.some((part: unknown) => typeof part === "string")
    ? ({ ...input, content: content.map(toPart) } as Message)
    : (input as Message)
}

/**
 * Brings a chat request into canonical form; one that already is in it is returned as it is.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeRequest = (input: ChatRequestInput): ChatRequest => {
  if (typeof input === "string") return { messages: [makeMessage(input)] }
  const { messages } = input
  if (typeof messages === "string") return { ...input, messages: [makeMessage(messages)] }
  let changed = false
  const canonical = messages.map((message) => {
    const made = makeMessage(message)
    changed ||= made !== message
    return made
  })
  return changed ? { ...input, messages: canonical } : (input as ChatRequest)
}
