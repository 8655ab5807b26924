import type {
  AudioPart,
  CacheControl,
  FilePart,
  ImagePart,
  TextPart,
  ToolResultPart
} from "../../domain/ContentPart.ts"
import type { AssistantMessage, Message, UserMessage } from "../../domain/Message.ts"
import { base64Of, documentText, uncommonImage, urlOf } from "../wire/request/MediaInput.ts"
import type { RequestContext } from "../wire/request/RequestCodec.ts"
import { compact, isObject, type WireObject } from "../wire/WireObject.ts"
import type { OpenAiChatQuirks } from "./Quirks.ts"
import { encodeDetail } from "./Reasoning.ts"
import { encodeCall } from "./ToolCalls.ts"

type Context = RequestContext<OpenAiChatQuirks>

/** The fields that mark the end of a prefix to cache. */
export const cacheMark = (
  cacheControl: CacheControl | undefined,
  place: "part" | "tool" | "assistant",
  { issues, quirks }: Context
): WireObject => {
  if (cacheControl === undefined) return {}
  if (quirks.cacheControl === "cache_control") {
    return { cache_control: compact({ type: "ephemeral", ttl: cacheControl.ttl }) }
  }
  if (quirks.cacheControl === "prompt_cache_breakpoint" && place === "part") {
    return { prompt_cache_breakpoint: { mode: "explicit" } }
  }
  const message = "the server decides by itself what to cache; cacheControl was left out"
  issues.warn("unsupported-content", "cacheControl", message)
  return {}
}

/**
 * The conversation. Tool results can only be text: their images and documents follow in a user message of their own,
 * after the last result.
 */
export const encodeMessages = (messages: ReadonlyArray<Message>, context: Context): ReadonlyArray<WireObject> => {
  const wire: Array<WireObject> = []
  let resultFiles: Array<WireObject> = []
  const flushFiles = () => {
    if (resultFiles.length > 0) wire.push({ role: "user", content: resultFiles })
    resultFiles = []
  }
  for (const [m, message] of messages.entries()) {
    const at = `messages[${m}]`
    if (message.role !== "tool") flushFiles()
    switch (message.role) {
      case "system": {
        const content = encodeText(message.content, "part", context)
        const fields = compact({ role: context.quirks.systemRole, content, name: message.name })
        wire.push(context.withOptions(fields, message.providerOptions))
        break
      }
      case "user": {
        const parts = encodeParts(message.content, `${at}.content`, context)
        const fields = compact({ role: "user", content: bareText(parts, context) ?? parts, name: message.name })
        wire.push(context.withOptions(fields, message.providerOptions))
        break
      }
      case "assistant":
        wire.push(encodeAssistant(message, at, context))
        break
      case "tool":
        for (const [p, part] of message.content.entries()) {
          const content = encodeOutput(part, `${at}.content[${p}]`, resultFiles, context)
          const result = { role: "tool", tool_call_id: part.id, content }
          const shared = context.withOptions(result, message.providerOptions)
          wire.push(context.withOptions(shared, part.providerOptions))
        }
    }
  }
  flushFiles()
  const last = wire.at(-1)
  if (context.quirks.prefix && last?.role === "assistant" && last.tool_calls === undefined) {
    wire[wire.length - 1] = { prefix: true, ...last }
  }
  return wire
}

