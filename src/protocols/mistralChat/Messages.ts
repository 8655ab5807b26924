import type { FilePart, ToolResultPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantMessage, Message, UserMessage } from "../../domain/Message.ts"
import type { Issues } from "../wire/Issues.ts"
import { documentText, uncommonImage } from "../wire/MediaInput.ts"
import type { WireObject } from "../wire/WireObject.ts"
import { encodeContent, encodeDocument, protocolId } from "./Content.ts"

/** A message with Mistral's chunks in it. Mistral refuses fields that it does not know, so only a tool is named. */
export const withChunks = (message: Message, at: string, issues: Issues): Message => {
  switch (message.role) {
    case "system":
      return { ...message, name: undefined }
    case "user": {
      const content = message.content.flatMap((part, p) => userPart(part, `${at}.content[${p}]`, issues))
      return { ...message, name: undefined, content }
    }
    case "assistant":
      return assistantMessage(message, at, issues)
    case "tool":
      return { ...message, content: message.content.map(namedResult) }
  }
}

type UserPart = UserMessage["content"][number]

const userPart = (part: UserPart, at: string, issues: Issues): ReadonlyArray<UserPart> => {
  const issue = part.type === "image" ? uncommonImage(part) : undefined
  if (issue !== undefined) {
    issues.content(at, issue)
    return []
  }
  if (part.type !== "file") return [part]
  const text = documentText(part)
  if (text !== undefined) return [{ type: "text", text }]
  const chunk = isVideo(part) ? undefined : encodeDocument(part)
  if (chunk !== undefined) return [{ type: "provider", protocol: protocolId, value: chunk }]
  issues.content(at, "Mistral does not take such a file")
  return []
}

const isVideo = ({ data, mediaType }: FilePart): boolean =>
  mediaType?.startsWith("video/") === true || (typeof data === "string" && data.startsWith("data:video/"))

/** The name of a result's tool, for which OpenAI has no field. */
const namedResult = (part: ToolResultPart): ToolResultPart =>
  part.name === undefined ? part : withOwn(part, { name: part.name })

/** Fields of the wire, below the caller's own. */
const withOwn = <A extends Pick<AssistantMessage, "providerOptions">>(
  target: A,
  fields: { [key: string]: Json }
): A => ({
  ...target,
  providerOptions: { ...target.providerOptions, [protocolId]: { ...fields, ...target.providerOptions?.[protocolId] } }
})

const assistantMessage = (message: AssistantMessage, at: string, issues: Issues): AssistantMessage => {
  const calls = message.content.filter((part) => part.type === "tool-call")
  const rest = message.content.filter((part) => part.type !== "tool-call")
  for (const part of rest) {
    if (part.type === "reasoning" && part.text === "") {
      issues.warn("unsupported-content", "messages", `${at}: reasoning without text was left out`)
    }
    if (part.type === "image" || (part.type === "audio" && part.transcript === undefined)) {
      issues.content(at, `an earlier answer may not hold ${part.type} content`)
    }
  }
  const content = encodeContent(rest.filter((part) => part.type !== "image"))
  if (typeof content !== "string") {
    return withOwn({ ...message, name: undefined, content: calls }, { content })
  }
  const text = content === "" ? [] : [{ type: "text" as const, text: content }]
  return { ...message, name: undefined, content: [...text, ...calls] }
}

/** Stands between the results of tools and the user's next message. */
const bridge: WireObject = { role: "assistant", content: "OK." }

/**
 * The messages in an order that Mistral takes: after an assistant no system message comes, nor at the end; after a tool only
 * a tool or an assistant; an assistant says something or calls a tool, and one that comes last is a prefix.
 * Sources: https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/protocol/instruct/validator.py and
 * https://docs.mistral.ai/capabilities/completion/prefix
 */
export const inOrder = (messages: ReadonlyArray<WireObject>, issues: Issues): ReadonlyArray<WireObject> => {
  const system: Array<WireObject> = []
  const conversation: Array<WireObject> = []
  for (const message of messages) {
    if (isSilent(message)) continue
    const { role } = message
    const previous = conversation.at(-1)?.role
    if (role === "system" && previous !== undefined && previous !== "user") {
      issues.warn("other", "messages", "a system message within the conversation was moved to the front")
      system.push(message)
    } else if (role === "system" && previous === undefined) system.push(message)
    else if (role === "user" && previous === "tool") conversation.push(bridge, message)
    else conversation.push(message)
  }
  for (let last = conversation.at(-1); last?.role === "system"; last = conversation.at(-1)) {
    issues.warn("other", "messages", "a system message at the end of the conversation was moved to the front")
    system.push(last)
    conversation.pop()
  }
  const ordered = [...system, ...conversation]
  const last = ordered.at(-1)
  if (last?.role === "assistant" && last.tool_calls === undefined) {
    ordered[ordered.length - 1] = { prefix: true, ...last }
  }
  return ordered
}

const isSilent = ({ content, role, tool_calls: calls }: WireObject): boolean =>
  role === "assistant" && calls === undefined && (content === "" || content === null || content === undefined)

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** FNV-1a, over UTF-16 code units. */
const hash = (text: string): number => {
  let h = 0x811c9dc5
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193)
  return h >>> 0
}

/** Mistral takes ids of nine letters or digits. Another protocol's id becomes one that is always the same for it. */
export const encodeCallId = (id: string): string => {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id
  let rest = BigInt(hash(id)) * 0x100000000n + BigInt(hash(`${id} `))
  let short = ""
  while (short.length < 9) {
    short += letters[Number(rest % 62n)]
    rest /= 62n
  }
  return short
}
