import * as Result from "effect/Result"
import * as Base64 from "effect/encoding/Base64"
import type { ContentPart, FilePart, MediaData } from "../../../domain/ContentPart.ts"
import * as MediaType from "../../../domain/MediaType.ts"
import { mapSame } from "./ToolIdentifiers.ts"
import { compact, isObject, type WireObject } from "../WireObject.ts"

/** Bytes or a URL, and their media type. */
export interface MediaInput {
  readonly data: MediaData
  readonly mediaType?: string | undefined
}

/** A part with a medium as its `data`. */
export type MediaPart = Extract<ContentPart, { readonly data: MediaData }>

/** The scheme of a URL; a single letter before the colon is a drive. */
const scheme = /^[a-z][a-z0-9+.-]+:/i

const dataUrl = /^data:([^,]*),/i

/**
 * The medium with its media type by its usual name, read from the first bytes where the caller gave none; or what is wrong
 * with it. Base64 is accepted in a `data:` URL only.
 */
export const canonical = (input: MediaInput): Result.Result<MediaInput, string> => {
  const { data } = input
  const given = input.mediaType === undefined || input.mediaType === "" ? undefined : typeOf(input.mediaType)
  if (data instanceof Uint8Array) {
    const mediaType = sniffed(given, () => MediaType.sniff(data))
    return Result.succeed(withMedia(input, data, mediaType))
  }
  if (typeof data !== "string") return Result.succeed(withMedia(input, data, given))
  if (/^(?:file|blob):/i.test(data)) return Result.fail("the provider cannot fetch that URL; pass the bytes")
  if (!/^data:/i.test(data)) {
    return scheme.test(data)
      ? Result.succeed(withMedia(input, data, given))
      : Result.fail("the data is neither bytes nor a URL; put Base64 in a data: URL, data:image/png;base64,...")
  }
  const [head = "", meta = ""] = dataUrl.exec(data) ?? []
  if (head === "") return Result.fail("the data: URL has no comma before its data")
  const isBase64 = /;\s*base64\s*$/i.test(meta)
  const named = meta.replace(/;\s*base64\s*$/i, "")
  const content = data.slice(head.length)
  if (!isBase64) return Result.succeed(withMedia(input, data, given))
  const base64 = /[^A-Za-z0-9+/=]/.test(content.slice(0, 4096)) ? plainBase64(content) : content
  if (base64 === undefined) return Result.fail("the data of the data: URL is not Base64")
  const type = sniffed(named === "" ? given : typeOf(named), () => MediaType.sniffBase64(base64))
  const url = `data:${type ?? ""};base64,`
  return Result.succeed(withMedia(input, url === head && base64 === content ? data : url + base64, given))
}

/** The media type, or the one that the bytes begin like where it is missing or generic. */
const sniffed = (mediaType: string | undefined, sniff: () => string | undefined): string | undefined =>
  mediaType === undefined || MediaType.isGeneric(mediaType) ? (sniff() ?? mediaType) : mediaType

/** Parameters are kept of text that is not UTF-8; providers refuse them of other media. */
const typeOf = (mediaType: string): string =>
  /^text\/.{1,80};(?!\s*charset="?utf-?8"?\s*$)/i.test(mediaType) ? mediaType : MediaType.canonical(mediaType)

