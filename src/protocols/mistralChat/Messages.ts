import type { Citation, FilePart, TextPart, ToolResultPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantPart, AssistantMessage, Message, UserMessage } from "../../domain/Message.ts"
import type { Issues } from "../wire/request/Issues.ts"
import { urlOf, documentText, uncommonImage } from "../wire/request/MediaInput.ts"
import { array, compact, isObject, object, text, type WireObject } from "../wire/WireObject.ts"
import { OwnFields } from "../wire/request/OwnFields.ts"

export const protocolId = "mistral-chat"

const own = new OwnFields(protocolId)

type Chunk = { readonly [key: string]: Json }

export const encodeReasoning = (text: string): Chunk => ({ type: "thinking", thinking: [{ type: "text", text }] })

/** Whether a citation is a chunk of this protocol: results of tools that the text before it draws on. */
export const isReference = (citation: Citation): citation is Citation & { readonly raw: Chunk } =>
  isObject(citation.raw) && citation.raw.type === "reference"

/** The chunks of a response, in order, with references between the texts about which they are; text alone is a string. */
export const encodeContent = (parts: ReadonlyArray<AssistantPart>): string | ReadonlyArray<Chunk> => {
  const chunks = parts.flatMap(encodePart)
  return chunks.every(({ text, type }) => type === "text" && typeof text === "string")
    ? chunks.map(({ text }) => text).join("")
    : chunks
}

const encodePart = (part: AssistantPart): ReadonlyArray<Chunk> => {
  switch (part.type) {
    case "text":
      return encodeText(part.text, (part.citations ?? []).filter(isReference))
    case "refusal":
      return encodeText(part.text, [])
    case "reasoning":
      return part.text === "" ? [] : [encodeReasoning(part.text)]
    case "image": {
      const url = urlOf(part.data, part.mediaType)
      return url === undefined ? [] : [{ type: "image_url", image_url: { url } }]
    }
    case "audio":
      return encodeText(part.transcript ?? "", [])
    case "provider":
      return array(own.value(part)?.chunks).filter((chunk): chunk is Chunk => isObject(chunk))
    default:
      return []
  }
}

const encodeText = (
  text: string,
  references: ReadonlyArray<Citation & { readonly raw: Chunk }>
): ReadonlyArray<Chunk> => {
  const chunks: Array<Chunk> = []
  let from = 0
  for (const { end, raw } of references.toSorted((one, other) => (one.end ?? 0) - (other.end ?? 0))) {
    const to = Math.min(Math.max(end ?? text.length, from), text.length)
    if (to > from) chunks.push({ type: "text", text: text.slice(from, to) })
    chunks.push(raw)
    from = to
  }
  if (from < text.length) chunks.push({ type: "text", text: text.slice(from) })
  return chunks
}

/** The parts of earlier content of chunks: texts that follow one another and the references between them are one. */
export const decodeContent = (chunks: ReadonlyArray<unknown>): ReadonlyArray<AssistantPart> => {
  const parts: Array<AssistantPart> = []
  let lastReference = 0
  for (const chunk of chunks) {
    if (!isObject(chunk)) continue
    const isText = chunk.type === "text" || chunk.type === "reference"
    const last = parts.at(-1)
    if (isText && last?.type === "text") parts.pop()
    else lastReference = 0
    const before: TextPart = isText && last?.type === "text" ? last : { type: "text", text: "" }
    switch (chunk.type) {
      case "text":
        parts.push({ ...before, text: before.text + (text(chunk.text) ?? "") })
        break
      case "reference": {
        const end = before.text.length
        const citation = { start: lastReference, end, raw: chunk as Json }
        parts.push({ ...before, citations: [...(before.citations ?? []), citation] })
        lastReference = end
        break
      }
      case "thinking": {
        const reasoning = reasoningOf(chunk)
        if (reasoning !== "") parts.push({ type: "reasoning", text: reasoning })
        break
      }
      case "image_url": {
        const url = urlIn(chunk.image_url)
        if (url !== undefined) parts.push({ type: "image", data: url })
        break
      }
      default:
        parts.push(own.part({ chunks: [chunk] }))
    }
  }
  return parts
}

const reasoningOf = ({ thinking }: WireObject): string =>
  typeof thinking === "string"
    ? thinking
    : array(thinking)
        .map((inner) => text(object(inner)?.text) ?? "")
        .join("")

const urlIn = (value: unknown): string | undefined => text(value) ?? text(object(value)?.url)

/**
 * A document as a chunk; none where it has neither an address nor bytes nor an id.
 * Source: https://docs.mistral.ai/capabilities/document_ai/document_qna
 */
const encodeDocument = ({ data, fileName, mediaType, title }: FilePart): Chunk | undefined => {
  if (isObject(data) && "fileId" in data) return { type: "file", file_id: data.fileId }
  const url = urlOf(data, mediaType)
  return url === undefined
    ? undefined
    : compact({ type: "document_url", document_url: url, document_name: fileName ?? title })
}

/** The document of a chunk in a prompt; none where it is another. */
export const decodeDocument = (chunk: WireObject): FilePart | undefined => {
  const fileId = text(chunk.file_id)
  const url = urlIn(chunk.document_url)
  if (chunk.type === "file" && fileId !== undefined) return { type: "file", data: { fileId } }
  return chunk.type === "document_url" && url !== undefined
    ? { type: "file", data: url, ...compact({ fileName: text(chunk.document_name) }) }
    : undefined
}

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
  if (chunk !== undefined) return [own.part(chunk)]
  issues.content(at, "Mistral does not accept this kind of file")
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
      issues.content(at, `an assistant message must not contain ${part.type} content`)
    }
  }
  const content = encodeContent(rest.filter((part) => part.type !== "image"))
  if (typeof content !== "string") {
    return withOwn({ ...message, name: undefined, content: calls }, { content })
  }
  const text = content === "" ? [] : [{ type: "text" as const, text: content }]
  return { ...message, name: undefined, content: [...text, ...calls] }
}

/** An assistant message between tool results and the user's next message. */
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
