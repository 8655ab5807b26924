import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import * as MediaType from "../../../domain/MediaType.ts"
import type { FormFile } from "../CallCodec.ts"
import { canonical, type MediaInput } from "./MediaInput.ts"
import type { Issues } from "./Issues.ts"

/** A file name counts as the first media type of its extension. */
const extensions: { readonly [mediaType: string]: string } = {
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
  "audio/mpga": "mpga",
  "audio/mp4": "m4a",
  "audio/wav": "wav",
  "audio/webm": "webm",
  "audio/ogg": "ogg",
  "audio/opus": "opus",
  "audio/aac": "aac",
  "audio/flac": "flac",
  "audio/aiff": "aiff",
  "audio/amr": "amr",
  "audio/3gpp": "3gp",
  "video/mp4": "mp4",
  "video/mpeg": "mpeg",
  "video/webm": "webm",
  "video/quicktime": "mov",
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
  "image/heic": "heic",
  "image/avif": "avif",
  "application/pdf": "pdf",
  "application/json": "json",
  "application/jsonl": "jsonl",
  "text/plain": "txt",
  "text/markdown": "md",
  "text/csv": "csv",
  "text/html": "html"
}

/** A file for a form. Servers go by the extension of its name, so a name without one is given one. */
export const make = (
  bytes: Uint8Array,
  options: { readonly fileName?: string | undefined; readonly mediaType?: string | undefined },
  defaultName: string
): FormFile => {
  const mediaType =
    (options.mediaType ? MediaType.canonical(options.mediaType) : undefined) ??
    mediaTypeOf(options.fileName) ??
    MediaType.sniff(bytes) ??
    "application/octet-stream"
  const extension = Object.hasOwn(extensions, mediaType) ? extensions[mediaType] : undefined
  const fileName = options.fileName || defaultName
  const hasExtension = extension === undefined || /\.[a-z0-9]{1,5}$/i.test(fileName)
  return { bytes, fileName: hasExtension ? fileName : `${fileName}.${extension}`, mediaType }
}

const mediaTypeOf = (fileName: string | undefined): string | undefined => {
  const extension = fileName?.split(".").at(-1)?.toLowerCase()
  return Object.entries(extensions).find(([, known]) => known === extension)?.[0]
}

/** Bytes, read from a `data:` URL too, or else a URL; the failure says what is wrong. */
export const read = (input: MediaInput): Result.Result<MediaInput, string> =>
  Result.flatMap(canonical(input), (media): Result.Result<MediaInput, string> => {
    const { data, mediaType } = media
    if (typeof data !== "string" || !/^data:/i.test(data)) return Result.succeed(media)
    const head = data.slice("data:".length, data.indexOf(","))
    if (!head.toLowerCase().endsWith(";base64")) return Result.succeed(media)
    return Result.mapBoth(Base64.decode(data.slice(data.indexOf(",") + 1)), {
      onFailure: () => "the data of the data: URL is not Base64",
      onSuccess: (bytes) => ({ data: bytes, mediaType: head.split(";", 1)[0] || mediaType })
    })
  })

/** The recording of a request: a file where it has the bytes, or its URL. Anything else is an issue. */
export const recording = (
  request: {
    readonly audio: Uint8Array | string
    readonly fileName?: string | undefined
    readonly mediaType?: string | undefined
  },
  issues: Issues
): { readonly file?: FormFile; readonly address?: string } => {
  const media = read({ data: request.audio, mediaType: request.mediaType })
  if (Result.isFailure(media)) {
    issues.invalid("audio", media.failure)
    return {}
  }
  const { data, mediaType } = media.success
  if (typeof data === "string") return { address: data }
  return data instanceof Uint8Array ? { file: make(data, { fileName: request.fileName, mediaType }, "audio") } : {}
}
