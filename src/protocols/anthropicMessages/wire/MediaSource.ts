import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { MediaData } from "../../../domain/ContentPart.ts"
import { isText } from "../../../domain/MediaType.ts"
import type { WireObject } from "./Wire.ts"

/** Where the content of an image or a document is, as the wire says it, and what it is where that is known. */
export interface MediaSource {
  readonly mediaType: string | undefined
  readonly source: WireObject
}

/** Bytes and `data:` URIs go inline (text as text, all else in base64), other strings are URLs. */
export const encodeSource = (data: MediaData, mediaType: string | undefined): MediaSource => {
  if (data instanceof Uint8Array) {
    return isText(mediaType) ? inText(new TextDecoder().decode(data)) : inBase64(Base64.encode(data), mediaType)
  }
  if (typeof data !== "string") {
    return "fileId" in data ? { mediaType, source: { type: "file", file_id: data.fileId } } : inText(data.text)
  }
  if (!data.startsWith("data:")) return { mediaType, source: { type: "url", url: data } }
  const comma = data.indexOf(",")
  const header = data.slice("data:".length, comma)
  const type = header.split(";", 1)[0] || mediaType || "text/plain"
  const content = data.slice(comma + 1)
  if (!header.endsWith(";base64")) {
    const decoded = Result.getOrElse(
      Result.try(() => decodeURIComponent(content)),
      () => content
    )
    return isText(type) ? inText(decoded) : inBase64(Base64.encode(decoded), type)
  }
  if (!isText(type)) return inBase64(content, type)
  return inText(Result.getOrElse(Base64.decodeString(content), () => content))
}

const inText = (data: string): MediaSource => ({
  mediaType: "text/plain",
  source: { type: "text", media_type: "text/plain", data }
})

const inBase64 = (data: string, mediaType: string | undefined): MediaSource => ({
  mediaType,
  source: { type: "base64", media_type: mediaType, data }
})

/** A source as data; none where the domain has no form for it (documents made of blocks). */
export const decodeSource = (source: {
  readonly type: string
  readonly data?: string | undefined
  readonly media_type?: string | undefined
  readonly url?: string | undefined
  readonly file_id?: string | undefined
}): MediaData | undefined => {
  switch (source.type) {
    case "base64":
      return `data:${source.media_type ?? ""};base64,${source.data ?? ""}`
    case "url":
      return source.url
    case "file":
      return source.file_id === undefined ? undefined : { fileId: source.file_id }
    case "text":
      return source.data === undefined ? undefined : { text: source.data }
    default:
      return undefined
  }
}
