import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"

/** Other names of common types. */
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
 * The usual name of a media type: lower case, without parameters such as `;codecs=opus`, `image/jpg` as `image/jpeg`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const canonical = (mediaType: string): string => {
  const bare = mediaType.replace(/;.*$/s, "").trim().toLowerCase()
  return Object.hasOwn(aliases, bare) ? (aliases[bare] ?? bare) : bare
}

/**
 * Whether files of the type are plain text.
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
 * Whether the type says nothing about the bytes: `application/octet-stream`, `image/*`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isGeneric = (mediaType: string): boolean =>
  /^(?:(?:application|binary)\/octet-stream|[a-z*]{1,20}\/\*)$/.test(canonical(mediaType))

/** The first bytes of files, in hexadecimal; `.` is any digit. */
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
 * The media type of bytes by their first 12, where those tell. Containers of audio and video count as audio.
 *
 * @since 0.1.0
 * @category decoding
 */
export const sniff = (bytes: Uint8Array): string | undefined => {
  const begin = Array.from(bytes.subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("")
  return beginnings.find(([mark]) => mark.test(begin))?.[1]
}

/**
 * The media type of bytes in Base64 by their first 12.
 *
 * @since 0.1.0
 * @category decoding
 */
export const sniffBase64 = (base64: string): string | undefined => {
  const begin = Result.getOrUndefined(Base64.decode(base64.slice(0, 16)))
  return begin === undefined ? undefined : sniff(begin)
}
