import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart, ProviderOptions, TextPart, ToolCallPart } from "../../domain/ContentPart.ts"
import type { AssistantMessage, SystemMessage, UserMessage } from "../../domain/Message.ts"
import type { Issues } from "../wire/Issues.ts"
import { ownOptions, patch, withOptions } from "../wire/ProviderOptionsPatch.ts"
import type { OpenAiResponsesQuirks } from "./OpenAiResponsesQuirks.ts"
import { encodeAnnotation } from "./wire/Annotation.ts"
import { callType, encodeCall } from "./Items.ts"
import { encodeImage } from "./wire/OutputItem.ts"
import { encodeReasoning } from "./wire/Reasoning.ts"
import { array, isObject, protocolId, text, type WireObject } from "./wire/Wire.ts"
import { ContentEncoder } from "./Content.ts"
import { encodeResult } from "./client/ResultEncoder.ts"

interface Options {
  readonly provider: string
  readonly quirks: OpenAiResponsesQuirks
  readonly issues: Issues
  readonly isStateless: boolean
}

/**
 * Writes a conversation as items. The parts of an answer are items of their own, in their order, except that texts of
 * one message are one item. A thought goes back as it came; it is left out where nothing proves that a model of this
 * protocol thought it, or where it is known by its id alone to a server that kept nothing (`isStateless`).
 */
export class InputEncoder {
  readonly items: Array<WireObject> = []
  /** What stands in `instructions`: the system messages whose role in the options is `instructions`. */
  instructions: string | undefined
  readonly #options: Options
  readonly #content: ContentEncoder
  readonly #calls = new Map<string, string>()

  constructor(options: Options) {
    this.#options = options
    this.#content = new ContentEncoder(options)
  }

