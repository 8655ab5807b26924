import { ReceivedMessages } from "../wire/request/ReceivedMessages.ts"
import * as Schema from "effect/Schema"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart, FilePart, ImagePart, ToolResultPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantPart, Message, ToolMessage, UserMessage } from "../../domain/Message.ts"
import { textOf, uncommonImage, urlOf } from "../wire/request/MediaInput.ts"
import { nullable, record, type RequestContext } from "../wire/request/RequestCodec.ts"
import { array, compact, isObject, object, setOf, text, unknownFields, type WireObject } from "../wire/WireObject.ts"
import { encodeAssistant, own } from "./Content.ts"
import { decodeAssistant } from "./Response.ts"

const CallBody = Schema.Struct({
  id: Schema.NonEmptyString,
  type: nullable(Schema.String),
  function: Schema.Struct({ name: Schema.NonEmptyString, arguments: nullable(Schema.String) })
})

/** The schema of a message. */
export const MessageBody = Schema.Struct({
  role: Schema.Literals(["system", "user", "assistant", "tool"]),
  content: nullable(Schema.Union([Schema.String, Schema.Array(Schema.Struct({ type: Schema.String }))])),
  tool_plan: nullable(Schema.String),
  tool_calls: nullable(Schema.Array(CallBody)),
  citations: nullable(Schema.Array(record)),
  tool_call_id: nullable(Schema.String)
})

/** Documents of user messages are sent beside the messages, those of tool results within them. */
export const encodeMessages = (
  messages: ChatRequest["messages"],
  context: RequestContext,
  { toolPlans }: { readonly toolPlans: boolean }
): { readonly messages: ReadonlyArray<WireObject>; readonly documents: ReadonlyArray<WireObject> } => {
  const documents: Array<WireObject> = []
  const encoded = messages.flatMap((message, index): ReadonlyArray<WireObject> => {
    const at = `messages[${index}]`
    switch (message.role) {
      case "tool":
        return encodeResults(message, at, context)
      case "assistant": {
        const drop = (part: AssistantPart, index: number) => dropPart(part, `${at}.content[${index}]`, context)
        const response = encodeAssistant(message.content, { provider: context.provider, toolPlans, drop })
        // Cohere rejects an empty assistant message.
        return Object.keys(response).length === 1 ? [] : [context.withOptions(bare(response), message.providerOptions)]
      }
      default: {
        const content = encodeParts(message.content, `${at}.content`, context, (document) => {
          documents.push(document)
          return []
        })
        return [context.withOptions(bare({ role: message.role, content }), message.providerOptions)]
      }
    }
  })
  return { messages: encoded, documents }
}

const dropPart = (part: AssistantPart, at: string, { issues }: RequestContext): void => {
  if (part.type === "reasoning") {
    issues.warn("unsupported-content", "messages", `${at}: empty reasoning was left out`)
  } else issues.content(at, `an assistant message must not contain ${part.type} content`)
}

const encodeParts = (
  parts: ReadonlyArray<ContentPart>,
  at: string,
  context: RequestContext,
  place: (document: WireObject) => ReadonlyArray<WireObject>
): ReadonlyArray<WireObject> =>
  parts.flatMap((part, index): ReadonlyArray<WireObject> => {
    const here = `${at}[${index}]`
    switch (part.type) {
      case "text":
        return [context.withOptions({ type: "text", text: part.text }, part.providerOptions)]
      case "image":
        return encodeImage(part, here, context)
      case "file": {
        const document = encodeDocument(part, context)
        if (document !== undefined) return place(document)
        context.issues.content(here, "Cohere accepts documents as plain text only")
        return []
      }
      case "provider":
        return own.values(part)
      default:
        context.issues.content(here, `Cohere does not accept ${part.type} content`)
        return []
    }
  })

const encodeImage = (part: ImagePart, at: string, context: RequestContext): ReadonlyArray<WireObject> => {
  const url = urlOf(part.data, part.mediaType)
  const problem = url === undefined ? "an image must be bytes or a URL" : uncommonImage(part)
  if (problem === undefined) {
    const image_url = compact({ url, detail: part.detail })
    return [context.withOptions({ type: "image_url", image_url }, part.providerOptions)]
  }
  context.issues.content(at, problem)
  return []
}

/**
 * A document that the model may cite; none where it is not plain text.
 * Source: https://docs.cohere.com/docs/documents-and-citations
 */
const encodeDocument = (part: FilePart, context: RequestContext): WireObject | undefined => {
  const content = textOf(part)
  if (content === undefined) return undefined
  const data = compact({ title: part.title ?? part.fileName, context: part.context, text: content })
  return context.withOptions({ data }, part.providerOptions)
}

const encodeResults = (message: ToolMessage, at: string, context: RequestContext): ReadonlyArray<WireObject> =>
  message.content.map((part, index) => {
    const result = encodeResult(part, `${at}.content[${index}]`, context)
    return context.withOptions(context.withOptions(result, message.providerOptions), part.providerOptions)
  })