const encodeAssistant = (message: AssistantMessage, at: string, context: Context): WireObject => {
  const { assistantFields, assistantImages, rawArguments } = context.quirks
  const texts: Array<TextPart> = []
  const calls: Array<WireObject> = []
  const images: Array<WireObject> = []
  let ownFields: Record<string, unknown> = {}
  let refusal: string | undefined
  for (const [p, part] of message.content.entries()) {
    const place = `${at}.content[${p}]`
    switch (part.type) {
      case "text":
        texts.push(part)
        break
      case "refusal":
        if (assistantFields) refusal = (refusal ?? "") + part.text
        else texts.push({ type: "text", text: part.text })
        break
      case "tool-call":
        if (part.providerExecuted === true) break
        cacheMark(part.cacheControl, "assistant", context)
        calls.push(context.withOptions(encodeCall(part, context.protocol, rawArguments), part.providerOptions))
        break
      case "image": {
        const url = urlOf(part.data, part.mediaType)
        if (url !== undefined && assistantImages) images.push({ type: "image_url", image_url: { url } })
        else context.issues.content(place, "an image from an earlier response cannot be sent back")
        break
      }
      case "audio":
        if (part.id !== undefined && assistantFields) ownFields.audio = { id: part.id }
        else if (part.transcript !== undefined) texts.push({ type: "text", text: part.transcript })
        else context.issues.content(place, "audio from an earlier response has no transcript")
        break
      case "provider":
        for (const value of context.own.values(part)) ownFields = merged(ownFields, value)
    }
  }
  const text = texts.length === 0 ? undefined : encodeText(joined(texts), "assistant", context)
  const hasOther = calls.length > 0 || refusal !== undefined || ownFields.audio !== undefined
  const fields = compact({
    role: "assistant",
    content: text ?? (hasOther ? null : ""),
    name: message.name,
    refusal,
    tool_calls: calls.length === 0 ? undefined : calls,
    images: images.length === 0 ? undefined : images,
    ...encodeReasoning(message, context),
    ...ownFields
  })
  return context.withOptions(fields, message.providerOptions)
}

/** Lists under one name are one list. */
const merged = (before: WireObject, more: WireObject): Record<string, unknown> => {
  const result: Record<string, unknown> = { ...before }
  for (const [key, field] of Object.entries(more)) {
    const earlier = result[key]
    result[key] = Array.isArray(earlier) && Array.isArray(field) ? [...earlier, ...field] : field
  }
  return result
}

/** Many servers take a response only as a string. */
const joined = (parts: ReadonlyArray<TextPart>): ReadonlyArray<TextPart> => {
  const isPlain = parts.every((part) => part.cacheControl === undefined && part.providerOptions === undefined)
  return isPlain ? [{ type: "text", text: parts.map(({ text }) => text).join("") }] : parts
}

const encodeReasoning = ({ content }: AssistantMessage, { protocol: own, quirks }: Context): WireObject => {
  const { reasoningField, reasoningPlaceholder } = quirks
  const parts = content.filter((part) => part.type === "reasoning")
  if (reasoningField === "none") return {}
  if (reasoningField === "reasoning_details") {
    const details = parts.filter(({ protocol }) => protocol === undefined || protocol === own).map(encodeDetail)
    return details.length === 0 ? {} : { reasoning_details: details }
  }
  const text = parts.map(({ text }) => text).join("") || reasoningPlaceholder
  return text === undefined ? {} : { [reasoningField]: text }
}

const encodeOutput = (part: ToolResultPart, at: string, resultFiles: Array<WireObject>, context: Context): unknown => {
  const output: Exclude<ToolResultPart["output"], string> =
    typeof part.output === "string" ? [{ type: "text", text: part.output }] : part.output
  const texts = output.filter((inner) => inner.type === "text")
  const files = output.flatMap((inner, i) =>
    inner.type === "text" ? [] : encodePart(inner, `${at}.output[${i}]`, context)
  )
  if (files.length > 0) {
    resultFiles.push({ type: "text", text: `Files of the tool result ${part.id}:` }, ...files)
    texts.push({ type: "text", text: "The files of this result are in the user message after it." })
  }
  const [first, ...rest] = texts
  const asError = (text: string) => (part.isError === true && !/^error\b/i.test(text) ? `Error: ${text}` : text)
  if (first === undefined) return asError("")
  const marked: Array<TextPart> = [{ ...first, text: asError(first.text) }, ...rest]
  const last = marked.at(-1) ?? first
  marked[marked.length - 1] = { ...last, cacheControl: part.cacheControl ?? last.cacheControl }
  return encodeText(marked, "part", context)
}

