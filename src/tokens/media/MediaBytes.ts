import * as Result from "effect/Result"
import * as Base64 from "effect/encoding/Base64"
import type { MediaData, FilePart } from "../../domain/ContentPart.ts"

/**
 * What is known of media without fetching anything: the bytes, where they are in the request (of a `data:` URI
 * at most the first `most`), or `undefined`; and how many bytes there are in all.
 */
export interface MediaBytes {
  readonly bytes: Uint8Array
  readonly size: number
}

export const mediaBytes = (data: MediaData, most = Infinity): MediaBytes | undefined => {
  if (data instanceof Uint8Array) return { bytes: data, size: data.byteLength }
  if (typeof data !== "string" || !data.startsWith("data:")) return undefined
  const comma = data.indexOf(",")
  if (!data.slice(0, comma).endsWith(";base64")) return undefined
  const end = Math.min(data.length, comma + 1 + Math.ceil(most / 3) * 4)
  const bytes = Result.getOrUndefined(Base64.decode(data.slice(comma + 1, end)))
  return bytes === undefined ? undefined : { bytes, size: Math.floor(((data.length - comma - 1) * 3) / 4) }
}

/** The text of a file that is text and lies in the request; `undefined` for any other. */
export const fileText = ({ data, mediaType }: FilePart): string | undefined => {
  if (typeof data === "object" && "text" in data) return data.text
  const type = mediaType ?? (typeof data === "string" ? /^data:([^;,]*)/.exec(data)?.[1] : undefined) ?? ""
  if (!/^(?:text\/|application\/(?:json|xml|javascript|yaml))/.test(type)) return undefined
  const media = mediaBytes(data)
  return media === undefined ? undefined : new TextDecoder().decode(media.bytes)
}

/**
 * How many pages a PDF has; 0 if its objects are compressed, or it is not a PDF.
 */
export const pdfPages = (bytes: Uint8Array): number => {
  const text = new TextDecoder("latin1").decode(bytes)
  return text.startsWith("%PDF") ? (text.match(/\/Type\s{0,8}\/Page(?![A-Za-z])/g) ?? []).length : 0
}

/** How long a WAV recording is, in seconds; `undefined` if it is not a WAV. */
export const wavSeconds = (bytes: Uint8Array): number | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const chunk = (at: number) => (at + 8 <= bytes.length ? view.getUint32(at) : 0)
  if (chunk(0) !== riff) return undefined
  let rate = 0
  for (let at = 12; at + 8 <= bytes.length; at += 8 + 2 * Math.ceil(view.getUint32(at + 4, true) / 2)) {
    if (chunk(at) === format && at + 20 <= bytes.length) rate = view.getUint32(at + 16, true)
    // The length in the header is wrong in recordings that were written as a stream.
    if (chunk(at) === data && rate > 0) return Math.min(view.getUint32(at + 4, true), bytes.length - at - 8) / rate
  }
  return undefined
}

const riff = 0x5249_4646
const format = 0x666d_7420
const data = 0x6461_7461
