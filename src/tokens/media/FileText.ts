import type { FilePart } from "../../domain/ContentPart.ts"
import { mediaBytes } from "./MediaBytes.ts"

/** The text of a file that is text and lies in the request; `undefined` for any other. */
export const fileText = ({ data, mediaType }: FilePart): string | undefined => {
  if (typeof data === "object" && "text" in data) return data.text
  const type = mediaType ?? (typeof data === "string" ? /^data:([^;,]*)/.exec(data)?.[1] : undefined) ?? ""
  if (!/^(?:text\/|application\/(?:json|xml|javascript|yaml))/.test(type)) return undefined
  const media = mediaBytes(data)
  return media === undefined ? undefined : new TextDecoder().decode(media.bytes)
}
