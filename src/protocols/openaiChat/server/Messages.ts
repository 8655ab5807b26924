import * as Result from "effect/Result"
import type {
  AudioPart,
  CacheControl,
  FilePart,
  ImagePart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart
} from "../../../domain/ContentPart.ts"
import type { InvalidRequestError } from "../../../domain/CallErrors.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart, Message, UserMessage } from "../../../domain/Message.ts"
import { array, compact, setOf, filled, isObject, object, text, type WireObject } from "../../wire/WireObject.ts"
import { ReceivedMessages } from "../../wire/request/ReceivedMessages.ts"
import { decodeCacheMark, decodeInputText } from "../../wire/request/Tools.ts"
import { audioTypeOf } from "../Messages.ts"
import { decodeDetail, isDetail } from "../Reasoning.ts"

import { type MessageContext, type MessageDialect, Received, type UserPart } from "./Received.ts"

const messageKeys = setOf("role content name")
const assistantKeys = setOf(
  "role content name refusal tool_calls function_call audio images reasoning reasoning_content reasoning_details"
)
const toolKeys = setOf("role content tool_call_id cache_control")
const functionKeys = setOf("role content name tool_call_id cache_control")
const callKeys = setOf("id type function custom index")

/**
 * The conversation. Results that follow one another are one message; `function_call` and `function` messages, the
 * protocol's first version, become calls and results like others.
 */
export const decodeMessages = (
  wire: ReadonlyArray<unknown>,
  dialect: MessageDialect
): Result.Result<ReadonlyArray<Message>, InvalidRequestError> => {
  const context: MessageContext = { dialect, issue: undefined }
  const received = new ReceivedMessages()
  let lastCalls: ReadonlyMap<string, ToolCallPart> = new Map()
  for (const [m, message] of new Received(wire, "messages", context).items.entries()) {
    const { role } = message.object
    const name = compact({ name: message.field("name").string || undefined })
    const fallbackId = `call_${m}`
    switch (role) {
      case "system":
      case "developer": {
        const { otherContent, texts } = textsIn(message.field("content"))
        const more = { ...(role === "developer" ? { role } : {}), ...otherContent }
        received.add({ role: "system", content: decodeTexts(texts), ...name, ...message.rest(messageKeys, more) })
        break
      }
      case "user":
        received.add({ role, content: decodeParts(message.field("content")), ...name, ...message.rest(messageKeys) })
        break
      case "assistant": {
        const content = decodeAssistant(message, fallbackId)
        const calls = content.filter((part) => part.type === "tool-call")
        lastCalls = new Map(calls.map((call) => [call.name, call]))
        received.add({ role, content, ...name, ...message.rest(assistantKeys) })
        break
      }
      case "tool":
      case "function": {
        const { otherContent, texts } = textsIn(message.field("content"))
        const called = lastCalls.get(String(message.object.name))
        const part: ToolResultPart = {
          type: "tool-result",
          id: role === "tool" ? message.field("tool_call_id").required : (called?.id ?? fallbackId),
          ...name,
          output: decodeOutput(texts),
          ...cacheControlOf(message.object),
          ...message.rest(role === "tool" ? toolKeys : functionKeys, otherContent)
        }
        received.join({ role: "tool", content: [part] })
        break
      }
      default:
        message.field("role").fail("must be system, developer, user, assistant or tool")
    }
  }
  return context.issue === undefined ? Result.succeed(received.messages) : Result.fail(context.issue)
}

/** The mark of a prefix to cache, in Anthropic's form or in OpenAI's. */
const cacheControlOf = (wire: WireObject): { readonly cacheControl?: CacheControl } =>
  compact({ cacheControl: decodeCacheMark(wire.cache_control ?? wire.prompt_cache_breakpoint) })

/** The texts of content, and all of it where it is more than text and the protocol keeps that. */
const textsIn = (content: Received): { readonly texts: Received; readonly otherContent?: WireObject } => {
  const { at, context, value } = content
  if (context.dialect.keepsContent !== true || !Array.isArray(value)) return { texts: content }
  const texts = value.filter((part) => isObject(part) && part.type === "text")
  return texts.length === value.length
    ? { texts: content }
    : { texts: new Received(texts, at, context), otherContent: { content: value } }
}

/** Content that can only be text. */
const decodeTexts = (content: Received): ReadonlyArray<TextPart> =>
  typeof content.value === "string"
    ? [{ type: "text", text: content.value }]
    : content.items.flatMap((part) =>
        part.object.type === "text" ? [decodeText(part)] : (part.field("type").fail("must be text") ?? [])
      )

/** The content of a user message. */
const decodeParts = (content: Received): UserMessage["content"] => {
  if (typeof content.value === "string") return [{ type: "text", text: content.value }]
  if (content.value === undefined) content.fail("must be a string or an array of parts")
  return content.items.map(decodePart)
}

