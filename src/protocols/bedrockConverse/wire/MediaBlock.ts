import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { AudioPart, FilePart, ImagePart, MediaData } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import { formatOf, type MediaKind, mediaTypeOf } from "./MediaFormat.ts"
import { unknownFields, compact, isObject, object, protocolId, text, type WireObject } from "./Wire.ts"

type MediaPart = ImagePart | AudioPart | FilePart

interface Source {
  readonly mediaType: string | undefined
  readonly source: WireObject
}

/**
 * Writes an image, a recording, a video or a document; what cannot be said is told in words. `name` makes the name of
 * a document, which the wire demands, from what the part says.
 */
export const encodeMedia = (
  part: MediaPart,
  name: (title: string | undefined) => string
): Result.Result<WireObject, string> =>
  Result.flatMap(sourceOf(part.data, part.mediaType), ({ mediaType, source }) => {
    const kind = kindOf(part, mediaType)
    if (kind !== "document" && source.text !== undefined) return Result.fail(`text is not ${kind} content`)
    const said = mediaType ?? (source.text === undefined ? undefined : "text/plain")
    if (said === undefined) return Result.fail(`${kind} content needs a mediaType, such as image/png`)
    const format = formatOf(kind, said) ?? (kind === "document" && said.startsWith("text/") ? "txt" : undefined)
    if (format === undefined) return Result.fail(`Bedrock takes no ${kind} content of type ${said}`)
    if (part.type !== "file" || kind !== "document") return Result.succeed({ [kind]: { format, source } })
    return Result.succeed({
      document: compact({
        format,
        name: name(part.title ?? part.fileName),
        source,
        context: part.context,
        citations: part.citations === undefined ? undefined : { enabled: part.citations }
      })
    })
  })

const kindOf = (part: MediaPart, mediaType: string | undefined): MediaKind => {
  if (part.type !== "file") return part.type
  const major = mediaType?.split("/", 1)[0]
  return major === "image" || major === "audio" || major === "video" ? major : "document"
}

const sourceOf = (data: MediaData, mediaType: string | undefined): Result.Result<Source, string> => {
  if (data instanceof Uint8Array) return Result.succeed({ mediaType, source: { bytes: Base64.encode(data) } })
  if (typeof data !== "string" && "text" in data) return Result.succeed({ mediaType, source: { text: data.text } })
  const address = typeof data === "string" ? data : data.fileId
  if (address.startsWith("s3://")) {
    return Result.succeed({ mediaType: mediaType ?? guess(address), source: { s3Location: { uri: address } } })
  }
  if (!address.startsWith("data:"))
    return Result.fail("Bedrock takes bytes and s3:// addresses, no other files or URLs")
  const comma = address.indexOf(",")
  const header = address.slice("data:".length, comma)
  const content = address.slice(comma + 1)
  const type = header.split(";", 1)[0] || mediaType || "text/plain"
  if (header.endsWith(";base64")) return Result.succeed({ mediaType: type, source: { bytes: content } })
  const plain = Result.getOrElse(
    Result.try(() => decodeURIComponent(content)),
    () => content
  )
  return Result.succeed({ mediaType: type, source: { bytes: Base64.encode(plain) } })
}

/** An object in S3 is known by its extension. */
const guess = (uri: string): string | undefined => {
  const extension = /\.([a-z0-9]+)$/i.exec(uri)?.[1]?.toLowerCase()
  if (extension === undefined) return undefined
  const format = extension === "jpg" ? "jpeg" : extension
  const kinds: ReadonlyArray<MediaKind> = ["image", "document", "video", "audio"]
  const kind = kinds.find((kind) => mediaTypeOf(kind, format) !== undefined)
  return kind === undefined ? undefined : mediaTypeOf(kind, format)
}

/**
 * A name that Bedrock takes for a document: letters, digits, single blanks, hyphens, parentheses and brackets.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
 */
export const documentName = (title: string | undefined): string =>
  (title ?? "")
    .replaceAll(/[^A-Za-z0-9\s\-()[\]]+/g, "-")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 200) || "document"

const mediaKeys = new Set(["format", "source"])
const documentKeys = new Set(["format", "source", "name", "context", "citations"])
const sourceKeys = new Set(["bytes", "text", "s3Location"])

/** The kinds of blocks that hold a medium. */
export const mediaKinds: ReadonlyArray<MediaKind> = ["image", "document", "video", "audio"]

/**
 * A medium as a part; none where its source is of a kind that the domain has no form for (text in pieces), or failed.
 */
export const decodeMedia = (kind: MediaKind, block: WireObject): MediaPart | undefined => {
  const source = object(block.source)
  const format = text(block.format)
  if (source === undefined || unknownFields(source, sourceKeys) !== undefined || isObject(block.error)) return undefined
  const mediaType = format === undefined ? undefined : mediaTypeOf(kind, format)
  if (format !== undefined && mediaType === undefined) return undefined
  const data = decodeSource(source, mediaType)
  if (data === undefined) return undefined
  const citations = object(block.citations)?.enabled
  const name = text(block.name)
  const rest: Record<string, Json> = { ...unknownFields(block, kind === "document" ? documentKeys : mediaKeys) }
  if (kind === "document" && format === undefined) rest.format = null
  else if (mediaType !== undefined && formatOf(kind, mediaType) !== format) rest.format = format ?? null
  if (name !== undefined && documentName(name) !== name) rest.name = name
  const location = unknownFields(object(source.s3Location) ?? {}, new Set(["uri"]))
  if (location !== undefined) rest.source = { s3Location: location }
  const providerOptions = Object.keys(rest).length === 0 ? undefined : { [protocolId]: { [kind]: rest } }
  if (kind === "image" || kind === "audio") return { type: kind, data, ...compact({ mediaType, providerOptions }) }
  return {
    type: "file",
    data,
    ...compact({
      mediaType,
      title: name,
      context: text(block.context),
      citations: typeof citations === "boolean" ? citations : undefined,
      providerOptions
    })
  }
}

const decodeSource = (source: WireObject, mediaType: string | undefined): MediaData | undefined => {
  if (typeof source.bytes === "string") return `data:${mediaType ?? ""};base64,${source.bytes}`
  if (typeof source.text === "string") return { text: source.text }
  return text(object(source.s3Location)?.uri)
}
