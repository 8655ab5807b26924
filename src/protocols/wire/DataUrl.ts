import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import { isText } from "../../domain/MediaType.ts"
import type { FilePart, MediaData } from "../../domain/ContentPart.ts"
import { isObject } from "./Wire.ts"

/** The address of bytes or of a URL; none for what has no address. */
export const urlOf = (data: MediaData, mediaType: string | undefined): string | undefined =>
  typeof data === "string"
    ? data
    : data instanceof Uint8Array
      ? `data:${mediaType ?? "application/octet-stream"};base64,${Base64.encode(data)}`
      : undefined

/** Bytes in Base64, and what they are where that is known; none for what is not at hand. */
export const base64Of = (
  data: MediaData,
  mediaType: string | undefined
): { readonly base64: string; readonly mediaType: string | undefined } | undefined => {
  if (data instanceof Uint8Array) return { base64: Base64.encode(data), mediaType }
  const [head, named] = (typeof data === "string" && /^data:([^;,]*)(?:;[^;,]*)*?;base64,/i.exec(data)) || []
  return head === undefined ? undefined : { base64: String(data).slice(head.length), mediaType: named || mediaType }
}

/** How images begin, in Base64. */
const beginnings: ReadonlyArray<readonly [string, string]> = [
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"]
]

/** An image in Base64 as a `data:` URI. Its first bytes tell what it is; where they do not, it counts as PNG. */
export const imageUrl = (base64: string): string =>
  `data:${beginnings.find(([mark]) => base64.startsWith(mark))?.[1] ?? "image/png"};base64,${base64}`

/** A document that is plain text, without its title; none where it is not. */
export const textOf = ({ data, mediaType }: FilePart): string | undefined => {
  if (isObject(data) && "text" in data) return String(data.text)
  if (data instanceof Uint8Array) return isText(mediaType) ? new TextDecoder().decode(data) : undefined
  if (typeof data !== "string" || !data.startsWith("data:")) return undefined
  const inline = base64Of(data, mediaType)
  if (inline !== undefined) {
    const { base64 } = inline
    return isText(inline.mediaType) ? Result.getOrUndefined(Base64.decodeString(base64)) : undefined
  }
  const [head, named = "text/plain"] = /^data:([^;,]+)?(?:;[^,]*)?,/.exec(data) ?? []
  return head !== undefined && isText(named)
    ? Result.getOrUndefined(Result.try(() => decodeURIComponent(data.slice(head.length))))
    : undefined
}

/**
 * A document that is plain text, below its title and context, for protocols that have no documents; none where it is
 * not.
 */
export const documentText = (part: FilePart): string | undefined => {
  const text = textOf(part)
  const { context, fileName, title } = part
  return text === undefined
    ? undefined
    : [title ?? fileName, context, text].filter((line) => line !== undefined).join("\n\n")
}
