import type { AudioPart, FilePart, ImagePart, MediaData } from "../domain/ContentPart.ts"
import type { ModelRule } from "./ModelRule.ts"
import { estimated, exact, type TokenCount } from "./TokenCount.ts"
import { type ImageSize, imageTokens, imageSize } from "./media/ImageRule.ts"

import { mediaBytes, pdfPages, wavSeconds } from "./media/MediaBytes.ts"

const byRule = (tokens: number, { error, source }: { readonly error: number; readonly source: string }): TokenCount =>
  error === 0 ? exact(tokens) : estimated(tokens, error, [source])

/** How many tokens an image of this size has. */
export const image = (rule: ModelRule, size: ImageSize, detail?: string): TokenCount =>
  byRule(imageTokens(rule.image, size, detail), rule.image)

/** How many tokens a recording has, as a prompt or as part of a response. */
export const audio = (rule: ModelRule, seconds: number, from: "user" | "assistant" = "user"): TokenCount =>
  byRule(Math.ceil(seconds * (from === "user" ? rule.audio.input : rule.audio.output)), rule.audio)

/** How many tokens a film has. */
export const video = (rule: ModelRule, seconds: number): TokenCount =>
  byRule(Math.ceil(seconds * rule.video.perSecond), rule.video)

/** How many tokens a document of so many pages has. */
export const document = (rule: ModelRule, pages: number): TokenCount =>
  byRule(pages * rule.document.perPage, rule.document)

/** How far into a JPEG its size may be, after its metadata. */
const header = 0x4_0000
/** Assumed for media that would have to be fetched. */
const typical = { image: { width: 1024, height: 1024 }, seconds: 60, pages: 5 }
/** 128 kbit/s of sound, 2 Mbit/s of film. */
const bytesPerSecond = { audio: 16_000, video: 250_000 }
const bytesPerPage = 50_000
/** Of office documents (ZIP archives), of which the text is read: two recorded ones of 5 kB have 38 and 49 tokens. */
const office = { bytesPerToken: 110, error: 5 }

const guess = (count: TokenCount, expectedError: number, reason: string): TokenCount =>
  estimated(count.tokens, expectedError, [reason])

/**
 * How many tokens an image, a recording or a file of a message has; a file of text is the caller's to count. What is
 * not in the request itself (a URL, a file that the provider holds) counts as one of ordinary size, and says so.
 */
export const part = (
  rule: ModelRule,
  part: ImagePart | AudioPart | FilePart,
  from: "user" | "assistant"
): TokenCount => {
  const type = part.type === "file" && part.mediaType?.startsWith("video/") === true ? "video" : part.type
  switch (type) {
    case "image": {
      const bytes = mediaBytes(part.data, header)?.bytes
      const size = bytes === undefined ? undefined : imageSize(bytes)
      const detail = part.type === "image" ? part.detail : undefined
      return size === undefined
        ? guess(image(rule, typical.image, detail), 1, "an image of unknown size")
        : image(rule, size, detail)
    }
    case "audio": {
      const media = mediaBytes(part.data)
      const seconds = media === undefined ? undefined : wavSeconds(media.bytes)
      return seconds === undefined
        ? guess(audio(rule, lengthOf(part.data, "audio"), from), 1, "a recording of unknown length")
        : audio(rule, seconds, from)
    }
    case "video":
      return guess(video(rule, lengthOf(part.data, "video")), 1, "a video of unknown length")
    case "file": {
      const media = mediaBytes(part.data)
      if (media === undefined) return guess(document(rule, typical.pages), 1, "a document of unknown length")
      if (isZip(media.bytes)) {
        return guess(exact(Math.ceil(media.size / office.bytesPerToken)), office.error, "an office document")
      }
      const pages = pdfPages(media.bytes)
      return pages > 0
        ? document(rule, pages)
        : guess(document(rule, Math.ceil(media.size / bytesPerPage)), 1, "a document of unknown length")
    }
  }
}

const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b

const lengthOf = (data: MediaData, kind: "audio" | "video"): number => {
  const size = mediaBytes(data, 0)?.size
  return size === undefined ? typical.seconds : size / bytesPerSecond[kind]
}
