import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { AudioPart, ContentPart, FilePart, ImagePart, ProviderPart, TextPart } from "../../domain/ContentPart.ts"
import { InvalidRequestError } from "../../domain/CallErrors.ts"
import { checked } from "../wire/request/Issues.ts"
import { base64Of, documentText, uncommonImage, urlOf } from "../wire/request/MediaInput.ts"
import { nullable, type RequestContext } from "../wire/request/RequestCodec.ts"
import { array, compact, isObject, text, unknownFields, type WireObject } from "../wire/WireObject.ts"
import { own } from "./Items.ts"

export type Decoded<A> = Result.Result<A, InvalidRequestError>

/** How servers differ in the messages that they accept. */
export interface MessageQuirks {
  /** The role of instructions. Default `system`. */
  readonly systemRole: "system" | "developer"
  /**
   * How the end of a prompt prefix to cache is marked on parts. Default `none`: the server caches by itself and the
   * mark is left out with a warning. `prompt_cache_breakpoint` is OpenAI's, for gpt-5.6 and later.
   * Source: https://developers.openai.com/api/docs/guides/prompt-caching
   */
  readonly cacheControl: "none" | "prompt_cache_breakpoint"
  /** Whether the server takes recordings (`input_audio`), as OpenRouter does. Default false. */
  readonly audioInput: boolean
}

type InputPart = TextPart | ImagePart | AudioPart | FilePart

/** Writes the parts of messages and of tool results. */
export class ContentEncoder {
  readonly #context: RequestContext<MessageQuirks>
  #hasWarned = false

  constructor(context: RequestContext<MessageQuirks>) {
    this.#context = context
  }

  /** A single plain text is a bare string. */
  parts(parts: ReadonlyArray<ContentPart>, at: string): string | ReadonlyArray<WireObject> {
    const content = parts.flatMap((part, index): ReadonlyArray<WireObject> | WireObject => {
      const partAt = `${at}[${index}]`
      if (part.type === "text" || part.type === "image" || part.type === "audio" || part.type === "file") {
        return this.part(part, partAt) ?? []
      }
      if (part.type === "provider") return own.value(part) ?? []
      this.#context.issues.content(partAt, `the Responses API does not accept ${part.type} content here`)
      return []
    })
    const [first, ...more] = content
    const isBare = first?.type === "input_text" && more.length === 0 && Object.keys(first).length === 2
    return isBare ? String(first.text) : content
  }

  /** Warns once that a cache mark is left out. */
  warnOfMark(): void {
    if (!this.#hasWarned) {
      this.#context.issues.warn("unsupported-content", "cacheControl", "the server decides by itself what to cache")
    }
    this.#hasWarned = true
  }

  part(part: InputPart, at: string): WireObject | undefined {
    const wire = this.#withoutOptions(part, at)
    return wire && this.#context.withOptions({ ...wire, ...this.#mark(part) }, part.providerOptions)
  }

  #mark({ cacheControl }: InputPart): WireObject {
    if (cacheControl === undefined) return {}
    if (this.#context.quirks.cacheControl === "prompt_cache_breakpoint")
      return { prompt_cache_breakpoint: { mode: "explicit" } }
    this.warnOfMark()
    return {}
  }

  #withoutOptions(part: InputPart, at: string): WireObject | undefined {
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
    const file_id = isObject(data) && "fileId" in data ? data.fileId : undefined
    const issue =
      image_url === undefined && file_id === undefined
        ? "an image must be bytes, a URL or the id of an uploaded file"
        : uncommonImage({ data, mediaType })
    if (issue !== undefined) return void this.#context.issues.content(at, issue)
    return compact({ type: "input_image", image_url, file_id, detail })
  }

  #audio({ data, mediaType }: AudioPart, at: string): WireObject | undefined {
    const audio = base64Of(data, mediaType)
    if (audio === undefined || !this.#context.quirks.audioInput) {
      return void this.#context.issues.content(at, "the server accepts no audio, or only its bytes")
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
  const filename = fileName ?? title
  if (!url.startsWith("data:")) return compact({ type: "input_file", filename, file_url: url })
  const type = mediaType ?? /^data:([^;,]+)/.exec(url)?.[1]
  const defaultName = type === undefined || type === "application/pdf" ? "file.pdf" : "file"
  return { type: "input_file", filename: filename ?? defaultName, file_data: url }
}

