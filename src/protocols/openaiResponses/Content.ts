import type { AudioPart, ContentPart, FilePart, ImagePart, TextPart } from "../../domain/ContentPart.ts"
import { base64Of, documentText, urlOf } from "../wire/DataUrl.ts"
import { uncommonImage } from "../wire/MediaInput.ts"
import type { Issues } from "../wire/Issues.ts"
import { withOptions } from "../wire/ProviderOptionsPatch.ts"
import type { OpenAiResponsesQuirks } from "./OpenAiResponsesQuirks.ts"
import { compact, isObject, protocolId, type WireObject } from "./wire/Wire.ts"

type InputPart = TextPart | ImagePart | AudioPart | FilePart

/** Writes what a model reads: the parts of messages and of results. */
export class ContentEncoder {
  readonly #provider: string
  readonly #quirks: OpenAiResponsesQuirks
  readonly #objections: Issues
  #isWarned = false

  constructor(options: { readonly provider: string; readonly quirks: OpenAiResponsesQuirks; readonly issues: Issues }) {
    this.#provider = options.provider
    this.#quirks = options.quirks
    this.#objections = options.issues
  }

  /** A part, or none where it was dropped. */
  part(part: InputPart, at: string): WireObject | undefined {
    const wire = this.#bare(part, at)
    if (wire === undefined) return undefined
    return withOptions({ ...wire, ...this.#mark(part) }, part.providerOptions, protocolId, this.#provider)
  }

  /** Parts as the wire has them: one text with nothing else to say is a bare string. */
  parts(parts: ReadonlyArray<ContentPart>, at: string): string | ReadonlyArray<WireObject> {
    const content = parts.flatMap((part, index): ReadonlyArray<WireObject> | WireObject => {
      const here = `${at}[${index}]`
      if (part.type === "text" || part.type === "image" || part.type === "audio" || part.type === "file") {
        return this.part(part, here) ?? []
      }
      if (part.type === "provider") return part.protocol === protocolId && isObject(part.value) ? part.value : []
      this.#objections.content(here, `the Responses API does not take ${part.type} content here`)
      return []
    })
    const [first, ...more] = content
    return first?.type === "input_text" && more.length === 0 && Object.keys(first).length === 2
      ? String(first.text)
      : content
  }

  #mark({ cacheControl }: InputPart): WireObject {
    if (cacheControl === undefined) return {}
    if (this.#quirks.cacheControl === "prompt_cache_breakpoint")
      return { prompt_cache_breakpoint: { mode: "explicit" } }
    this.warnOfMark()
    return {}
  }

  /** Says, once, that a mark of a prefix to cache was left out. */
  warnOfMark(): void {
    if (!this.#isWarned) {
      this.#objections.warn("unsupported-content", "cacheControl", "the server decides by itself what it caches")
    }
    this.#isWarned = true
  }

  #bare(part: InputPart, at: string): WireObject | undefined {
    switch (part.type) {
      case "text":
        return { type: "input_text", text: part.text }
      case "image":
        return this.#image(part, at)
      case "audio":
        return this.#audio(part, at)
      case "file":
        return encodeFile(part)
    }
  }

  #image({ data, detail, mediaType }: ImagePart, at: string): WireObject | undefined {
    const image_url = urlOf(data, mediaType)
    const file_id = isObject(data) && "fileId" in data ? String(data.fileId) : undefined
    if (image_url === undefined && file_id === undefined) {
      return void this.#objections.content(at, "an image is given by bytes, by a URL or by the id of an uploaded file")
    }
    const uncommon = uncommonImage({ data, mediaType })
    if (uncommon !== undefined) return void this.#objections.content(at, uncommon)
    return compact({ type: "input_image", image_url, file_id, detail })
  }

  #audio({ data, mediaType }: AudioPart, at: string): WireObject | undefined {
    const audio = base64Of(data, mediaType)
    if (audio === undefined || !this.#quirks.audioInput) {
      return void this.#objections.content(at, "the server takes no recordings, or only their bytes")
    }
    const format = (audio.mediaType ?? "").replace(/^audio\/(x-)?|;.*/g, "")
    return { type: "input_audio", input_audio: { data: audio.base64, format: format === "mpeg" ? "mp3" : format } }
  }
}

/** A document that is given as text goes as text. */
const encodeFile = (part: FilePart): WireObject => {
  const { data, fileName, mediaType, title } = part
  if (isObject(data) && "text" in data) return { type: "input_text", text: documentText(part) ?? "" }
  if (isObject(data) && "fileId" in data) return { type: "input_file", file_id: data.fileId }
  const url = urlOf(data, mediaType) ?? ""
  const type = mediaType ?? /^data:([^;,]+)/.exec(url)?.[1]
  const filename = fileName ?? title
  return url.startsWith("data:")
    ? {
        type: "input_file",
        filename: filename ?? (type === undefined || type === "application/pdf" ? "file.pdf" : "file"),
        file_data: url
      }
    : compact({ type: "input_file", filename, file_url: url })
}
