import type { Citation, FilePart, ImagePart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import { urlOf } from "../wire/DataUrl.ts"
import { array, compact, isObject, protocolId, text, type WireObject } from "./wire/Wire.ts"

/** A thought as a chunk. */
export const encodeThought = (thought: string): WireObject => ({
  type: "thinking",
  thinking: [{ type: "text", text: thought }]
})

/** Whether a citation is a chunk of this protocol: the results of tools that the text before it draws on. */
export const isReference = (citation: Citation): boolean => isObject(citation.raw) && citation.raw.type === "reference"

/**
 * The chunks of an answer, in order: text stands between the references into it. One that is text alone is bare.
 */
export const encodeContent = (parts: ReadonlyArray<AssistantPart>): string | ReadonlyArray<WireObject> => {
  const chunks = parts.flatMap(encodePart)
  return chunks.every(({ type }) => type === "text") ? chunks.map(({ text }) => text).join("") : chunks
}

const encodePart = (part: AssistantPart): ReadonlyArray<WireObject> => {
  switch (part.type) {
    case "text":
      return encodeText(part.text, (part.citations ?? []).filter(isReference))
    case "refusal":
      return encodeText(part.text, [])
    case "reasoning":
      return part.text === "" ? [] : [encodeThought(part.text)]
    case "image": {
      const url = urlOf(part.data, part.mediaType)
      return url === undefined ? [] : [{ type: "image_url", image_url: { url } }]
    }
    case "audio":
      return encodeText(part.transcript ?? "", [])
    case "provider":
      return part.protocol === protocolId && isObject(part.value) ? array(part.value.chunks).filter(isObject) : []
    default:
      return []
  }
}

const encodeText = (said: string, references: ReadonlyArray<Citation>): ReadonlyArray<WireObject> => {
  const chunks: Array<WireObject> = []
  let from = 0
  for (const { end, raw } of references.toSorted((one, other) => (one.end ?? 0) - (other.end ?? 0))) {
    const to = Math.min(Math.max(end ?? said.length, from), said.length)
    if (to > from) chunks.push({ type: "text", text: said.slice(from, to) })
    chunks.push(raw as unknown as WireObject)
    from = to
  }
  if (from < said.length) chunks.push({ type: "text", text: said.slice(from) })
  return chunks
}

/** The parts of an answer of chunks: texts and the references between them are one part. */
export const decodeContent = (chunks: ReadonlyArray<unknown>): ReadonlyArray<AssistantPart> => {
  const parts: Array<AssistantPart> = []
  let cited = 0
  for (const chunk of chunks) {
    if (!isObject(chunk)) continue
    const last = parts.at(-1)
    const said = last?.type === "text" ? last : undefined
    switch (chunk.type) {
      case "text":
        if (said === undefined) cited = 0
        else parts.pop()
        parts.push({ ...said, type: "text", text: (said?.text ?? "") + (text(chunk.text) ?? "") })
        break
      case "reference": {
        if (said === undefined) cited = 0
        else parts.pop()
        const end = said?.text.length ?? 0
        const citations = [...(said?.citations ?? []), { start: cited, end, raw: chunk as Json }]
        parts.push({ type: "text", text: said?.text ?? "", citations })
        cited = end
        break
      }
      case "thinking": {
        const thought = thoughtOf(chunk)
        if (thought !== "") parts.push({ type: "reasoning", text: thought })
        break
      }
      case "image_url": {
        const url = imageOf(chunk)
        if (url !== undefined) parts.push({ type: "image", data: url })
        break
      }
      default:
        parts.push({ type: "provider", protocol: protocolId, value: { chunks: [chunk as Json] } })
    }
  }
  return parts
}

const thoughtOf = ({ thinking }: WireObject): string =>
  typeof thinking === "string"
    ? thinking
    : array(thinking)
        .map((inner) => (isObject(inner) ? (text(inner.text) ?? "") : ""))
        .join("")

const imageOf = ({ image_url: image }: WireObject): string | undefined =>
  text(image) ?? (isObject(image) ? text(image.url) : undefined)

/**
 * A document as a chunk; none where it has neither an address nor bytes nor an id.
 * Source: https://docs.mistral.ai/capabilities/document_ai/document_qna
 */
export const encodeDocument = ({ data, fileName, mediaType, title }: FilePart): WireObject | undefined => {
  if (isObject(data) && "fileId" in data) return { type: "file", file_id: data.fileId }
  const url = urlOf(data, mediaType)
  return url === undefined
    ? undefined
    : compact({ type: "document_url", document_url: url, document_name: fileName ?? title })
}

/** The document or the image of a chunk in a prompt; none where it is another. */
export const decodeDocument = (chunk: WireObject): FilePart | ImagePart | undefined => {
  const fileId = text(chunk.file_id)
  const address = chunk.document_url
  const url = text(address) ?? (isObject(address) ? text(address.url) : undefined)
  if (chunk.type === "file" && fileId !== undefined) return { type: "file", data: { fileId } }
  return chunk.type === "document_url" && url !== undefined
    ? compact({ type: "file", data: url, fileName: text(chunk.document_name) })
    : undefined
}
