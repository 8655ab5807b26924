import type { AudioPart, FilePart, ImagePart, TextPart } from "../../../domain/ContentPart.ts"
import type { UserMessage } from "../../../domain/Message.ts"
import { urlOf } from "../wire/DataUrl.ts"
import { documentText, uncommonImage } from "../../wire/MediaInput.ts"
import { compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import type { EncodeContext } from "./EncodeContext.ts"

/** A part of a user message; none where it was dropped. */
export const encodePart = (
  part: UserMessage["content"][number],
  at: string,
  context: EncodeContext
): WireObject | undefined => {
  if (part.type === "provider") return part.protocol === protocolId ? (part.value as unknown as WireObject) : undefined
  const wire =
    part.type === "text"
      ? { type: "text", text: part.text }
      : part.type === "image"
        ? encodeImage(part, at, context)
        : part.type === "audio"
          ? encodeAudio(part, at, context)
          : encodeFile(part, at, context)
  return wire && context.withOptions({ ...wire, ...context.cacheMark(part.cacheControl, "part") }, part.providerOptions)
}

/** Text as the wire has it: one part with nothing else to say is a bare string. */
export const encodeText = (
  parts: ReadonlyArray<TextPart>,
  where: "part" | "answer",
  context: EncodeContext
): unknown => {
  const wire = parts.map((part) =>
    context.withOptions(
      { type: "text", text: part.text, ...context.cacheMark(part.cacheControl, where) },
      part.providerOptions
    )
  )
  return bareText(wire, context) ?? wire
}

/** The text of content that is text and nothing else: one, or several where the server takes no list of them. */
export const bareText = (parts: ReadonlyArray<WireObject>, { quirks }: EncodeContext): string | undefined => {
  const isOne = parts.length === 1 || (parts.length > 1 && !quirks.textParts)
  return isOne && parts.every((part) => part.type === "text" && Object.keys(part).length === 2)
    ? parts.map(({ text }) => text).join("\n\n")
    : undefined
}

const encodeImage = (part: ImagePart, at: string, context: EncodeContext): WireObject | undefined => {
  const url = urlOf(part.data, part.mediaType)
  if (url === undefined) return void context.unsupportedContent(at, "an image is given by bytes or by a URL")
  const uncommon = context.quirks.anyMedia ? undefined : uncommonImage(part)
  if (uncommon !== undefined) return void context.unsupportedContent(at, uncommon)
  return { type: "image_url", image_url: compact({ url, detail: part.detail }) }
}

const dataUri = /^data:([^;,]*)(?:;[^;,]*)*?;base64,/

const formats: { readonly [mediaType: string]: string } = {
  "audio/mpeg": "mp3",
  "audio/x-wav": "wav",
  "audio/wave": "wav",
  "audio/vnd.wave": "wav",
  "audio/mp4": "m4a",
  "audio/x-m4a": "m4a"
}

const encodeAudio = (part: AudioPart, at: string, context: EncodeContext): WireObject | undefined => {
  const url = urlOf(part.data, part.mediaType) ?? ""
  const [head, named] = dataUri.exec(url) ?? []
  if (head === undefined) return void context.unsupportedContent(at, "audio is given by its bytes")
  const mediaType = (part.mediaType ?? named ?? "").replace(/;.*/, "")
  const format = formats[mediaType] ?? mediaType.slice(mediaType.indexOf("/") + 1)
  if (!context.quirks.anyMedia && format !== "wav" && format !== "mp3") {
    return void context.unsupportedContent(at, `a recording is WAV or MP3 here, not ${mediaType}; convert it first`)
  }
  return { type: "input_audio", input_audio: { data: url.slice(head.length), format } }
}

/** A document that is plain text goes as text: the file part is for PDF. */
const encodeFile = (part: FilePart, at: string, context: EncodeContext): WireObject | undefined => {
  const { data, fileName, mediaType, title } = part
  if (isObject(data) && "fileId" in data) return { type: "file", file: { file_id: data.fileId } }
  const text = documentText(part)
  if (text !== undefined) return { type: "text", text }
  const url = urlOf(data, mediaType) ?? ""
  const named = dataUri.exec(url)?.[1]
  const type = mediaType ?? named
  if (type?.startsWith("video/") === true) return { type: "video_url", video_url: { url } }
  if (!url.startsWith("data:") && !context.quirks.fileUrls) {
    return void context.unsupportedContent(at, "a document is given by its bytes or by the id of an uploaded file")
  }
  const filename = fileName ?? title ?? (type === undefined || type === "application/pdf" ? "file.pdf" : "file")
  return { type: "file", file: { filename, file_data: url } }
}
