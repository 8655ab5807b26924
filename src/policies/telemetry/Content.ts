import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { ContentPart, MediaData } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"
import { attribute } from "./Conventions.ts"

/**
 * What of requests and responses is shown. `redact` receives every text, and what it returns is shown in its place. Of
 * images, audio and files only the media type is shown, never the bytes.
 *
 * @since 0.1.0
 * @category models
 */
export interface ContentOptions {
  /** Whether requests are shown (default: yes). */
  readonly input?: boolean | undefined
  /** Whether responses are shown (default: yes). */
  readonly output?: boolean | undefined
  readonly redact?: ((text: string) => string) | undefined
  /** Longer texts are cut after this many characters (default: 16,384). */
  readonly maxLength?: number | undefined
}

/** A part of a message in the JSON shape of the conventions. */
interface Part {
  readonly type: string
  readonly [key: string]: unknown
}

interface ShownMessage {
  readonly role: string
  readonly parts: ReadonlyArray<Part>
  readonly finish_reason?: string
}

/** The content of a call that is shown, as JSON by attribute. */
export type Content = { readonly [name: string]: string }

type Show = (text: string) => string

const show =
  ({ maxLength = 16_384, redact }: ContentOptions): Show =>
  (text) => {
    const redacted = redact === undefined ? text : redact(text)
    return redacted.length > maxLength ? `${redacted.slice(0, maxLength)}…` : redacted
  }

/** Every string within a value of JSON, keys included: texts of users may be anywhere. */
const showJson = (value: unknown, text: Show): unknown => {
  if (typeof value === "string") return text(value)
  if (Array.isArray(value)) return value.map((item) => showJson(item, text))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), showJson(item, text)]))
}

const media = (modality: string, data: MediaData, mediaType: string | undefined, text: Show): Part => {
  const common = { modality, ...(mediaType === undefined ? undefined : { mime_type: mediaType }) }
  if (typeof data === "string" && !data.startsWith("data:")) return { type: "uri", ...common, uri: text(data) }
  if (typeof data === "string" || data instanceof Uint8Array) return { type: "blob", ...common, content: "" }
  return "fileId" in data
    ? { type: "file", ...common, file_id: data.fileId }
    : { type: "text", content: text(data.text) }
}

const toPart = (part: ContentPart, text: Show): Part => {
  switch (part.type) {
    case "text":
      return { type: "text", content: text(part.text) }
    case "reasoning":
      return { type: "reasoning", content: text(part.text) }
    case "refusal":
      return { type: "refusal", content: text(part.text) }
    case "tool-call":
      return { type: "tool_call", id: part.id, name: part.name, arguments: showJson(part.input ?? part.rawInput, text) }
    case "tool-result":
      return {
        type: "tool_call_response",
        id: part.id,
        response:
          typeof part.output === "string" ? text(part.output) : part.output.map((output) => toPart(output, text))
      }
    case "image":
    case "audio":
      return media(part.type, part.data, part.mediaType, text)
    case "file":
      return media("document", part.data, part.mediaType, text)
    case "provider":
      return { type: part.protocol, value: showJson(part.value, text) }
  }
}

const toMessage = ({ content, role }: Message, text: Show): ShownMessage => ({
  role,
  parts: content.map((part) => toPart(part, text))
})

const userText = (content: string, text: Show): ReadonlyArray<ShownMessage> => [
  { role: "user", parts: [{ type: "text", content: text(content) }] }
]

/** What the request of a capability says; a request without text shows nothing. */
const inputs: { readonly [capability: string]: (request: never, text: Show) => Content } = {
  chat: ({ messages, tools }: ChatRequest, text): Content => {
    const system = messages.filter(({ role }) => role === "system")
    const instructions = system.flatMap(({ content }) => content.map((part) => toPart(part, text)))
    const chat = messages.filter(({ role }) => role !== "system").map((message) => toMessage(message, text))
    return {
      ...(instructions.length === 0 ? undefined : { [attribute.systemInstructions]: JSON.stringify(instructions) }),
      [attribute.inputMessages]: JSON.stringify(chat),
      ...(tools === undefined || tools.length === 0
        ? undefined
        : { [attribute.toolDefinitions]: JSON.stringify(tools.map(({ name }) => ({ type: "function", name }))) })
    }
  },
  embedding: ({ inputs }: { readonly inputs: ReadonlyArray<unknown> }, text) => ({
    [attribute.inputMessages]: JSON.stringify(
      inputs.flatMap((input) => (typeof input === "string" ? userText(input, text) : []))
    )
  }),
  image: ({ prompt }: { readonly prompt: string }, text) => ({
    [attribute.inputMessages]: JSON.stringify(userText(prompt, text))
  }),
  speech: (request: { readonly text: string }, text) => ({
    [attribute.inputMessages]: JSON.stringify(userText(request.text, text))
  }),
  rerank: ({ query }: { readonly query: string }, text) => ({
    [attribute.inputMessages]: JSON.stringify(userText(query, text))
  })
}

const reasons: { readonly [reason: string]: string } = {
  "tool-calls": "tool_call",
  "content-filter": "content_filter"
}

/** The conventions' word for a finish reason; the provider's own for any that they do not have. */
export const finishReason = (reason: string, raw: string | undefined): string =>
  reason === "other" ? (raw ?? reason) : (reasons[reason] ?? reason)

const outputs: { readonly [capability: string]: (response: never, text: Show) => Content } = {
  chat: (response: ChatResponse, text) => ({
    [attribute.outputMessages]: JSON.stringify([
      {
        ...toMessage(response.message, text),
        finish_reason: finishReason(response.finishReason, response.rawFinishReason)
      }
    ])
  }),
  transcription: (response: { readonly text: string }, text) => ({
    [attribute.outputMessages]: JSON.stringify([
      { role: "assistant", parts: [{ type: "text", content: text(response.text) }] }
    ])
  })
}

/** What is shown of a request, and of a response or the part of one that had arrived. */
export const contentOf = (
  capability: string,
  options: ContentOptions,
  request: unknown,
  response: unknown
): Content => {
  const text = show(options)
  const input = options.input !== false && Object.hasOwn(inputs, capability) ? inputs[capability] : undefined
  const output = options.output !== false && Object.hasOwn(outputs, capability) ? outputs[capability] : undefined
  return {
    ...input?.(request as never, text),
    ...(response === undefined ? undefined : output?.(response as never, text))
  }
}