const decodePart = (part: Received): UserPart => {
  const { dialect } = part.context
  const own = dialect.decodePart?.(part.object)
  if (own !== undefined) return own
  const type = part.field("type").required
  const content = part.field(type)
  switch (type) {
    case "text":
      return decodeText(part)
    case "image_url":
      return { ...decodeImage(content), ...decodeRest(part) }
    case "input_audio":
      // Mistral's is a string: the bytes or the URL alone.
      if (typeof content.value === "string") break
      return { ...decodeAudio(content), ...decodeRest(part) }
    case "file":
      return { ...decodeFile(content), ...decodeRest(part) }
    case "video_url": {
      const data = content.field("url").required
      const mediaType = /^data:(video\/[^;,]+)/.exec(data)?.[1] ?? "video/mp4"
      return { type: "file", data, mediaType, ...decodeRest(part) }
    }
  }
  return { type: "provider", protocol: dialect.protocol, value: part.object as Json }
}

const decodeRest = (part: Received) => ({
  ...cacheControlOf(part.object),
  ...part.rest(new Set(["type", text(part.object.type) ?? "", "cache_control", "prompt_cache_breakpoint"]))
})

const decodeText = (part: Received): TextPart => ({
  type: "text",
  text: part.field("text").required,
  ...decodeRest(part)
})

const decodeImage = (image: Received): ImagePart =>
  typeof image.value === "string"
    ? { type: "image", data: image.value }
    : { type: "image", data: image.field("url").required, ...compact({ detail: image.field("detail").string }) }

const decodeAudio = (audio: Received): AudioPart => {
  const data = audio.field("data").required
  const mediaType = audioTypeOf(audio.field("format").required)
  return { type: "audio", data: data.startsWith("data:") ? data : `data:${mediaType};base64,${data}`, mediaType }
}

const decodeFile = (file: Received): FilePart => {
  const fileId = file.field("file_id").string
  const data = fileId === undefined ? file.field("file_data").required : { fileId }
  return { type: "file", data, ...compact({ fileName: file.field("filename").string }) }
}

const decodeOutput = (content: Received): ToolResultPart["output"] =>
  typeof content.value === "string" || content.value === undefined
    ? (content.value ?? "")
    : decodeParts(content).flatMap((part) =>
        part.type === "provider" || part.type === "audio" ? (content.fail("must be text, images or files") ?? []) : part
      )

const decodeAssistant = (message: Received, fallbackId: string): ReadonlyArray<AssistantPart> => {
  const content = message.field("content")
  const own = Array.isArray(content.value) ? content.context.dialect.decodeAssistantParts?.(content.value) : undefined
  const refusal = message.field("refusal").string
  const audio = text(message.field("audio").object.id)
  return [
    ...decodeReasoning(message.object),
    ...(own ?? (content.value === "" ? [] : decodeAssistantContent(content))),
    ...(refusal ? [{ type: "refusal" as const, text: refusal }] : []),
    ...array(message.object.images).flatMap((image): ReadonlyArray<AssistantPart> => {
      const url = text(object(object(image)?.image_url)?.url)
      return url === undefined ? [] : [{ type: "image", data: url }]
    }),
    ...(audio === undefined ? [] : [{ type: "audio" as const, id: audio, data: { fileId: audio } }]),
    ...message.field("tool_calls").items.map(decodeCall),
    ...decodeFunctionCall(message.field("function_call"), fallbackId)
  ]
}

/** Texts, and after them the refusals among them. */
const decodeAssistantContent = (content: Received): ReadonlyArray<AssistantPart> => {
  if (!Array.isArray(content.value)) return decodeTexts(content)
  const isRefusal = (part: unknown) => object(part)?.type === "refusal"
  const texts = new Received(
    content.value.filter((part) => !isRefusal(part)),
    content.at,
    content.context
  )
  const refusals = content.items.filter(({ value }) => isRefusal(value))
  return [
    ...decodeTexts(texts),
    ...refusals.map((part): AssistantPart => ({ type: "refusal", text: part.field("refusal").required }))
  ]
}

const decodeReasoning = (message: WireObject): ReadonlyArray<ReasoningPart> => {
  const details = array(message.reasoning_details).filter(isDetail)
  if (details.length > 0) return details.map(decodeDetail)
  const plain = text(message.reasoning_content) ?? text(message.reasoning)
  return plain === undefined ? [] : [{ type: "reasoning", text: plain }]
}

const decodeCall = (call: Received): ToolCallPart => {
  const id = call.field("id").required
  if (filled(call.object.custom) === undefined) {
    return { type: "tool-call", id, ...decodeFunction(call.field("function")), ...call.rest(callKeys) }
  }
  const custom = call.field("custom")
  const input = decodeInputText(custom.field("input").required)
  return {
    type: "tool-call",
    id,
    name: custom.field("name").required,
    ...input,
    ...call.rest(callKeys, { type: "custom" })
  }
}

const decodeFunctionCall = (call: Received, id: string): ReadonlyArray<ToolCallPart> =>
  call.value === undefined ? [] : [{ type: "tool-call", id, ...decodeFunction(call) }]

const decodeFunction = (body: Received): Pick<ToolCallPart, "name" | "input" | "rawInput"> => {
  const input = body.field("arguments")
  const written = isObject(input.value) ? JSON.stringify(input.value) : (input.string ?? "")
  return { name: body.field("name").required, ...decodeInputText(written) }
}