  encode(messages: ChatRequest["messages"]): ReadonlyArray<WireObject> {
    for (const [m, message] of messages.entries()) {
      const at = `messages[${m}]`
      switch (message.role) {
        case "system":
          this.#system(message, at)
          break
        case "user":
          this.#user(message, at)
          break
        case "assistant":
          this.#answer(message, at)
          break
        case "tool":
          for (const [p, part] of message.content.entries()) {
            const { issues } = this.#options
            if (part.cacheControl !== undefined) this.#content.warnOfMark()
            const type = text(this.#own(part.providerOptions).type)?.replace(/_output$/, "")
            const called = type === "tool_search" ? "tool_search_call" : type
            const item = encodeResult(
              part,
              called ?? this.#calls.get(part.id) ?? "function_call",
              `${at}.content[${p}]`,
              { content: this.#content, issues }
            )
            this.items.push(this.#finish(this.#finish(item, message.providerOptions), part.providerOptions))
          }
      }
    }
    return this.items
  }

  #system(message: SystemMessage, at: string): void {
    const content = this.#content.parts(message.content, `${at}.content`)
    const own = this.#own(message.providerOptions)
    if (own.role === "instructions" && typeof content === "string") {
      this.instructions = this.instructions === undefined ? content : `${this.instructions}\n\n${content}`
      return
    }
    this.items.push(this.#finish({ role: this.#options.quirks.systemRole, content }, message.providerOptions))
  }

  /** Items that a user says beside messages (the answer to a request for approval, say) stand between them. */
  #user(message: UserMessage, at: string): void {
    let parts: Array<ContentPart> = []
    const flush = () => {
      if (parts.length === 0) return
      const content = this.#content.parts(parts, `${at}.content`)
      if (typeof content === "string" || content.length > 0)
        this.items.push(this.#finish({ role: "user", content }, message.providerOptions))
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

  #answer(message: AssistantMessage, at: string): void {
    let open: { readonly id: unknown; readonly content: Array<WireObject>; readonly options: WireObject } | undefined
    const close = () => {
      if (open !== undefined) this.items.push(this.#finish(encodeMessage(open), message.providerOptions))
      open = undefined
    }
    const say = (content: WireObject, options: WireObject, isSame: (id: unknown) => boolean) => {
      if (open === undefined || !isSame(open.id)) {
        close()
        open = { id: options.id, content: [], options }
      }
      open.content.push(content)
    }
    for (const [p, part] of message.content.entries()) {
      if (part.type === "text" || part.type === "refusal" || part.type === "audio") {
        const own = part.type === "refusal" ? {} : this.#own(part.providerOptions)
        if (part.type === "refusal") say({ type: "refusal", refusal: part.text }, {}, () => true)
        else if (part.type === "text") say(this.#text(part), own, (id) => id === own.id)
        else if (part.transcript !== undefined) say({ type: "output_text", text: part.transcript }, {}, () => true)
        else this.#options.issues.content(`${at}.content[${p}]`, "a recording of an earlier answer has no words")
        continue
      }
      close()
      const item = this.#item(part, `${at}.content[${p}]`)
      if (item !== undefined) this.items.push(item)
    }
    close()
  }

  #text({ cacheControl, citations, text }: TextPart): WireObject {
    if (cacheControl !== undefined) this.#content.warnOfMark()
    const annotations = citations?.flatMap((citation) => encodeAnnotation(citation, text.length) ?? []) ?? []
    return { type: "output_text", text, annotations }
  }

  #item(
    part: Exclude<AssistantMessage["content"][number], { type: "text" | "refusal" | "audio" }>,
    at: string
  ): WireObject | undefined {
    const { issues } = this.#options
    switch (part.type) {
      case "reasoning": {
        const item = encodeReasoning(part)
        if (item === undefined) {
          return void issues.warn("unsupported-content", "messages", `${at}: ${unproven}`)
        }
        if (this.#options.isStateless && part.encrypted === undefined && part.raw === undefined) {
          return void issues.warn("unsupported-content", "messages", `${at}: ${unkept}`)
        }
        return this.#finish(item, part.providerOptions)
      }
      case "tool-call":
        return part.providerExecuted === true ? undefined : this.#call(part)
      case "image": {
        const own = this.#own(part.providerOptions)
        const item = own.type === "image_generation_call" ? encodeImage(part, own) : undefined
        if (item === undefined) issues.content(at, "an image of an earlier answer goes back to its server only")
        return item
      }
      case "provider":
        return part.protocol === protocolId && isObject(part.value) ? part.value : undefined
    }
  }

  #call(part: ToolCallPart): WireObject {
    if (part.cacheControl !== undefined) this.#content.warnOfMark()
    const type = callType(this.#own(part.providerOptions))
    this.#calls.set(part.id, type)
    const { id, ...item } = this.#finish(encodeCall(part, type), part.providerOptions)
    return id === undefined || (type === "function_call" && !String(id).startsWith("fc")) ? item : { id, ...item }
  }

  #own(options: ProviderOptions | undefined): WireObject {
    return ownOptions(options, protocolId, this.#options.provider).reduce(patch, {})
  }

  #finish(item: WireObject, options: ProviderOptions | undefined): WireObject {
    return options === undefined ? item : withOptions(item, options, protocolId, this.#options.provider)
  }
}

const unproven = "a thought that no model of this protocol had was left out"
const unkept = "a thought that the server did not keep and did not encrypt was left out"

const isContent = (value: unknown): boolean => isObject(value) && String(value.type).startsWith("input_")

/** The servers refuse ids that are not of their own form; a message that has none may be as short as its text. */
const encodeMessage = (message: { readonly content: ReadonlyArray<WireObject>; readonly options: WireObject }) => {
  const { content, options } = message
  const { id, ...rest } = options
  if (typeof id === "string" && id.startsWith("msg")) {
    return { type: "message", id, role: "assistant", status: "completed", ...rest, content }
  }
  const [first, ...more] = content
  const isBare = first?.type === "output_text" && more.length === 0 && array(first.annotations).length === 0
  return { role: "assistant", ...rest, content: isBare ? first.text : content }
}
