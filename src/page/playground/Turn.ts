import { type Attachment, partOf } from "./Attachment.ts"
import type { Message } from "./Message.ts"
import type { Reply } from "./Reply.ts"

/** One step of a conversation with one model. */
export type Turn =
  | { readonly type: "user"; readonly text: string; readonly files: ReadonlyArray<Attachment> }
  | { readonly type: "reply"; readonly reply: Reply }
  | { readonly type: "toolResult"; readonly callId: string; readonly result: string }

/** The message that a turn is in a request; responses that never came are left out. */
const messageOf = (turn: Turn): Message | undefined => {
  switch (turn.type) {
    case "user":
      return {
        role: "user",
        content: turn.files.length === 0 ? turn.text : [...turn.files.map(partOf), { type: "text", text: turn.text }]
      }
    case "toolResult":
      return { role: "tool", tool_call_id: turn.callId, content: turn.result }
    case "reply": {
      const { state, text, toolCalls } = turn.reply
      if (state.value === "failed" || (text.value === "" && toolCalls.value.length === 0)) return undefined
      return {
        role: "assistant",
        content: text.value === "" ? null : text.value,
        ...(toolCalls.value.length > 0 && {
          tool_calls: toolCalls.value.map(({ arguments: json, id, name }) => ({
            id,
            type: "function" as const,
            function: { name, arguments: json }
          }))
        })
      }
    }
  }
}

/** A conversation as the messages of a request. */
export const messagesOf = (system: string, turns: ReadonlyArray<Turn>): ReadonlyArray<Message> => [
  ...(system.trim() === "" ? [] : [{ role: "system", content: system } as const]),
  ...turns.flatMap((turn) => messageOf(turn) ?? [])
]
