import type { FormFile } from "./CallDraft.ts"

const extensions: { readonly [mediaType: string]: string } = {
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
  "audio/mp4": "m4a",
  "audio/x-m4a": "m4a",
  "audio/wav": "wav",
  "audio/x-wav": "wav",
  "audio/wave": "wav",
  "audio/webm": "webm",
  "audio/ogg": "ogg",
  "audio/opus": "opus",
  "audio/aac": "aac",
  "audio/flac": "flac",
  "audio/x-flac": "flac",
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp"
}

/**
 * A file for a form. Servers tell what is in it by its name, so a name without an ending is given one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  bytes: Uint8Array,
  given: { readonly fileName?: string | undefined; readonly mediaType?: string | undefined },
  name: string
): FormFile => {
  const mediaType = given.mediaType ?? mediaTypeOf(given.fileName) ?? sniff(bytes) ?? "application/octet-stream"
  const extension = extensions[mediaType]
  const fileName = given.fileName ?? (extension === undefined ? name : `${name}.${extension}`)
  return { bytes, fileName, mediaType }
}

const mediaTypeOf = (fileName: string | undefined): string | undefined => {
  const extension = fileName?.split(".").at(-1)?.toLowerCase()
  return Object.entries(extensions).find(([, known]) => known === extension)?.[0]
}

/** How files begin, in hexadecimal; `.` is any digit. */
const beginnings: ReadonlyArray<readonly [RegExp, string]> = [
  [/^(?:494433|fff[ab23])/, "audio/mpeg"],
  [/^52494646.{8}57415645/, "audio/wav"],
  [/^664c6143/, "audio/flac"],
  [/^4f676753/, "audio/ogg"],
  [/^1a45dfa3/, "audio/webm"],
  [/^.{8}66747970/, "audio/mp4"],
  [/^89504e47/, "image/png"],
  [/^ffd8ff/, "image/jpeg"],
  [/^52494646.{8}57454250/, "image/webp"]
]

/**
 * What bytes are, by how they begin.
 *
 * @since 0.1.0
 * @category decoding
 */
export const sniff = (bytes: Uint8Array): string | undefined => {
  const begin = Array.from(bytes.subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("")
  return beginnings.find(([mark]) => mark.test(begin))?.[1]
}
