import type { Issues } from "../../wire/Issues.ts"
import { isObject, type WireObject } from "../wire/Wire.ts"

/** What stands between the results of tools and the user's next words. */
const bridge: WireObject = { role: "assistant", content: "OK." }

/**
 * The messages in an order that Mistral takes: after an assistant no system message comes, nor at the end; after a tool only
 * a tool or an assistant; an assistant says something or calls a tool, and one that comes last is a prefix.
 * Sources: https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/protocol/instruct/validator.py and
 * https://docs.mistral.ai/capabilities/completion/prefix
 */
export const inOrder = (messages: ReadonlyArray<unknown>, issues: Issues): ReadonlyArray<WireObject> => {
  const system: Array<WireObject> = []
  const others: Array<WireObject> = []
  for (const message of messages) {
    if (!isObject(message) || isSilent(message)) continue
    const role = message.role
    const before = others.at(-1)?.role
    if (role === "system" && before !== undefined && before !== "user") {
      issues.warn("other", "messages", "a system message within the conversation was moved to the front")
      system.push(message)
    } else if (role === "system" && before === undefined) system.push(message)
    else if (role === "user" && before === "tool") others.push(bridge, message)
    else others.push(message)
  }
  while (others.at(-1)?.role === "system") {
    issues.warn("other", "messages", "a system message at the end of the conversation was moved to the front")
    system.push(others.pop() as WireObject)
  }
  const ordered = [...system, ...others]
  const last = ordered.at(-1)
  // A last answer is one to go on from.
  if (last?.role === "assistant" && last.tool_calls === undefined) {
    ordered[ordered.length - 1] = { prefix: true, ...last }
  }
  return ordered
}

const isSilent = ({ content, role, tool_calls: calls }: WireObject): boolean =>
  role === "assistant" && calls === undefined && (content === "" || content === null || content === undefined)
