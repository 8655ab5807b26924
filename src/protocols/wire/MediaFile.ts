import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import * as MediaType from "../../domain/MediaType.ts"
import type { FormFile } from "./CallCodec.ts"
import { canonical, type MediaInput } from "./MediaInput.ts"
import type { Issues } from "./Issues.ts"

/** The first media type of an extension is what a file of that name counts as. */
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

/** A file for a form. Servers tell what is in it by its name, so a name without an ending is given one. */
export const make = (
  bytes: Uint8Array,
  given: { readonly fileName?: string | undefined; readonly mediaType?: string | undefined },
  name: string
): FormFile => {
  const said = given.mediaType === undefined || given.mediaType === "" ? undefined : given.mediaType
  const mediaType =
    (said === undefined ? undefined : MediaType.canonical(said)) ??
    mediaTypeOf(given.fileName) ??
    MediaType.sniff(bytes) ??
    "application/octet-stream"
  const extension = Object.hasOwn(extensions, mediaType) ? extensions[mediaType] : undefined
  const fileName = given.fileName === undefined || given.fileName === "" ? name : given.fileName
  const isNamed = extension === undefined || /\.[a-z0-9]{1,5}$/i.test(fileName)
  return { bytes, fileName: isNamed ? fileName : `${fileName}.${extension}`, mediaType }
}

const mediaTypeOf = (fileName: string | undefined): string | undefined => {
  const extension = fileName?.split(".").at(-1)?.toLowerCase()
  return Object.entries(extensions).find(([, known]) => known === extension)?.[0]
}

/** Bytes, also where they came in a `data:` URL, or else an address; a failure says what is wrong. */
export const read = (input: MediaInput): Result.Result<MediaInput, string> =>
  Result.flatMap(canonical(input), (found): Result.Result<MediaInput, string> => {
    const { data, mediaType } = found
    if (typeof data !== "string" || !/^data:/i.test(data)) return Result.succeed(found)
    const head = data.slice("data:".length, data.indexOf(","))
    if (!head.toLowerCase().endsWith(";base64")) return Result.succeed(found)
    return Result.mapBoth(Base64.decode(data.slice(data.indexOf(",") + 1)), {
      onFailure: () => "the data of the data: URL is not Base64",
      onSuccess: (bytes) => ({ data: bytes, mediaType: head.split(";", 1)[0] || mediaType })
    })
  })

/**
 * The recording of a request: a file, where its bytes are at hand, or its address. What is neither is objected to.
 */
export const recording = (
  request: {
    readonly audio: Uint8Array | string
    readonly fileName?: string | undefined
    readonly mediaType?: string | undefined
  },
  issues: Issues
): { readonly file?: FormFile; readonly address?: string } => {
  const made = read({ data: request.audio, mediaType: request.mediaType })
  if (Result.isFailure(made)) {
    issues.invalid("audio", made.failure)
    return {}
  }
  const { data, mediaType } = made.success
  if (typeof data === "string") return { address: data }
  return data instanceof Uint8Array ? { file: make(data, { fileName: request.fileName, mediaType }, "audio") } : {}
}
