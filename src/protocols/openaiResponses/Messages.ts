import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart, ProviderOptions, ToolCallPart, ToolResultPart } from "../../domain/ContentPart.ts"
import type { AssistantMessage, AssistantPart, SystemMessage, UserMessage } from "../../domain/Message.ts"
import { withOptions } from "../wire/ProviderOptionsPatch.ts"
import { array, isObject, text, type WireObject } from "../wire/WireObject.ts"
import { ContentEncoder, type ContentOptions } from "./Content.ts"
import {
  callType,
  encodeCall,
  encodeImage,
  encodeReasoning,
  groupTexts,
  optionsOf,
  type OutputMessage,
  protocolId
} from "./Items.ts"

interface Options extends ContentOptions {
  /** Whether the server stores nothing. */
  readonly isStateless: boolean
}

/**
 * Writes messages as items: each part of an answer is one, except that consecutive texts of a message are one. Reasoning
 * goes back unchanged; it is left out where nothing proves that a model of this protocol wrote it, or where a server that
 * stores nothing (`isStateless`) would have to look it up by its id.
 */
export class MessagesEncoder {
  readonly items: Array<WireObject> = []
  /** The text of system messages whose options say `role: "instructions"`. */
  instructions: string | undefined
  readonly #options: Options
  readonly #content: ContentEncoder
  readonly #callTypes = new Map<string, string>()

  constructor(options: Options) {
    this.#options = options
    this.#content = new ContentEncoder(options)
  }

  encode(messages: ChatRequest["messages"]): ReadonlyArray<WireObject> {
    for (const [m, message] of messages.entries()) {
      const at = `messages[${m}].content`
      switch (message.role) {
        case "system":
          this.#system(message, at)
          break
        case "user":
          this.#user(message, at)
          break
        case "assistant":
          this.#assistant(message, at)
          break
        case "tool":
          for (const [p, part] of message.content.entries()) {
            const item = this.#withOptions(this.#result(part, `${at}[${p}]`), message.providerOptions)
            this.items.push(this.#withOptions(item, part.providerOptions))
          }
      }
    }
    return this.items
  }

  #system(message: SystemMessage, at: string): void {
    const content = this.#content.parts(message.content, at)
    if (typeof content === "string" && optionsOf(message, this.#options.provider).role === "instructions") {
      this.instructions = this.instructions === undefined ? content : `${this.instructions}\n\n${content}`
    } else {
      const { systemRole: role } = this.#options.quirks
      this.items.push(this.#withOptions({ role, content }, message.providerOptions))
    }
  }

  /** Provider parts that are items rather than content (the answer to a request for approval) stand between messages. */
  #user(message: UserMessage, at: string): void {
    let parts: Array<ContentPart> = []
    const flush = () => {
      if (parts.length === 0) return
      const content = this.#content.parts(parts, at)
      if (content.length > 0 || typeof content === "string") {
        this.items.push(this.#withOptions({ role: "user", content }, message.providerOptions))
      }
      parts = []
    }
    for (const part of message.content) {
      if (part.type !== "provider" || isContent(part.value)) parts.push(part)
      else if (part.protocol === protocolId && isObject(part.value)) {
        flush()
        this.items.push(part.value)
      }
    }
    flush()
  }

  #assistant(message: AssistantMessage, at: string): void {
    for (const part of message.content) {
      if (part.type === "text" && part.cacheControl !== undefined) this.#content.warnOfMark()
    }
    for (const [p, part] of groupTexts(message.content, this.#options.provider)) {
      const item =
        part.type === "message"
          ? this.#withOptions(encodeMessage(part), message.providerOptions)
          : this.#item(part, `${at}[${p}]`)
      if (item !== undefined) this.items.push(item)
    }
  }

  #item(part: AssistantPart, at: string): WireObject | undefined {
    const { issues, isStateless, provider } = this.#options
    switch (part.type) {
      case "reasoning": {
        const item = encodeReasoning(part)
        const isLost = isStateless && part.encrypted === undefined && part.raw === undefined
        if (item !== undefined && !isLost) return this.#withOptions(item, part.providerOptions)
        const reason =
          item === undefined ? "no model of this protocol wrote" : "the server neither stored nor encrypted"
        return void issues.warn("unsupported-content", "messages", `${at}: reasoning that ${reason} was left out`)
      }
      case "tool-call":
        return part.providerExecuted === true ? undefined : this.#call(part)
      case "image": {
        const options = optionsOf(part, provider)
        const item = options.type === "image_generation_call" ? encodeImage(part, options) : undefined
        if (item === undefined) issues.content(at, "an image of an earlier answer goes back to its server only")
        return item
      }
      case "audio":
        return void issues.content(at, "a recording of an earlier answer has no transcript")
      case "provider":
        return part.protocol === protocolId && isObject(part.value) ? part.value : undefined
      default:
        return undefined
    }
  }

  #call(part: ToolCallPart): WireObject {
    if (part.cacheControl !== undefined) this.#content.warnOfMark()
    const type = callType(optionsOf(part, this.#options.provider))
    this.#callTypes.set(part.id, type)
    const { id, ...item } = this.#withOptions(encodeCall(part, type), part.providerOptions)
    return id === undefined || (type === "function_call" && !String(id).startsWith("fc")) ? item : { id, ...item }
  }

  #result(part: ToolResultPart, at: string): WireObject {
    if (part.cacheControl !== undefined) this.#content.warnOfMark()
    const type = text(optionsOf(part, this.#options.provider).type)?.replace(/_output$/, "")
    const calledType = type === "tool_search" ? "tool_search_call" : type
    return this.#content.result(part, calledType ?? this.#callTypes.get(part.id) ?? "function_call", at)
  }

  #withOptions(item: WireObject, options: ProviderOptions | undefined): WireObject {
    return options === undefined ? item : withOptions(item, options, protocolId, this.#options.provider)
  }
}

const isContent = (value: unknown): boolean => isObject(value) && String(value.type).startsWith("input_")

/** Servers refuse ids of other servers; a message without an id may be as short as its text. */
const encodeMessage = ({ content, options }: OutputMessage): WireObject => {
  const { id, ...rest } = options
  if (typeof id === "string" && id.startsWith("msg")) {
    return { type: "message", id, role: "assistant", status: "completed", ...rest, content }
  }
  const [first, ...more] = content
  const isBare = first?.type === "output_text" && more.length === 0 && array(first.annotations).length === 0
  return { role: "assistant", ...rest, content: isBare ? first.text : content }
}
