import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { MediaData, ProviderOptions } from "../../../domain/ContentPart.ts"
import { unknownFields, camel, compact, isObject, object, protocolId, text, type WireObject } from "./Wire.ts"

/** The media types that Gemini reads, for addresses that come without one. */
const types: { readonly [extension: string]: string } = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  heic: "image/heic",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/md",
  html: "text/html",
  csv: "text/csv",
  wav: "audio/wav",
  mp3: "audio/mp3",
  flac: "audio/flac",
  ogg: "audio/ogg",
  mp4: "video/mp4",
  mov: "video/mov",
  webm: "video/webm"
}

const files = "https://generativelanguage.googleapis.com/v1beta/"

/**
 * The part of a recording, an image or a document: bytes and text inline, all else by its address. A file of the Files
 * API may be named with or without the API's address (`files/abc`).
 * Source: https://ai.google.dev/api/caching#Part
 */
export const encodeMedia = (data: MediaData, mediaType: string | undefined): WireObject => {
  if (data instanceof Uint8Array) return inline(Base64.encode(data), mediaType)
  if (typeof data !== "string") {
    if ("text" in data) return inline(Base64.encode(data.text), mediaType ?? "text/plain")
    return at(data.fileId.startsWith("files/") ? files + data.fileId : data.fileId, mediaType)
  }
  if (!data.startsWith("data:")) {
    const extension = /\.(\w+)$/.exec(data.split(/[?#]/, 1)[0] ?? "")?.[1]?.toLowerCase() ?? ""
    return at(data, mediaType ?? (Object.hasOwn(types, extension) ? types[extension] : undefined))
  }
  const comma = data.indexOf(",")
  const header = data.slice("data:".length, comma)
  const content = data.slice(comma + 1)
  if (header.endsWith(";base64")) return inline(content, header.slice(0, -";base64".length) || mediaType)
  const decoded = Result.getOrElse(
    Result.try(() => decodeURIComponent(content)),
    () => content
  )
  return inline(Base64.encode(decoded), header || mediaType || "text/plain")
}

const inline = (data: string, mimeType: string | undefined): WireObject => ({ inlineData: compact({ mimeType, data }) })

const at = (fileUri: string, mimeType: string | undefined): WireObject => ({ fileData: compact({ mimeType, fileUri }) })

/**
 * What `inlineData` or `fileData` of a part holds; none where there is neither. `providerOptions` is what the part says besides.
 */
export const decodeMedia = (
  part: WireObject
):
  | { readonly data: MediaData; readonly mediaType: string | undefined; readonly providerOptions?: ProviderOptions }
  | undefined => {
  const key = isObject(part.inlineData) ? "inlineData" : "fileData"
  const media = camel(object(part[key]) ?? {})
  const { data, fileUri } = media
  const mediaType = text(media.mimeType)
  const rest = compact({ ...unknownFields(part, new Set([key])), [key]: unknownFields(media, mediaKeys) })
  const options = Object.keys(rest).length === 0 ? {} : { providerOptions: { [protocolId]: rest } as ProviderOptions }
  if (typeof data === "string") {
    const plain = mediaType === "text/plain" ? Result.getOrUndefined(Base64.decodeString(data)) : undefined
    return plain !== undefined && Base64.encode(plain) === data
      ? { data: { text: plain }, mediaType: undefined, ...options }
      : { data: `data:${mediaType ?? ""};base64,${data}`, mediaType, ...options }
  }
  if (typeof fileUri !== "string") return undefined
  const isFile = fileUri.startsWith(files) || !/^[\w+.-]+:/.test(fileUri)
  return { data: isFile ? { fileId: fileUri } : fileUri, mediaType, ...options }
}

const mediaKeys = new Set(["data", "mimeType", "fileUri"])
