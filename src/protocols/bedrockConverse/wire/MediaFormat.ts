/** What a block of content shows. */
export type MediaKind = "image" | "audio" | "video" | "document"

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

const aliases: { readonly [mediaType: string]: string } = {
  "image/jpg": "image/jpeg",
  "audio/mp3": "audio/mpeg",
  "audio/x-wav": "audio/wav",
  "audio/wave": "audio/wav",
  "audio/x-m4a": "audio/mp4",
  "audio/m4a": "audio/mp4",
  "text/x-markdown": "text/markdown"
}

/** The wire's word for a media type, parameters aside; none where Bedrock has none. */
export const formatOf = (kind: MediaKind, mediaType: string): string | undefined => {
  const bare = mediaType.replace(/;.*$/s, "").trim().toLowerCase()
  const type = Object.hasOwn(aliases, bare) ? aliases[bare] : bare
  return Object.keys(formats[kind]).find((format) => formats[kind][format] === type)
}

/** The media type of a format; none for one that is not known. */
export const mediaTypeOf = (kind: MediaKind, format: string): string | undefined =>
  Object.hasOwn(formats[kind], format) ? formats[kind][format] : undefined