/** Base64 from text with line breaks or in the alphabet for URLs. */
const plainBase64 = (text: string): string | undefined => {
  const plain = text
    .replaceAll(/\s|%0[ad]/gi, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replaceAll(/%2b/gi, "+")
  return /^[A-Za-z0-9+/]*={0,2}$/.test(plain) ? plain : undefined
}

const withMedia = (input: MediaInput, data: MediaData, mediaType: string | undefined): MediaInput =>
  data === input.data && mediaType === input.mediaType ? input : { data, mediaType }

/** The part with its medium in canonical form, and the media of a tool result. */
export const canonicalPart = (part: ContentPart): Result.Result<ContentPart, string> => {
  if (part.type === "tool-result" && typeof part.output !== "string") {
    let output: Array<(typeof part.output)[number]> | undefined
    for (const [index, inner] of part.output.entries()) {
      if (inner.type === "text") continue
      const media = canonicalMedia(inner)
      if (Result.isFailure(media)) return Result.fail(`output[${index}]: ${media.failure}`)
      if (media.success === inner) continue
      output ??= part.output.slice()
      output[index] = media.success
    }
    return Result.succeed(output === undefined ? part : { ...part, output })
  }
  return "data" in part ? Result.map(canonicalMedia(part), ofItsKind) : Result.succeed(part)
}

/** An image or audio that was given as a file becomes a part of its kind; so does a document given as an image. */
const ofItsKind = (part: MediaPart): MediaPart => {
  const { cacheControl, data, mediaType, providerOptions, type } = part
  if (mediaType === undefined && typeof data !== "string") return part
  const kind = mediaType ?? (typeof data === "string" ? /^data:([^;,]*)/.exec(data)?.[1] : undefined) ?? ""
  const isAtHand = data instanceof Uint8Array || (typeof data === "string" && data.startsWith("data:"))
  const partType = /^(image|audio)\//.exec(kind)?.[1] ?? (kind === "application/pdf" ? "file" : type)
  if (!isAtHand || partType === type) return part
  return { type: partType, ...compact({ data, mediaType, cacheControl, providerOptions }) } as MediaPart
}

const canonicalMedia = <Part extends MediaPart>(part: Part): Result.Result<Part, string> =>
  Result.map(canonical(part), (input) =>
    input === part
      ? part
      : { ...part, data: input.data, ...(input.mediaType === undefined ? {} : { mediaType: input.mediaType }) }
  )

/**
 * A request for something other than a chat with its media as all protocols read them: images to edit, and the parts of
 * what is embedded or judged.
 */
export const canonicalCall = <Request extends object>(
  request: Request
): Result.Result<Request, { readonly at: string; readonly detail: string }> => {
  const { images, inputs, mask }: { readonly images?: unknown; readonly inputs?: unknown; readonly mask?: unknown } =
    request
  let wrong: { readonly at: string; readonly detail: string } | undefined
  const read = (u: unknown, at: string): unknown => {
    if (!isMedia(u)) return u
    const made = canonical(u)
    if (Result.isSuccess(made)) return made.success === u ? u : { ...u, ...made.success }
    wrong ??= { at, detail: made.failure }
    return u
  }
  const readAll = (u: unknown, at: string): unknown =>
    Array.isArray(u) ? mapSame(u as ReadonlyArray<unknown>, (one, index) => read(one, `${at}[${index}]`)) : u
  const inner = (u: unknown, at: string): unknown => {
    const content = isObject(u) ? readAll(u.content, `${at}.content`) : undefined
    return isObject(u) && content !== u.content ? { ...u, content } : u
  }
  const made = {
    images: readAll(images, "images"),
    mask: read(mask, "mask"),
    inputs: Array.isArray(inputs)
      ? mapSame(inputs as ReadonlyArray<unknown>, (one, index) => inner(one, `inputs[${index}]`))
      : inputs
  }
  if (wrong !== undefined) return Result.fail(wrong)
  const isSame = made.images === images && made.mask === mask && made.inputs === inputs
  return Result.succeed(isSame ? request : Object.assign({}, request, compact(made)))
}

const isMedia = (u: unknown): u is MediaInput & WireObject =>
  isObject(u) && u.type !== "text" && (typeof u.data === "string" || u.data instanceof Uint8Array)

/** The image types that Anthropic, OpenAI, Mistral and Cohere document. */
const images = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"])

/**
 * What is wrong with the type of an image whose bytes are at hand, for providers that take the four common ones.
 *
 * Sources: https://platform.claude.com/docs/en/build-with-claude/vision,
 * https://platform.openai.com/docs/guides/images-vision, https://docs.mistral.ai/capabilities/vision and
 * https://docs.cohere.com/docs/image-inputs
 */
export const uncommonImage = ({ data, mediaType }: MediaInput): string | undefined => {
  const inline = typeof data === "string" ? /^data:([^;,]+)/i.exec(data)?.[1] : undefined
  const type = data instanceof Uint8Array ? mediaType : inline
  return type === undefined || images.has(type)
    ? undefined
    : `an image must be PNG, JPEG, GIF or WebP here, not ${type}; convert it first`
}

/** The URL of media, or a `data:` URL for bytes; `undefined` for stored files. */
export const urlOf = (data: MediaData, mediaType: string | undefined): string | undefined =>
  typeof data === "string"
    ? data
    : data instanceof Uint8Array
      ? `data:${mediaType ?? "application/octet-stream"};base64,${Base64.encode(data)}`
      : undefined

/** Bytes in Base64, and their media type if known; `undefined` if the bytes are not at hand. */
export const base64Of = (
  data: MediaData,
  mediaType: string | undefined
): { readonly base64: string; readonly mediaType: string | undefined } | undefined => {
  if (data instanceof Uint8Array) return { base64: Base64.encode(data), mediaType }
  const [head, named] = (typeof data === "string" && /^data:([^;,]*)(?:;[^;,]*)*?;base64,/i.exec(data)) || []
  return head === undefined ? undefined : { base64: String(data).slice(head.length), mediaType: named || mediaType }
}

/** The same of any `data:` URL: one that is not in Base64 is percent-encoded, and without a type it is plain text. */
export const inlineOf = (
  data: Uint8Array | string,
  mediaType: string | undefined
): { readonly base64: string; readonly mediaType: string | undefined } => {
  if (data instanceof Uint8Array) return { base64: Base64.encode(data), mediaType }
  const inline = base64Of(data, mediaType)
  if (inline !== undefined) return { base64: inline.base64, mediaType: inline.mediaType ?? "text/plain" }
  const comma = data.indexOf(",")
  const content = data.slice(comma + 1)
  const bytes = Result.getOrElse(
    Result.try(() => decodeURIComponent(content)),
    () => content
  )
  const named = data.slice("data:".length, comma).split(";", 1)[0]
  return { base64: Base64.encode(bytes), mediaType: named || mediaType || "text/plain" }
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
  if (data instanceof Uint8Array) return MediaType.isText(mediaType) ? new TextDecoder().decode(data) : undefined
  if (typeof data !== "string" || !data.startsWith("data:")) return undefined
  const inline = base64Of(data, mediaType)
  if (inline !== undefined) {
    const { base64 } = inline
    return MediaType.isText(inline.mediaType) ? Result.getOrUndefined(Base64.decodeString(base64)) : undefined
  }
  const [head, named = "text/plain"] = /^data:([^;,]+)?(?:;[^,]*)?,/.exec(data) ?? []
  return head !== undefined && MediaType.isText(named)
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