export const Text = Schema.Struct({ text: Schema.String })
export const Refusal = Schema.Struct({ refusal: Schema.String })
const Image = Schema.Struct({
  image_url: nullable(Schema.String),
  file_id: nullable(Schema.String),
  detail: nullable(Schema.String)
})
const File = Schema.Struct({
  file_id: nullable(Schema.String),
  file_url: nullable(Schema.String),
  file_data: nullable(Schema.String),
  filename: nullable(Schema.String)
})
const Audio = Schema.Struct({ input_audio: Schema.Struct({ data: Schema.String, format: Schema.String }) })

const keysOf = (body: { readonly fields: object }, ...more: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(["type", ...Object.keys(body.fields), ...more])

const textKeys = keysOf(Text, "annotations", "logprobs")
const imageKeys = keysOf(Image)
const fileKeys = keysOf(File)
const audioKeys = keysOf(Audio)

/** Parts of unknown types stay as they are if they are named like input. */
export const decodeContent = (content: unknown, at: string): Decoded<ReadonlyArray<InputPart | ProviderPart>> =>
  Result.gen(function* () {
    if (typeof content === "string") return [{ type: "text", text: content }]
    const parts: Array<InputPart | ProviderPart> = []
    for (const [index, part] of array(content).entries()) {
      if (isObject(part)) parts.push(yield* decodePart(part, `${at}[${index}]`))
    }
    return parts
  })

const decodePart = (part: WireObject, at: string): Decoded<InputPart | ProviderPart> =>
  Result.gen(function* () {
    switch (part.type) {
      case "input_text":
      case "output_text":
      case "text": {
        const { text } = yield* checked(Text, part, at)
        return { type: "text", text, ...promptFields(part, textKeys) }
      }
      case "input_image": {
        const { detail, file_id, image_url } = yield* checked(Image, part, at)
        const data = image_url ?? (typeof file_id === "string" ? { fileId: file_id } : undefined)
        if (data === undefined) return yield* invalid(at, "an image must have an image_url or a file_id")
        return { type: "image", data, ...compact({ detail: detail ?? undefined }), ...promptFields(part, imageKeys) }
      }
      case "input_file": {
        const { file_data, file_id, file_url, filename } = yield* checked(File, part, at)
        const data = file_data ?? file_url ?? (typeof file_id === "string" ? { fileId: file_id } : undefined)
        if (data === undefined) return yield* invalid(at, "a file must have a file_data, a file_url or a file_id")
        return { type: "file", data, ...compact({ fileName: filename ?? undefined }), ...promptFields(part, fileKeys) }
      }
      case "input_audio": {
        const { data, format } = (yield* checked(Audio, part, at)).input_audio
        const mediaType = `audio/${format === "mp3" ? "mpeg" : format}`
        const uri = `data:${mediaType};base64,${data}`
        return { type: "audio", data: uri, mediaType, ...promptFields(part, audioKeys) }
      }
      default:
        return text(part.type)?.startsWith("input_") === true
          ? own.part(part)
          : yield* invalid(`${at}.type`, "must be input_text, input_image, input_file or input_audio")
    }
  })

const invalid = (at: string, detail: string) => Result.fail(new InvalidRequestError({ at, detail }))

/** The cache mark and the unknown fields of a part. */
const promptFields = (
  part: WireObject,
  known: ReadonlySet<string>
): Pick<TextPart, "cacheControl" | "providerOptions"> => {
  const mark = part.prompt_cache_breakpoint
  const isPlain = isObject(mark) && Object.keys(mark).every((key) => key === "mode")
  const rest = unknownFields(part, isPlain ? new Set([...known, "prompt_cache_breakpoint"]) : known)
  return compact({ cacheControl: isObject(mark) ? {} : undefined, providerOptions: own.options(rest) })
}
