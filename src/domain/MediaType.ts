import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"

/** Names that are in use for types that have another. */
const aliases: { readonly [mediaType: string]: string } = {
  "image/jpg": "image/jpeg",
  "image/pjpeg": "image/jpeg",
  "image/x-png": "image/png",
  "audio/x-wav": "audio/wav",
  "audio/wave": "audio/wav",
  "audio/vnd.wave": "audio/wav",
  "audio/x-m4a": "audio/mp4",
  "audio/m4a": "audio/mp4",
  "audio/x-flac": "audio/flac",
  "audio/x-mp3": "audio/mp3",
  "application/x-pdf": "application/pdf"
}

/**
 * A media type by its usual name: in lower case, without parameters such as `;codecs=opus`, `image/jpg` as `image/jpeg`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const canonical = (mediaType: string): string => {
  const bare = mediaType.replace(/;.*$/s, "").trim().toLowerCase()
  return Object.hasOwn(aliases, bare) ? (aliases[bare] ?? bare) : bare
}

/**
 * Whether a file of the type is text, which may be read as it is.
 *
 * @since 0.1.0
 * @category guards
 */
export const isText = (mediaType: string | undefined): boolean =>
  mediaType !== undefined &&
  /^(?:text\/|application\/(?:.{1,80}\+)?(?:json|xml|yaml|x-yaml|toml|sql|javascript|x-sh|x-ndjson|jsonl)(?:;|$))/i.test(
    mediaType
  )

/**
 * Whether the type says nothing of what the bytes are: of uploads of which nobody knew, and of pickers of files.
 *
 * @since 0.1.0
 * @category guards
 */
export const isGeneric = (mediaType: string): boolean =>
  /^(?:(?:application|binary)\/octet-stream|[a-z*]{1,20}\/\*)$/.test(canonical(mediaType))

/** How files begin, in hexadecimal; `.` is any digit. */
const beginnings: ReadonlyArray<readonly [RegExp, string]> = [
  [/^89504e47/, "image/png"],
  [/^ffd8ff/, "image/jpeg"],
  [/^47494638/, "image/gif"],
  [/^52494646.{8}57454250/, "image/webp"],
  [/^.{8}66747970(?:68656963|68656978|6d696631)/, "image/heic"],
  [/^.{8}6674797061766966/, "image/avif"],
  [/^25504446/, "application/pdf"],
  [/^(?:494433|fff[ab23])/, "audio/mpeg"],
  [/^52494646.{8}57415645/, "audio/wav"],
  [/^664c6143/, "audio/flac"],
  [/^4f676753/, "audio/ogg"],
  [/^1a45dfa3/, "audio/webm"],
  [/^.{8}66747970/, "audio/mp4"]
]

/**
 * What bytes are, by how they begin; none where that does not tell. A container of sound and pictures counts as sound.
 *
 * @since 0.1.0
 * @category decoding
 */
export const sniff = (bytes: Uint8Array): string | undefined => {
  const begin = Array.from(bytes.subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("")
  return beginnings.find(([mark]) => mark.test(begin))?.[1]
}

/**
 * What bytes in Base64 are, by how they begin.
 *
 * @since 0.1.0
 * @category decoding
 */
export const sniffBase64 = (base64: string): string | undefined => {
  const begin = Result.getOrUndefined(Base64.decode(base64.slice(0, 16)))
  return begin === undefined ? undefined : sniff(begin)
}
