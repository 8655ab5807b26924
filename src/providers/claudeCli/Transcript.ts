import type { AssistantMessage, Message, UserMessage } from "../../domain/Message.ts"
import type { Issues } from "../../protocols/wire/Issues.ts"

type UserPart = UserMessage["content"][number]

/**
 * Merges a conversation into the one message that the command takes: up to the last assistant message as a transcript,
 * followed by what the user said after it.
 */
export const make = (messages: ReadonlyArray<Message>, issues: Issues): ReadonlyArray<Message> => {
  const system = messages.filter(({ role }) => role === "system")
  const turns = messages.flatMap((message, index) => turnOf(message, `messages[${index}]`, issues))
  const last = turns.findLastIndex(({ role }) => role === "assistant")
  if (last === turns.length - 1 && last >= 0) {
    issues.content(`messages[${messages.length - 1}]`, "Claude Code cannot go on from the assistant's own words")
  }
  const recent = turns.slice(last + 1).flatMap(({ content }) => content)
  if (last < 0) return [...system, { role: "user", content: recent }]
  issues.warn("other", "messages", "the earlier conversation was told as a transcript")
  const earlier = turns
    .slice(0, last + 1)
    .flatMap(({ content, role }) => [[text(`<${role}>\n`)], content, [text(`\n</${role}>\n`)]].flat())
  const transcript = [text("<conversation>\n"), ...earlier, text("</conversation>\n\n")]
  return [...system, { role: "user", content: [...transcript, ...recent] }]
}

interface Turn {
  readonly role: "user" | "assistant"
  readonly content: ReadonlyArray<UserPart>
}

const text = (text: string): UserPart => ({ type: "text", text })

const turnOf = (message: Message, at: string, issues: Issues): ReadonlyArray<Turn> => {
  switch (message.role) {
    case "system":
      return []
    case "user":
      for (const [index, part] of message.content.entries()) {
        if ("data" in part && typeof part.data === "object" && "fileId" in part.data) {
          issues.content(`${at}.content[${index}]`, "Claude Code takes no files of the API")
        }
      }
      // The command places its own cache markers.
      return [{ role: "user", content: message.content.map((part) => ({ ...part, cacheControl: undefined })) }]
    case "assistant":
      return [
        {
          role: "assistant",
          content: message.content.flatMap((part, index) => partsOf(part, `${at}.content[${index}]`, issues))
        }
      ]
    case "tool":
      issues.content(at, "Claude Code takes no tool results")
      return []
  }
}

/** Reasoning and the calls of its own tools are left out. */
const partsOf = (part: AssistantMessage["content"][number], at: string, issues: Issues): ReadonlyArray<UserPart> => {
  switch (part.type) {
    case "text":
    case "refusal":
      return [text(part.text)]
    case "image":
      return [part]
    case "tool-call":
      if (part.providerExecuted !== true) issues.content(at, "Claude Code takes no tool calls")
      return []
    case "reasoning":
    case "provider":
      return []
    default:
      issues.content(at, `Claude Code takes no ${part.type} of the assistant`)
      return []
  }
}