const encodeText = (parts: ReadonlyArray<TextPart>, place: "part" | "assistant", context: Context): unknown => {
  const wire = parts.map((part) =>
    context.withOptions(
      { type: "text", text: part.text, ...cacheMark(part.cacheControl, place, context) },
      part.providerOptions
    )
  )
  return bareText(wire, context) ?? wire
}

/** The string for content of one plain text, or of several where the server takes no list. */
const bareText = (parts: ReadonlyArray<WireObject>, { quirks }: Context): string | undefined =>
  (parts.length === 1 || (parts.length > 1 && !quirks.textParts)) &&
  parts.every((part) => part.type === "text" && Object.keys(part).length === 2)
    ? parts.map(({ text }) => text).join("\n\n")
    : undefined

type Part = UserMessage["content"][number]

const encodeParts = (parts: ReadonlyArray<Part>, at: string, context: Context): ReadonlyArray<WireObject> => {
  const wire: Array<WireObject> = []
  for (const [p, part] of parts.entries()) wire.push(...encodePart(part, `${at}[${p}]`, context))
  return wire
}

/** The wire part, or none where it is left out. */
const encodePart = (part: Part, at: string, context: Context): ReadonlyArray<WireObject> => {
  if (part.type === "provider") return context.own.values(part)
  const wire = part.type === "text" ? { type: "text", text: part.text } : encodeMedia(part, context)
  if (typeof wire !== "string") {
    return [context.withOptions({ ...wire, ...cacheMark(part.cacheControl, "part", context) }, part.providerOptions)]
  }
  context.issues.content(at, wire)
  return []
}

/** The wire part, or why it cannot be sent. */
const encodeMedia = (part: ImagePart | AudioPart | FilePart, { quirks }: Context): WireObject | string => {
  switch (part.type) {
    case "image": {
      const url = urlOf(part.data, part.mediaType)
      if (url === undefined) return "an image must be bytes or a URL"
      const issue = quirks.anyMedia ? undefined : uncommonImage(part)
      return issue ?? { type: "image_url", image_url: compact({ url, detail: part.detail }) }
    }
    case "audio":
      return encodeAudio(part, quirks)
    case "file":
      return encodeFile(part, quirks)
  }
}

/** The subtypes of audio types whose format has another name. */
const audioFormats: ReadonlyMap<string, string> = new Map([
  ["mpeg", "mp3"],
  ["mp4", "m4a"]
])

/** The media type of an audio format. */
export const audioTypeOf = (format: string): string => {
  for (const [subtype, name] of audioFormats) if (name === format) return `audio/${subtype}`
  return `audio/${format}`
}

const encodeAudio = ({ data, mediaType }: AudioPart, { anyMedia }: OpenAiChatQuirks): WireObject | string => {
  const inline = base64Of(data, mediaType)
  if (inline === undefined) return "audio must be bytes"
  const type = mediaType ?? inline.mediaType ?? ""
  const subtype = type.slice(type.indexOf("/") + 1)
  const format = audioFormats.get(subtype) ?? subtype
  return anyMedia || format === "wav" || format === "mp3"
    ? { type: "input_audio", input_audio: { data: inline.base64, format } }
    : `audio must be WAV or MP3 here, not ${type}; convert it first`
}

/** File parts are for PDF, so plain text goes as text. */
const encodeFile = (part: FilePart, { fileUrls }: OpenAiChatQuirks): WireObject | string => {
  const { data, fileName, mediaType, title } = part
  if (isObject(data) && "fileId" in data) return { type: "file", file: { file_id: data.fileId } }
  const text = documentText(part)
  if (text !== undefined) return { type: "text", text }
  const url = urlOf(data, mediaType) ?? ""
  const type = mediaType ?? base64Of(data, undefined)?.mediaType
  if (type?.startsWith("video/") === true) return { type: "video_url", video_url: { url } }
  if (!url.startsWith("data:") && !fileUrls) {
    return "a document must be bytes or the id of an uploaded file"
  }
  const filename = fileName ?? title ?? (type === undefined || type === "application/pdf" ? "file.pdf" : "file")
  return { type: "file", file: { filename, file_data: url } }
}
