import * as Result from "effect/Result"
import type {
  AudioPart,
  CacheControl,
  FilePart,
  ImagePart,
  ProviderOptions,
  TextPart
} from "../../../domain/ContentPart.ts"
import { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart, UserMessage } from "../../../domain/Message.ts"
import { decodeCacheControl } from "../../wire/Tools.ts"
import { compact, isObject, unknownFields, type WireObject } from "../../wire/WireObject.ts"

/** How a protocol made of this one has its messages otherwise. */
export interface MessageDialect {
  readonly protocol: string
  /** Decodes a part of a user message that is in the protocol's own form. */
  readonly decodePart?: (wire: WireObject) => UserPart | undefined
  /** Decodes the content of an assistant message that is a list of parts. */
  readonly decodeAssistantParts?: (parts: ReadonlyArray<unknown>) => ReadonlyArray<AssistantPart>
  /** Whether instructions and results may hold more than text; such content is kept in the caller's own options. */
  readonly keepsContent?: boolean
}

type UserPart = UserMessage["content"][number]

/** Reads the fields of messages, and notes the first issue. `null` is the same as absent. */
export class MessageCheck {
  readonly dialect: MessageDialect
  #issue: InvalidRequestError | undefined

  constructor(dialect: MessageDialect) {
    this.dialect = dialect
  }

  /** The value, unless there was an issue. */
  result<A>(value: A): Result.Result<A, InvalidRequestError> {
    return this.#issue === undefined ? Result.succeed(value) : Result.fail(this.#issue)
  }

  fail(at: string, detail: string): undefined {
    this.#issue ??= new InvalidRequestError({ at, detail })
    return undefined
  }

  object(value: unknown, at: string): WireObject | undefined {
    if (value === undefined || value === null || isObject(value)) return value ?? undefined
    return this.fail(at, "must be an object")
  }

  array(value: unknown, at: string): ReadonlyArray<unknown> | undefined {
    if (value === undefined || value === null || Array.isArray(value)) return value ?? undefined
    return this.fail(at, "must be an array")
  }

  string(value: unknown, at: string): string | undefined {
    if (value === undefined || value === null || typeof value === "string") return value ?? undefined
    return this.fail(at, "must be a string")
  }

  requiredString(value: unknown, at: string): string {
    const text = this.string(value, at)
    if (text === undefined) this.fail(at, "is missing")
    return text ?? ""
  }

  /** What the domain has no field for, as the caller's own options. */
  rest(
    wire: WireObject,
    known: ReadonlySet<string>,
    more?: WireObject
  ): { readonly providerOptions?: ProviderOptions } {
    const rest = { ...unknownFields(wire, known), ...more }
    return Object.keys(rest).length === 0
      ? {}
      : { providerOptions: { [this.dialect.protocol]: rest as { [key: string]: Json } } }
  }
}

/** The mark of a prefix to cache, in Anthropic's form or in OpenAI's. */
export const decodeCacheMark = (wire: WireObject): { readonly cacheControl?: CacheControl } => {
  const cacheControl = decodeCacheControl(wire) ?? (isObject(wire.prompt_cache_breakpoint) ? {} : undefined)
  return cacheControl === undefined ? {} : { cacheControl }
}

/** The texts of content, and all of it where it is more than text and the protocol keeps that. */
export const textsIn = (
  content: unknown,
  { dialect }: MessageCheck
): { readonly texts: unknown; readonly kept: WireObject | undefined } => {
  if (dialect.keepsContent !== true || !Array.isArray(content)) return { texts: content, kept: undefined }
  const texts = content.filter((part) => isObject(part) && part.type === "text")
  return { texts, kept: texts.length === content.length ? undefined : { content } }
}

