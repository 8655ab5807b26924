import type { AssistantMessage, Message } from "../../domain/Message.ts"
import type { Warning } from "../../domain/Warning.ts"

/**
 * Messages in which the results of tool calls come right after the assistant's turn that made them, as every provider
 * wants it: assistant messages in a row of which the first has open calls are one, and a system message among the results
 * waits for the last of them. Messages that need no change are the same objects.
 */
export const settled = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const open = new Set<string>()
  const result: Array<Message> = []
  let waiting: Array<Message> = []
  for (const message of messages) {
    const last = result.at(-1)
    if (message.role === "assistant") {
      const joined = open.size > 0 && last?.role === "assistant" ? joinedOf(last, message) : message
      if (joined === message) result.push(message)
      else result[result.length - 1] = joined
      for (const part of message.content) {
        if (part.type === "tool-call" && part.providerExecuted !== true) open.add(part.id)
      }
      continue
    }
    if (message.role === "system" && open.size > 0) {
      waiting.push(message)
      continue
    }
    result.push(message)
    if (message.role === "tool") for (const { id } of message.content) open.delete(id)
    if (open.size > 0) continue
    result.push(...waiting)
    waiting = []
  }
  result.push(...waiting)
  return result.length === messages.length && result.every((message, index) => message === messages[index])
    ? messages
    : result
}

const joinedOf = (first: AssistantMessage, second: AssistantMessage): AssistantMessage => ({
  ...first,
  ...second,
  content: [...first.content, ...second.content]
})

/**
 * Messages of which the first turn is the user's: a conversation that was cut short, or that the assistant opens, is given
 * one. Messages that need no change are the same objects.
 */
export const userFirst = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const first = messages.findIndex((message) => message.role !== "system" && !isBlank(message))
  return messages[first]?.role === "assistant" ? messages.toSpliced(first, 0, opening) : messages
}

/** A turn of the user that providers leave out or refuse. */
const isBlank = ({ content, role }: Message): boolean =>
  role === "user" && content.every((part) => part.type === "text" && part.text.trim() === "")

const opening: Message = {
  role: "user",
  content: [{ type: "text", text: "(What was said before is not part of this conversation.)" }]
}

/** What is told where a turn was added. */
export const openedWarning: Warning = {
  type: "other",
  parameter: "messages",
  message: "the conversation begins with an answer, which this provider refuses; a turn of the user was put before it"
}
