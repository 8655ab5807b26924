import type { ToolResultPart } from "../../domain/ContentPart.ts"
import type { AssistantMessage, Message, ToolMessage } from "../../domain/Message.ts"
import type { EncodeContext } from "./client/EncodeContext.ts"
import { urlOf } from "./wire/DataUrl.ts"
import { bareText, encodePart, encodeText } from "./client/EncodeParts.ts"
import { encodeDetail } from "./wire/ReasoningDetails.ts"
import { encodeCall } from "./wire/ToolCalls.ts"
import { compact, isObject, protocolId, type WireObject } from "./wire/Wire.ts"

/**
 * The conversation. Tool results can only be text: their images and documents follow in a user message of their own,
 * after the last result. A result that says that the tool failed begins with `Error: `.
 */
export const encodeMessages = (messages: ReadonlyArray<Message>, context: EncodeContext): ReadonlyArray<WireObject> => {
  const wire: Array<WireObject> = []
  let media: Array<WireObject> = []
  const flush = () => {
    if (media.length > 0) wire.push({ role: "user", content: media })
    media = []
  }
  for (const [m, message] of messages.entries()) {
    const at = `messages[${m}]`
    if (message.role !== "tool") flush()
    switch (message.role) {
      case "system": {
        const { name, providerOptions } = message
        const content = encodeText(message.content, "part", context)
        wire.push(context.withOptions(compact({ role: context.quirks.systemRole, content, name }), providerOptions))
        break
      }
      case "user": {
        const parts = message.content.flatMap(
          (part, p): ReadonlyArray<WireObject> | WireObject => encodePart(part, `${at}.content[${p}]`, context) ?? []
        )
        const content = bareText(parts, context) ?? parts
        wire.push(context.withOptions(compact({ role: "user", content, name: message.name }), message.providerOptions))
        break
      }
      case "assistant":
        wire.push(encodeAnswer(message, at, context))
        break
      case "tool":
        encodeResults(message, at, context, wire, media)
    }
  }
  flush()
  const last = wire.at(-1)
  if (context.quirks.prefix && last?.role === "assistant" && last.tool_calls === undefined) {
    wire[wire.length - 1] = { prefix: true, ...last }
  }
  return wire
}

const encodeAnswer = (message: AssistantMessage, at: string, context: EncodeContext): WireObject => {
  const texts: Array<Parameters<typeof encodeText>[0][number]> = []
  const calls: Array<WireObject> = []
  const images: Array<WireObject> = []
  let wire: Record<string, unknown> = {}
  let refusal: string | undefined
  for (const [p, part] of message.content.entries()) {
    const here = `${at}.content[${p}]`
    switch (part.type) {
      case "text":
        texts.push(part)
        break
      case "refusal":
        if (context.quirks.answerFields) refusal = (refusal ?? "") + part.text
        else texts.push({ type: "text", text: part.text })
        break
      case "tool-call":
        if (part.providerExecuted !== true) {
          context.cacheMark(part.cacheControl, "answer")
          calls.push(context.withOptions(encodeCall(part), part.providerOptions))
        }
        break
      case "image": {
        const url = urlOf(part.data, part.mediaType)
        if (url === undefined || !context.quirks.assistantImages) {
          context.unsupportedContent(here, "an image of an earlier answer cannot be sent back")
        } else images.push({ type: "image_url", image_url: { url } })
        break
      }
      case "audio":
        if (part.id !== undefined && context.quirks.answerFields) wire.audio = { id: part.id }
        else if (part.transcript !== undefined) texts.push({ type: "text", text: part.transcript })
        else context.unsupportedContent(here, "a recording of an earlier answer has no words")
        break
      case "provider":
        if (part.protocol === protocolId && isObject(part.value)) wire = gather(wire, part.value)
    }
  }
  const content = joined(texts)
  const text = content.length === 0 ? null : encodeText(content, "answer", context)
  const silent = calls.length > 0 || refusal !== undefined || wire.audio !== undefined
  return context.withOptions(
    compact({
      role: "assistant",
      content: text ?? (silent ? null : ""),
      name: message.name,
      refusal,
      tool_calls: calls.length === 0 ? undefined : calls,
      images: images.length === 0 ? undefined : images,
      ...encodeThoughts(message, context),
      ...wire
    }),
    message.providerOptions
  )
}

/** Fields kept from an earlier answer; lists of several parts are one list. */
const gather = (wire: WireObject, value: WireObject): Record<string, unknown> => {
  const gathered: Record<string, unknown> = { ...wire }
  for (const [key, field] of Object.entries(value)) {
    const before = gathered[key]
    gathered[key] = Array.isArray(before) && Array.isArray(field) ? [...before, ...field] : field
  }
  return gathered
}

/** An answer is one text: parts that have nothing else to say are joined, since many servers take only a string. */
const joined = (parts: Parameters<typeof encodeText>[0]): Parameters<typeof encodeText>[0] => {
  const plain = parts.every(
    ({ cacheControl, providerOptions }) => cacheControl === undefined && providerOptions === undefined
  )
  return plain && parts.length > 1 ? [{ type: "text", text: parts.map(({ text }) => text).join("") }] : parts
}

const encodeThoughts = ({ content }: AssistantMessage, context: EncodeContext): WireObject => {
  const { reasoningField, reasoningPlaceholder } = context.quirks
  const thoughts = content.filter((part) => part.type === "reasoning")
  if ((thoughts.length === 0 && reasoningPlaceholder === undefined) || reasoningField === "none") return {}
  if (reasoningField === "reasoning_details") {
    const own = thoughts.filter(({ protocol }) => protocol === undefined || protocol === protocolId)
    return own.length === 0 ? {} : { reasoning_details: own.map(encodeDetail) }
  }
  const text = thoughts.map(({ text }) => text).join("")
  return text !== ""
    ? { [reasoningField]: text }
    : reasoningPlaceholder === undefined
      ? {}
      : { [reasoningField]: reasoningPlaceholder }
}

const encodeResults = (
  message: ToolMessage,
  at: string,
  context: EncodeContext,
  wire: Array<WireObject>,
  media: Array<WireObject>
): void => {
  for (const [p, part] of message.content.entries()) {
    const content = encodeOutput(part, `${at}.content[${p}]`, context, media)
    const result = context.withOptions({ role: "tool", tool_call_id: part.id, content }, message.providerOptions)
    wire.push(context.withOptions(result, part.providerOptions))
  }
}

const encodeOutput = (part: ToolResultPart, at: string, context: EncodeContext, media: Array<WireObject>): unknown => {
  const failed = (text: string) => (part.isError === true && !/^error\b/i.test(text) ? `Error: ${text}` : text)
  const output = typeof part.output === "string" ? [{ type: "text" as const, text: part.output }] : part.output
  const texts = output.filter((inner) => inner.type === "text")
  const files = output.flatMap(
    (inner, i): ReadonlyArray<WireObject> | WireObject =>
      (inner.type === "text" ? undefined : encodePart(inner, `${at}.output[${i}]`, context)) ?? []
  )
  if (files.length > 0) {
    media.push({ type: "text", text: `Files of the tool result ${part.id}:` }, ...files)
    texts.push({ type: "text", text: "The files of this result are in the user message after it." })
  }
  const [first, ...more] = texts
  if (first === undefined) return failed("")
  const marked = [{ ...first, text: failed(first.text) }, ...more]
  const last = marked.at(-1) ?? first
  marked[marked.length - 1] = { ...last, cacheControl: part.cacheControl ?? last.cacheControl }
  return encodeText(marked, "part", context)
}