/** Content that can only be text. */
export const decodeText = (content: unknown, at: string, check: MessageCheck): ReadonlyArray<TextPart> => {
  if (typeof content === "string") return [{ type: "text", text: content }]
  return (check.array(content, at) ?? []).flatMap((part, p) => {
    const place = `${at}[${p}]`
    const wire = check.object(part, place) ?? {}
    if (wire.type !== "text") return check.fail(`${place}.type`, "must be text") ?? []
    return [decodeTextPart(wire, place, check)]
  })
}

/** The content of a user message. */
export const decodeParts = (content: unknown, at: string, check: MessageCheck): UserMessage["content"] => {
  if (typeof content === "string") return [{ type: "text", text: content }]
  const parts = check.array(content, at) ?? check.fail(at, "must be a string or an array of parts") ?? []
  return parts.map((part, p) => decodePart(check.object(part, `${at}[${p}]`) ?? {}, `${at}[${p}]`, check))
}

const decodePart = (wire: WireObject, at: string, check: MessageCheck): UserPart => {
  const own = check.dialect.decodePart?.(wire)
  if (own !== undefined) return own
  switch (check.requiredString(wire.type, `${at}.type`)) {
    case "text":
      return decodeTextPart(wire, at, check)
    case "image_url":
      return { ...decodeImage(wire, `${at}.image_url`, check), ...decodeRest(wire, "image_url", check) }
    case "input_audio":
      // Mistral's is a string: the bytes or the URL alone.
      if (typeof wire.input_audio === "string") break
      return { ...decodeAudio(wire, `${at}.input_audio`, check), ...decodeRest(wire, "input_audio", check) }
    case "file":
      return { ...decodeFile(wire, `${at}.file`, check), ...decodeRest(wire, "file", check) }
    case "video_url":
      return { ...decodeVideo(wire, `${at}.video_url`, check), ...decodeRest(wire, "video_url", check) }
  }
  return { type: "provider", protocol: check.dialect.protocol, value: wire as Json }
}

const decodeRest = (wire: WireObject, type: string, check: MessageCheck) => ({
  ...decodeCacheMark(wire),
  ...check.rest(wire, new Set(["type", type, "cache_control", "prompt_cache_breakpoint"]))
})

const decodeTextPart = (wire: WireObject, at: string, check: MessageCheck): TextPart => ({
  type: "text",
  text: check.requiredString(wire.text, `${at}.text`),
  ...decodeRest(wire, "text", check)
})

const decodeImage = ({ image_url: image }: WireObject, at: string, check: MessageCheck): ImagePart => {
  const fields = typeof image === "string" ? { url: image } : check.object(image, at)
  const url = check.requiredString(fields?.url, `${at}.url`)
  return { type: "image", data: url, ...compact({ detail: check.string(fields?.detail, `${at}.detail`) }) }
}

const decodeAudio = ({ input_audio: audio }: WireObject, at: string, check: MessageCheck): AudioPart => {
  const fields = check.object(audio, at)
  const data = check.requiredString(fields?.data, `${at}.data`)
  const format = check.requiredString(fields?.format, `${at}.format`)
  const mediaType = `audio/${format === "mp3" ? "mpeg" : format === "m4a" ? "mp4" : format}`
  return { type: "audio", data: data.startsWith("data:") ? data : `data:${mediaType};base64,${data}`, mediaType }
}

const decodeFile = ({ file }: WireObject, at: string, check: MessageCheck): FilePart => {
  const fields = check.object(file, at)
  const fileId = check.string(fields?.file_id, `${at}.file_id`)
  const data = fileId === undefined ? check.requiredString(fields?.file_data, `${at}.file_data`) : { fileId }
  return { type: "file", data, ...compact({ fileName: check.string(fields?.filename, `${at}.filename`) }) }
}

const decodeVideo = ({ video_url: video }: WireObject, at: string, check: MessageCheck): FilePart => {
  const url = check.requiredString(check.object(video, at)?.url, `${at}.url`)
  return { type: "file", data: url, mediaType: /^data:(video\/[^;,]+)/.exec(url)?.[1] ?? "video/mp4" }
}
