import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ToolCallPart, ContentPart, ImagePart, TextPart, ToolResultPart } from "../../domain/ContentPart.ts"
import type { AssistantMessage, AssistantPart, Message, ToolMessage } from "../../domain/Message.ts"
import { base64Of, documentText, imageUrl } from "../wire/request/MediaInput.ts"
import { nullable, record, type RequestContext } from "../wire/request/RequestCodec.ts"
import { ReceivedMessages, UnansweredCalls } from "../wire/request/ReceivedMessages.ts"
import { decodeArguments, decodeInput, encodeInput } from "../wire/request/Tools.ts"
import { array, compact, isObject, object, setOf, text, unknownFields, type WireObject } from "../wire/WireObject.ts"
import { OwnFields } from "../wire/request/OwnFields.ts"

/** The id of the protocol: `providerOptions` under it belong to the objects of this wire. */
export const protocolId = "ollama-chat"

const own = new OwnFields(protocolId)

const known = setOf("id type function")
const knownInFunction = setOf("index name arguments")

/** A tool call, or none where it has no name. `idOf` makes its id of the one on the wire: servers before 2025 send none. */
export const decodeCall = (call: WireObject, idOf: (given: unknown) => string): ToolCallPart | undefined => {
  const body = object(call.function) ?? {}
  const name = text(body.name)
  if (name === undefined) return undefined
  const input = body.arguments
  return {
    type: "tool-call",
    id: idOf(call.id),
    name,
    ...(typeof input === "string" ? decodeArguments(input) : decodeInput(input)),
    ...own.spread({ ...unknownFields(call, known), function: unknownFields(body, knownInFunction) })
  }
}

export const encodeCall = (call: ToolCallPart, index: number): WireObject => ({
  id: call.id,
  function: { index, name: call.name, arguments: encodeInput(call) }
})

/** Clients of the first versions leave out the id of a call. */
const CallBody = Schema.Struct({
  id: nullable(Schema.String),
  function: Schema.Struct({ name: Schema.NonEmptyString, arguments: nullable(Schema.Union([record, Schema.String])) })
})

/** The schema of a message. */
export const MessageBody = Schema.Struct({
  role: Schema.Literals(["system", "user", "assistant", "tool"]),
  content: nullable(Schema.String),
  thinking: nullable(Schema.String),
  images: nullable(Schema.Array(Schema.String)),
  tool_calls: nullable(Schema.Array(CallBody)),
  tool_name: nullable(Schema.String),
  tool_call_id: nullable(Schema.String)
})

/**
 * A message is one text with images beside it: its text parts become paragraphs, and so do documents. Tool results name
 * their tool and are messages of their own.
 */
export const encodeMessages = (
  messages: ChatRequest["messages"],
  context: RequestContext
): ReadonlyArray<WireObject> => {
  const toolNames = new Map<string, string>()
  return messages.flatMap((message, index): ReadonlyArray<WireObject> => {
    const at = `messages[${index}]`
    switch (message.role) {
      case "tool":
        return encodeResults(message, at, toolNames, context)
      case "assistant":
        for (const part of message.content) if (part.type === "tool-call") toolNames.set(part.id, part.name)
        return [context.withOptions(encodeAssistant(message, at, context), message.providerOptions)]
      default: {
        const wire = { role: message.role, ...encodeContent(message.content, at, context) }
        return [context.withOptions(wire, message.providerOptions)]
      }
    }
  })
}

const encodeContent = (
  parts: ReadonlyArray<ContentPart>,
  at: string,
  context: RequestContext
): { readonly content: string; readonly images?: ReadonlyArray<string> } => {
  const texts: Array<string> = []
  const images: Array<string> = []
  for (const [index, part] of parts.entries()) {
    const here = `${at}[${index}]`
    switch (part.type) {
      case "text":
        texts.push(part.text)
        break
      case "image":
        images.push(...encodeImage(part, here, context))
        break
      case "file": {
        const text = documentText(part)
        if (text === undefined) context.issues.content(here, "Ollama accepts documents as plain text only")
        else texts.push(text)
        break
      }
      case "provider":
        break
      default:
        context.issues.content(here, `Ollama does not accept ${part.type} content`)
    }
  }
  return { content: texts.join("\n\n"), ...(images.length === 0 ? {} : { images }) }
}

const encodeImage = (part: ImagePart, at: string, { issues }: RequestContext): ReadonlyArray<string> => {
  const inline = base64Of(part.data, part.mediaType)
  if (inline === undefined) issues.content(at, "Ollama accepts the bytes of an image, not its URL")
  return inline === undefined ? [] : [inline.base64]
}

