import * as Predicate from "effect/Predicate"
import type { MediaData } from "../../domain/ContentPart.ts"
import { type ImageRule, imageSize, imageTokens } from "../../tokens/media/ImageRule.ts"
import { fileText, mediaBytes } from "../../tokens/media/MediaBytes.ts"
import { textTokens } from "./TextTokens.ts"

type Medium = "image" | "audio" | "video" | "file"

/** Where a JPEG tells its size at the latest, after its metadata. */
const header = 0x4_0000
const imageRule: ImageRule = { id: "estimate", type: "area", patch: 28, edge: 1568, most: 1568, error: 1, source: "" }
/** 128 kbit/s of sound, 2 Mbit/s of film, 50 kB for a page. */
const bytesPerUnit = { audio: 16_000, video: 250_000, file: 50_000 }
const tokensPerUnit = { audio: 32, video: 263, file: 2250 }
/** Of what lies elsewhere: a minute, five pages. */
const typicalUnits = { audio: 60, video: 60, file: 5 }
const typicalImage = { width: 1024, height: 1024 }

/** The tokens of a part of a message, or of an input image. */
export const partTokens = (medium: "image" | "audio" | "file", part: unknown): number => {
  if (!Predicate.isObject(part)) return dataTokens(medium, part)
  const mediaType = typeof part.mediaType === "string" ? part.mediaType : undefined
  return dataTokens(medium === "file" ? (mediumOf(mediaType) ?? medium) : medium, part.data, mediaType)
}

const mediumOf = (mediaType: string | undefined): Medium | undefined => {
  const kind = mediaType?.slice(0, mediaType.indexOf("/"))
  return kind === "image" || kind === "audio" || kind === "video" ? kind : undefined
}

/** The tokens of media by its bytes, if they are there. */
export const dataTokens = (medium: Medium, data: unknown, mediaType?: string): number => {
  if (!isMediaData(data)) return 0
  if (medium === "image") {
    const bytes = mediaBytes(data, header)?.bytes
    return Math.max(1, imageTokens(imageRule, (bytes && imageSize(bytes)) ?? typicalImage))
  }
  const text = medium === "file" ? fileText({ type: "file", data, mediaType }) : undefined
  if (text !== undefined) return textTokens(text)
  const size = mediaBytes(data, 0)?.size
  const units = size === undefined ? typicalUnits[medium] : Math.max(1, size / bytesPerUnit[medium])
  return Math.ceil(units * tokensPerUnit[medium])
}

const isMediaData = (u: unknown): u is MediaData => typeof u === "string" || Predicate.isObject(u)
