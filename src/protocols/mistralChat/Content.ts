import type { Citation, FilePart, TextPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import { urlOf } from "../wire/MediaInput.ts"
import { array, compact, isObject, object, text, type WireObject } from "../wire/WireObject.ts"

export const protocolId = "mistral-chat"

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
      return part.protocol === protocolId && isObject(part.value)
        ? array(part.value.chunks).filter((chunk): chunk is Chunk => isObject(chunk))
        : []
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
        parts.push({ type: "provider", protocol: protocolId, value: { chunks: [chunk as Json] } })
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
export const encodeDocument = ({ data, fileName, mediaType, title }: FilePart): Chunk | undefined => {
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
