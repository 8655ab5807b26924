import * as Result from "effect/Result"
import type { MediaData } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import * as MediaType from "../../domain/MediaType.ts"
import { inlineOf, type MediaPart } from "../wire/request/MediaInput.ts"
import { compact, isObject, object, setOf, text, unknownFields, type WireObject } from "../wire/WireObject.ts"
import { OwnFields } from "../wire/request/OwnFields.ts"

/** The protocol's id: `providerOptions` and provider parts under it belong to its wire objects. */
export const protocolId = "bedrock-converse"

export const own = new OwnFields(protocolId)

type MediaKind = (typeof mediaKinds)[number]

/** The kinds of blocks that hold media, in the order in which a block is decoded and a file extension is guessed. */
export const mediaKinds = ["image", "document", "video", "audio"] as const

/** Fails with a reason if the part cannot be sent. `name` makes the required name of a document from its title. */
export const encodeMedia = (
  part: MediaPart,
  name: (title: string | undefined) => string
): Result.Result<WireObject, string> =>
  Result.flatMap(sourceOf(part.data, part.mediaType), ({ mediaType: knownType, source }) => {
    const kind = kindOf(part, knownType)
    if (kind !== "document" && source.text !== undefined) return Result.fail(`text is not ${kind} content`)
    const mediaType = knownType ?? (source.text === undefined ? undefined : "text/plain")
    if (mediaType === undefined) return Result.fail(`${kind} content needs a mediaType, such as image/png`)
    const format =
      formatOf(kind, mediaType) ?? (kind === "document" && mediaType.startsWith("text/") ? "txt" : undefined)
    if (format === undefined) return Result.fail(`Bedrock does not accept ${kind} content of type ${mediaType}`)
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

interface Source {
  readonly mediaType: string | undefined
  readonly source: WireObject
}

const sourceOf = (data: MediaData, mediaType: string | undefined): Result.Result<Source, string> => {
  if (typeof data === "object" && "text" in data) return Result.succeed({ mediaType, source: { text: data.text } })
  if (data instanceof Uint8Array || (typeof data === "string" && data.startsWith("data:"))) {
    const { base64, mediaType: type } = inlineOf(data, mediaType)
    return Result.succeed({ mediaType: type, source: { bytes: base64 } })
  }
  const uri = typeof data === "string" ? data : data.fileId
  return uri.startsWith("s3://")
    ? Result.succeed({ mediaType: mediaType ?? guess(uri), source: { s3Location: { uri } } })
    : Result.fail("Bedrock accepts bytes and s3:// URLs, not other files or URLs")
}

/** The type of an object in S3, by its extension. */
const guess = (uri: string): string | undefined => {
  const extension = /\.([a-z0-9]+)$/i.exec(uri)?.[1]?.toLowerCase() ?? ""
  const format = extension === "jpg" ? "jpeg" : extension
  return mediaKinds.map((kind) => mediaTypeOf(kind, format)).find((mediaType) => mediaType !== undefined)
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

const mediaKeys = setOf("format source")
const documentKeys = setOf("format source name context citations")
const sourceKeys = setOf("bytes text s3Location")
const locationKeys = setOf("uri")

/** The media of this kind in a block; none where its source is one that the domain has no form for, or failed. */
export const decodeMedia = (kind: MediaKind, block: WireObject): MediaPart | undefined => {
  const media = object(block[kind]) ?? {}
  const source = object(media.source)
  const format = text(media.format)
  if (source === undefined || unknownFields(source, sourceKeys) !== undefined || isObject(media.error)) return undefined
  const mediaType = format === undefined ? undefined : mediaTypeOf(kind, format)
  if (format !== undefined && mediaType === undefined) return undefined
  const data = decodeSource(source, mediaType)
  if (data === undefined) return undefined
  const citations = object(media.citations)?.enabled
  const name = text(media.name)
  const options: Record<string, Json> = { ...unknownFields(media, kind === "document" ? documentKeys : mediaKeys) }
  if (kind === "document" && format === undefined) options.format = null
  else if (mediaType !== undefined && formatOf(kind, mediaType) !== format) options.format = format ?? null
  if (name !== undefined && documentName(name) !== name) options.name = name
  const location = unknownFields(object(source.s3Location) ?? {}, locationKeys)
  if (location !== undefined) options.source = { s3Location: location }
  const providerOptions = Object.keys(options).length === 0 ? undefined : own.options({ [kind]: options })
  if (kind === "image" || kind === "audio") return { type: kind, data, ...compact({ mediaType, providerOptions }) }
  return {
    type: "file",
    data,
    ...compact({
      mediaType,
      title: name,
      context: text(media.context),
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

/**
 * The formats of each kind and their media types. Where two formats have one type, the first is written.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
 */
const formats: { readonly [kind in MediaKind]: { readonly [format: string]: string } } = {
  image: { png: "image/png", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp" },
  audio: {
    mp3: "audio/mpeg",
    wav: "audio/wav",
    aac: "audio/aac",
    flac: "audio/flac",
    ogg: "audio/ogg",
    opus: "audio/opus",
    m4a: "audio/mp4",
    webm: "audio/webm",
    pcm: "audio/pcm",
    mka: "audio/x-matroska",
    "x-aac": "audio/x-aac",
    mp4: "audio/mp4",
    mpeg: "audio/mpeg",
    mpga: "audio/mpeg",
    mkv: "audio/x-matroska"
  },
  video: {
    mp4: "video/mp4",
    mov: "video/quicktime",
    mkv: "video/x-matroska",
    webm: "video/webm",
    flv: "video/x-flv",
    mpeg: "video/mpeg",
    mpg: "video/mpeg",
    wmv: "video/x-ms-wmv",
    three_gp: "video/3gpp"
  },
  document: {
    pdf: "application/pdf",
    txt: "text/plain",
    md: "text/markdown",
    html: "text/html",
    csv: "text/csv",
    doc: "application/msword",
    docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    xls: "application/vnd.ms-excel",
    xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
  }
}

const synonyms: { readonly [mediaType: string]: string } = {
  "audio/mp3": "audio/mpeg",
  "text/x-markdown": "text/markdown"
}

const formatOf = (kind: MediaKind, mediaType: string): string | undefined => {
  const canonical = MediaType.canonical(mediaType)
  const wanted = Object.hasOwn(synonyms, canonical) ? synonyms[canonical] : canonical
  return Object.keys(formats[kind]).find((format) => formats[kind][format] === wanted)
}

const mediaTypeOf = (kind: MediaKind, format: string): string | undefined =>
  Object.hasOwn(formats[kind], format) ? formats[kind][format] : undefined
