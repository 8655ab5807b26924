import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { MediaData } from "../../domain/ContentPart.ts"

/**
 * What can be told of some media without fetching anything: the bytes, where they are in the request (of a `data:` URI
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
