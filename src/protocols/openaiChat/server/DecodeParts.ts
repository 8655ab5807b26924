import type { CacheControl, TextPart } from "../../../domain/ContentPart.ts"
import type { UserMessage } from "../../../domain/Message.ts"
import type { Json } from "../../../domain/Json.ts"
import { others, type RequestCheck } from "./RequestCheck.ts"
import { compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"

const marks = ["cache_control", "prompt_cache_breakpoint"]

/** The mark of a prefix to cache, in either form. */
export const decodeCacheMark = (wire: WireObject): { readonly cacheControl?: CacheControl } => {
  const { cache_control: control, prompt_cache_breakpoint: breakpoint } = wire
  if (isObject(control))
    return { cacheControl: control.ttl === "5m" || control.ttl === "1h" ? { ttl: control.ttl } : {} }
  return isObject(breakpoint) ? { cacheControl: {} } : {}
}

/** Content that can only be text. */
export const decodeText = (content: unknown, at: string, check: RequestCheck): ReadonlyArray<TextPart> => {
  if (typeof content === "string") return [{ type: "text", text: content }]
  return (check.array(content, at) ?? []).flatMap((part, p) => {
    const here = `${at}[${p}]`
    const wire = check.object(part, here) ?? {}
    if (wire.type !== "text") return check.fail(`${here}.type`, "must be text") ?? []
    return [textPart(wire, here, check)]
  })
}

const textPart = (wire: WireObject, at: string, check: RequestCheck): TextPart => ({
  type: "text",
  text: check.required(wire.text, `${at}.text`),
  ...decodeCacheMark(wire),
  ...others(wire, new Set(["type", "text", ...marks]))
})

/** The content of a user message. A part of a type that the domain does not know stays as it is. */
export const decodeParts = (content: unknown, at: string, check: RequestCheck): UserMessage["content"] => {
  if (typeof content === "string") return [{ type: "text", text: content }]
  return (check.array(content, at) ?? check.fail(at, "must be a string or an array of parts") ?? []).map((part, p) =>
    decodePart(check.object(part, `${at}[${p}]`) ?? {}, `${at}[${p}]`, check)
  )
}

const decodePart = (wire: WireObject, at: string, check: RequestCheck): UserMessage["content"][number] => {
  const type = check.required(wire.type, `${at}.type`)
  const rest = { ...decodeCacheMark(wire), ...others(wire, new Set(["type", type, ...marks])) }
  switch (type) {
    case "text":
      return textPart(wire, at, check)
    case "image_url": {
      const image =
        typeof wire.image_url === "string" ? { url: wire.image_url } : check.object(wire.image_url, `${at}.image_url`)
      const url = check.required(image?.url, `${at}.image_url.url`)
      return {
        type: "image",
        data: url,
        ...compact({ detail: check.string(image?.detail, `${at}.image_url.detail`) }),
        ...rest
      }
    }
    case "input_audio": {
      // Mistral's bytes or URL alone.
      if (typeof wire.input_audio === "string") break
      const audio = check.object(wire.input_audio, `${at}.input_audio`)
      const data = check.required(audio?.data, `${at}.input_audio.data`)
      const mediaType = mediaTypeOf(check.required(audio?.format, `${at}.input_audio.format`))
      return {
        type: "audio",
        data: data.startsWith("data:") ? data : `data:${mediaType};base64,${data}`,
        mediaType,
        ...rest
      }
    }
    case "file": {
      const file = check.object(wire.file, `${at}.file`) ?? {}
      const fileId = check.string(file.file_id, `${at}.file.file_id`)
      const data = fileId === undefined ? check.required(file.file_data, `${at}.file.file_data`) : { fileId }
      return {
        type: "file",
        data,
        ...compact({ fileName: check.string(file.filename, `${at}.file.filename`) }),
        ...rest
      }
    }
    case "video_url": {
      const url = check.required(check.object(wire.video_url, `${at}.video_url`)?.url, `${at}.video_url.url`)
      return { type: "file", data: url, mediaType: /^data:(video\/[^;,]+)/.exec(url)?.[1] ?? "video/mp4", ...rest }
    }
  }
  return { type: "provider", protocol: protocolId, value: wire as Json }
}

const mediaTypeOf = (format: string): string => `audio/${format === "mp3" ? "mpeg" : format === "m4a" ? "mp4" : format}`
