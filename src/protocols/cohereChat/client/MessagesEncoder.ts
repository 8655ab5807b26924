import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { ContentPart, ImagePart, ProviderOptions, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { AssistantPart, ToolMessage } from "../../../domain/Message.ts"
import { urlOf } from "../../wire/DataUrl.ts"
import { uncommonImage } from "../../wire/MediaInput.ts"
import type { Issues } from "../../wire/Issues.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { encodeAnswer } from "../wire/Answer.ts"
import { encodeDocument } from "../wire/Documents.ts"
import { compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"

/** Writes a conversation. Documents of users stand beside it, those of results within them. */
export class MessagesEncoder {
  readonly documents: Array<WireObject> = []
  readonly #provider: string
  readonly #toolPlans: boolean
  readonly #objections: Issues

  constructor(options: { readonly provider: string; readonly toolPlans: boolean; readonly issues: Issues }) {
    this.#provider = options.provider
    this.#toolPlans = options.toolPlans
    this.#objections = options.issues
  }

  encode(messages: ChatRequest["messages"]): ReadonlyArray<WireObject> {
    return messages.flatMap((message, index): ReadonlyArray<WireObject> => {
      const at = `messages[${index}]`
      switch (message.role) {
        case "tool":
          return this.#results(message, at)
        case "assistant": {
          const drop = (part: AssistantPart, index: number) => this.#drop(part, `${at}.content[${index}]`)
          const provider = this.#provider
          const toolPlans = this.#toolPlans
          const answer = encodeAnswer(message.content, { provider, toolPlans, drop })
          // Cohere refuses an answer that says nothing.
          return Object.keys(answer).length === 1 ? [] : [this.#merged(bare(answer), message)]
        }
        default: {
          const content = this.#parts(message.content, `${at}.content`, (document) => {
            this.documents.push(document)
            return []
          })
          return [this.#merged(bare({ role: message.role, content }), message)]
        }
      }
    })
  }

  #merged(wire: WireObject, from: { readonly providerOptions?: ProviderOptions | undefined }): WireObject {
    return withOptions(wire, from.providerOptions, protocolId, this.#provider)
  }

  #drop(part: AssistantPart, at: string): void {
    if (part.type === "reasoning") {
      this.#objections.warn("unsupported-content", "messages", `${at}: a thought without words was left out`)
    } else this.#objections.content(at, `an answer may not hold ${part.type} content`)
  }

  #parts(
    parts: ReadonlyArray<ContentPart>,
    at: string,
    place: (document: WireObject) => ReadonlyArray<WireObject>
  ): ReadonlyArray<WireObject> {
    return parts.flatMap((part, index): ReadonlyArray<WireObject> => {
      const here = `${at}[${index}]`
      switch (part.type) {
        case "text":
          return [this.#merged({ type: "text", text: part.text }, part)]
        case "image":
          return this.#image(part, here)
        case "file": {
          const document = encodeDocument(part, this.#provider)
          if (document !== undefined) return place(document)
          this.#objections.content(here, "Cohere takes documents as plain text only")
          return []
        }
        case "provider":
          return part.protocol === protocolId && isObject(part.value) ? [part.value] : []
        default:
          this.#objections.content(here, `Cohere does not take ${part.type} content`)
          return []
      }
    })
  }

  #image(part: ImagePart, at: string): ReadonlyArray<WireObject> {
    const url = urlOf(part.data, part.mediaType)
    if (url === undefined) this.#objections.content(at, "an image is given by bytes or by a URL")
    const uncommon = uncommonImage(part)
    if (uncommon !== undefined) this.#objections.content(at, uncommon)
    const image_url = compact({ url, detail: part.detail })
    return url === undefined || uncommon !== undefined ? [] : [this.#merged({ type: "image_url", image_url }, part)]
  }

  #results(message: ToolMessage, at: string): ReadonlyArray<WireObject> {
    return message.content.map((part, index) =>
      this.#merged(this.#merged(this.#result(part, `${at}.content[${index}]`), message), part)
    )
  }

  /** There is no word for a result that says that the tool failed, so the text begins with one. */
  #result(part: ToolResultPart, at: string): WireObject {
    const failed = (text: string) => (part.isError === true && !/^error\b/i.test(text) ? `Error: ${text}` : text)
    if (typeof part.output === "string") return { role: "tool", tool_call_id: part.id, content: failed(part.output) }
    const blocks = this.#parts(part.output, `${at}.output`, (document) => [{ type: "document", document }])
    const [first, ...more] = blocks
    const marked = first?.type === "text" ? [{ ...first, text: failed(String(first.text)) }, ...more] : blocks
    const note = part.isError === true && first?.type !== "text" ? [{ type: "text", text: "Error:" }] : []
    return bare({ role: "tool", tool_call_id: part.id, content: [...note, ...marked] })
  }
}

/** One text and nothing else is a bare string. */
const bare = (message: WireObject): WireObject => {
  const { content } = message
  if (!Array.isArray(content)) return message
  const [first, ...more] = content as ReadonlyArray<WireObject>
  const isBare = first?.type === "text" && more.length === 0 && Object.keys(first).length === 2
  if (isBare) return { ...message, content: first.text }
  return first === undefined ? { ...message, content: "" } : message
}