/** Cohere has no field for a failed tool, so the text begins with `Error:`. */
const encodeResult = (part: ToolResultPart, at: string, context: RequestContext): WireObject => {
  const marked = (text: string) => (part.isError === true && !/^error\b/i.test(text) ? `Error: ${text}` : text)
  if (typeof part.output === "string") return { role: "tool", tool_call_id: part.id, content: marked(part.output) }
  const blocks = encodeParts(part.output, `${at}.output`, context, (document) => [{ type: "document", document }])
  const [first, ...rest] = blocks
  const content =
    first?.type === "text"
      ? [{ ...first, text: marked(String(first.text)) }, ...rest]
      : [...(part.isError === true ? [{ type: "text", text: "Error:" }] : []), ...blocks]
  return bare({ role: "tool", tool_call_id: part.id, content })
}

/** Content of one text is a bare string. */
const bare = (message: WireObject): WireObject => {
  const { content } = message
  if (!Array.isArray(content)) return message
  const [first, ...rest] = content as ReadonlyArray<WireObject>
  const isBare = first?.type === "text" && rest.length === 0 && Object.keys(first).length === 2
  if (isBare) return { ...message, content: first.text }
  return first === undefined ? { ...message, content: "" } : message
}

type UserPart = UserMessage["content"][number]
type Output = Extract<ContentPart, { type: "text" | "image" | "file" }>

const messageKeys = new Set(Object.keys(MessageBody.fields))
const textKeys = setOf("type text")
const imageKeys = setOf("type image_url")
const blockKeys = setOf("type document")
const documentKeys = setOf("data")
const dataKeys = setOf("text title")

/** Decodes messages that have been checked. Tool results in a row become one message. */
export const decodeMessages = (wire: ReadonlyArray<WireObject>): ReadonlyArray<Message> => {
  const received = new ReceivedMessages()
  for (const message of wire) {
    const options = own.rest(message, messageKeys)
    switch (message.role) {
      case "system": {
        const content = decodeParts(message.content).filter((part) => part.type === "text")
        received.add({ role: "system", content, ...options })
        break
      }
      case "assistant":
        received.add({ role: "assistant", content: decodeAssistant(message), ...options })
        break
      case "tool": {
        const { content, output } = decodeOutput(message.content)
        const part: ToolResultPart = {
          type: "tool-result",
          id: text(message.tool_call_id) ?? "",
          output,
          ...own.spread({ ...unknownFields(message, messageKeys), ...content })
        }
        received.join({ role: "tool", content: [part] })
        break
      }
      default:
        received.add({ role: "user", content: decodeParts(message.content), ...options })
    }
  }
  return received.messages
}

const decodeParts = (content: unknown): ReadonlyArray<UserPart> =>
  typeof content === "string" ? [{ type: "text", text: content }] : array(content).filter(isObject).map(decodePart)

const decodePart = (block: WireObject): UserPart => {
  if (block.type === "text" && typeof block.text === "string") {
    return { type: "text", text: block.text, ...own.rest(block, textKeys) }
  }
  const image = block.image_url
  const url = text(image) ?? text(object(image)?.url)
  if (block.type === "image_url" && url !== undefined) {
    const detail = text(object(image)?.detail)
    return { type: "image", data: url, ...compact({ detail }), ...own.rest(block, imageKeys) }
  }
  const document = block.type === "document" ? decodeDocument(block.document) : undefined
  return document !== undefined && unknownFields(block, blockKeys) === undefined ? document : own.part(block)
}

/** A block that is not a known part is decoded as its JSON, and kept as it came in the options (`content`). */
const decodeOutput = (
  content: unknown
): { readonly output: ToolResultPart["output"]; readonly content?: { readonly content: Json } } => {
  if (content === undefined || content === null || typeof content === "string") return { output: content ?? "" }
  const parts = decodeParts(content)
  const output = parts.map((part): Output => {
    if (part.type === "provider") return { type: "text", text: JSON.stringify(part.value) }
    return part.type === "audio" ? { type: "text", text: JSON.stringify("") } : part
  })
  const isKnown = parts.every(({ type }) => type !== "provider" && type !== "audio")
  return isKnown ? { output } : { output, content: { content: content as Json } }
}

/** A document of text, or none where it has other fields. */
export const decodeDocument = (document: unknown): FilePart | undefined => {
  if (typeof document === "string") return { type: "file", data: { text: document } }
  if (!isObject(document)) return undefined
  const { data } = document
  if (typeof data === "string") {
    return { type: "file", data: { text: data }, ...own.spread({ ...unknownFields(document, documentKeys), data }) }
  }
  const fields = object(data) ?? {}
  const content = text(fields.text)
  if (content === undefined) return undefined
  return {
    type: "file",
    data: { text: content },
    ...compact({ title: text(fields.title) }),
    ...own.spread({ ...unknownFields(document, documentKeys), data: unknownFields(fields, dataKeys) })
  }
}
