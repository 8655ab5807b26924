import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { ContentPart, ImagePart, ToolResultPart } from "../../../domain/ContentPart.ts"
import type { AssistantMessage, ToolMessage } from "../../../domain/Message.ts"
import { base64Of, documentText } from "../../wire/DataUrl.ts"
import type { Issues } from "../../wire/Issues.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { compact, protocolId, type WireObject } from "../wire/Wire.ts"
import { encodeCall } from "../wire/ToolCalls.ts"

/**
 * Writes a conversation. A message is one text, with its images beside it: texts of one message are paragraphs of it,
 * and documents are texts. Results name their tool and are messages of their own.
 */
export class MessagesEncoder {
  readonly #provider: string
  readonly #objections: Issues
  readonly #names = new Map<string, string>()

  constructor(provider: string, issues: Issues) {
    this.#provider = provider
    this.#objections = issues
  }

  encode(messages: ChatRequest["messages"]): ReadonlyArray<WireObject> {
    return messages.flatMap((message, index): ReadonlyArray<WireObject> => {
      const at = `messages[${index}]`
      switch (message.role) {
        case "tool":
          return this.#results(message, at)
        case "assistant":
          return [withOptions(this.#answer(message, at), message.providerOptions, protocolId, this.#provider)]
        default: {
          const wire = { role: message.role, ...this.#said(message.content, at) }
          return [withOptions(wire, message.providerOptions, protocolId, this.#provider)]
        }
      }
    })
  }

  #said(parts: ReadonlyArray<ContentPart>, at: string): WireObject {
    const texts: Array<string> = []
    const images: Array<string> = []
    for (const [index, part] of parts.entries()) {
      const here = `${at}[${index}]`
      switch (part.type) {
        case "text":
          texts.push(part.text)
          break
        case "image":
          images.push(...this.#image(part, here))
          break
        case "file": {
          const text = documentText(part)
          if (text === undefined) this.#objections.content(here, "Ollama takes documents as plain text only")
          else texts.push(text)
          break
        }
        case "provider":
          break
        default:
          this.#objections.content(here, `Ollama does not take ${part.type} content`)
      }
    }
    return compact({ content: texts.join("\n\n"), images: images.length === 0 ? undefined : images })
  }

  #image(part: ImagePart, at: string): ReadonlyArray<string> {
    const inline = base64Of(part.data, part.mediaType)
    if (inline === undefined) this.#objections.content(at, "Ollama takes the bytes of an image, not its address")
    return inline === undefined ? [] : [inline.base64]
  }

  #answer({ content: parts }: AssistantMessage, at: string): WireObject {
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
            this.#objections.warn("unsupported-content", "messages", `${here}: a thought without words was left out`)
          }
          break
        case "tool-call":
          if (part.providerExecuted === true) break
          this.#names.set(part.id, part.name)
          calls.push(withOptions(encodeCall(part, calls.length), part.providerOptions, protocolId, this.#provider))
          break
        case "image":
          images.push(...this.#image(part, here))
          break
        case "audio":
          if (part.transcript === undefined) this.#objections.content(here, "Ollama does not take audio content")
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

  #results(message: ToolMessage, at: string): ReadonlyArray<WireObject> {
    return message.content.map((part, index) => {
      const wire = withOptions(
        this.#result(part, `${at}.content[${index}]`),
        message.providerOptions,
        protocolId,
        this.#provider
      )
      return withOptions(wire, part.providerOptions, protocolId, this.#provider)
    })
  }

  /** There is no word for a result that says that the tool failed, so the text begins with one. */
  #result(part: ToolResultPart, at: string): WireObject {
    const said = typeof part.output === "string" ? { content: part.output } : this.#said(part.output, `${at}.output`)
    const content = String(said.content)
    return compact({
      role: "tool",
      tool_name: part.name ?? this.#names.get(part.id),
      tool_call_id: part.id,
      ...said,
      content: part.isError === true && !/^error\b/i.test(content) ? `Error: ${content}` : content
    })
  }
}