const encodeAssistant = ({ content: parts }: AssistantMessage, at: string, context: RequestContext): WireObject => {
  const images: Array<string> = []
  const calls: Array<WireObject> = []
  let content = ""
  let thinking = ""
  for (const [index, part] of parts.entries()) {
    const here = `${at}.content[${index}]`
    switch (part.type) {
      case "text":
      case "refusal":
        content += part.text
        break
      case "reasoning":
        thinking += part.text
        if (part.text === "") {
          context.issues.warn("unsupported-content", "messages", `${here}: empty reasoning was left out`)
        }
        break
      case "tool-call":
        if (part.providerExecuted !== true) {
          calls.push(context.withOptions(encodeCall(part, calls.length), part.providerOptions))
        }
        break
      case "image":
        images.push(...encodeImage(part, here, context))
        break
      case "audio":
        if (part.transcript === undefined) context.issues.content(here, "Ollama does not accept audio content")
        else content += part.transcript
    }
  }
  return compact({
    role: "assistant",
    content,
    thinking: thinking === "" ? undefined : thinking,
    images: images.length === 0 ? undefined : images,
    tool_calls: calls.length === 0 ? undefined : calls
  })
}

const encodeResults = (
  message: ToolMessage,
  at: string,
  toolNames: ReadonlyMap<string, string>,
  context: RequestContext
): ReadonlyArray<WireObject> =>
  message.content.map((part, index) => {
    const wire = encodeResult(part, `${at}.content[${index}]`, part.name ?? toolNames.get(part.id), context)
    return context.withOptions(context.withOptions(wire, message.providerOptions), part.providerOptions)
  })

/** Ollama has no field for a failed tool, so the text begins with `Error:`. */
const encodeResult = (
  part: ToolResultPart,
  at: string,
  tool_name: string | undefined,
  context: RequestContext
): WireObject => {
  const { content, ...images } =
    typeof part.output === "string" ? { content: part.output } : encodeContent(part.output, `${at}.output`, context)
  return compact({
    role: "tool",
    tool_name,
    tool_call_id: part.id,
    ...images,
    content: part.isError === true && !/^error\b/i.test(content) ? `Error: ${content}` : content
  })
}

const messageKeys = new Set(Object.keys(MessageBody.fields))

/**
 * Decodes messages that have been checked. A tool result without the id of its call belongs to the first call of its tool
 * that has no result yet, or where it names no tool to the first such call of any tool.
 */
export const decodeMessages = (wire: ReadonlyArray<WireObject>): ReadonlyArray<Message> => {
  const received = new ReceivedMessages()
  let open = new UnansweredCalls()
  for (const [m, message] of wire.entries()) {
    const options = own.rest(message, messageKeys)
    switch (message.role) {
      case "system":
        received.add({ role: "system", content: decodeText(message.content), ...options })
        break
      case "assistant": {
        const content = decodeAssistant(message, m)
        open = new UnansweredCalls()
        for (const part of content) if (part.type === "tool-call") open.add(part)
        received.add({ role: "assistant", content, ...options })
        break
      }
      case "tool": {
        received.join({ role: "tool", content: [{ ...decodeResult(message, m, open), ...options }] })
        break
      }
      default: {
        const content = [...decodeText(message.content), ...decodeImages(message)]
        received.add({
          role: "user",
          content: content.length === 0 ? [{ type: "text", text: "" }] : content,
          ...options
        })
      }
    }
  }
  return received.messages
}

const decodeText = (content: unknown): ReadonlyArray<TextPart> => {
  const words = text(content)
  return words === undefined ? [] : [{ type: "text", text: words }]
}

const decodeImages = (message: WireObject): ReadonlyArray<ImagePart> =>
  array(message.images).flatMap((image) =>
    typeof image === "string" ? [{ type: "image", data: imageUrl(image) }] : []
  )

const decodeAssistant = (message: WireObject, m: number): ReadonlyArray<AssistantPart> => {
  const thinking = text(message.thinking)
  return [
    ...(thinking === undefined ? [] : [{ type: "reasoning" as const, text: thinking }]),
    ...decodeText(message.content),
    ...decodeImages(message),
    ...array(message.tool_calls).flatMap(
      (call, c) => (isObject(call) ? decodeCall(call, (id) => text(id) ?? `call_${m}_${c}`) : undefined) ?? []
    )
  ]
}

const decodeResult = (message: WireObject, m: number, open: UnansweredCalls): ToolResultPart => {
  const name = text(message.tool_name)
  const id = text(message.tool_call_id)
  const call = open.take({ id, name })
  const images = decodeImages(message)
  return {
    type: "tool-result",
    id: id ?? call?.id ?? `call_${m}`,
    ...(name === undefined ? {} : { name }),
    output: images.length === 0 ? (text(message.content) ?? "") : [...decodeText(message.content), ...images]
  }
}
