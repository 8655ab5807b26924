import type { ProviderOptions, ToolResultPart } from "../../domain/ContentPart.ts"
import type { Message, UserMessage } from "../../domain/Message.ts"

/** What a user's message holds where the wire has tool results in it. */
export type UserTurnPart = UserMessage["content"][number] | ToolResultPart

/** The messages of one turn: tool results, which a user says on such wires, are messages of their own. */
export const userTurns = (
  parts: ReadonlyArray<UserTurnPart>,
  options: { readonly providerOptions?: ProviderOptions | undefined }
): ReadonlyArray<Message> => {
  const messages: Array<{ readonly role: string; readonly content: Array<UserTurnPart> }> = []
  for (const part of parts) {
    const role = part.type === "tool-result" ? "tool" : "user"
    const last = messages.at(-1)
    if (last?.role === role) last.content.push(part)
    else messages.push({ role, content: [part], ...options })
  }
  return messages as ReadonlyArray<object> as ReadonlyArray<Message>
}
