import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type {
  ContentPart,
  ProviderOptions,
  TextPart,
  ToolCallPart,
  ToolResultPart
} from "../../../domain/ContentPart.ts"
import type { AssistantMessage, SystemMessage } from "../../../domain/Message.ts"
import type { Issues } from "../../wire/Issues.ts"
import { ownOptions, patch, withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { isAnsweredWithin, servedElsewhere } from "../../wire/Tools.ts"
import { encodeCachePoint, encodeCall, encodeReasoning } from "../wire/AssistantBlock.ts"
import { documentName, encodeMedia } from "../wire/MediaBlock.ts"
import { compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { citedBlock, ownCitation } from "../wire/WireCitation.ts"

interface Turn {
  readonly role: "user" | "assistant" | "system"
  readonly content: Array<WireObject>
  readonly options: ReadonlyArray<WireObject>
}

/**
 * Writes a conversation as the API wants it: the instructions that come first as `system`; turns of one role in a row
 * (tool results are said by the user) as one message; no text that is empty or blank; a cache point after each part that ends a prefix;
 * no two documents of one name.
 *
 * A later system message stands in its place where the model has that (`systemInConversation`) or the message has
 * options of this protocol; else it joins the instructions in front.
 */
export class MessagesEncoder {
  readonly system: Array<WireObject> = []
  readonly #turns: Array<Turn> = []
  readonly #names = new Set<string>()
  readonly #provider: string
  readonly #systemInConversation: boolean
  readonly #thoughtsReturn: boolean
  readonly #objections: Issues

  constructor(options: {
    readonly provider: string
    readonly systemInConversation: boolean
    /** Whether the model takes its own thoughts back. */
    readonly thoughtsReturn: boolean
    readonly issues: Issues
  }) {
    this.#provider = options.provider
    this.#systemInConversation = options.systemInConversation
    this.#thoughtsReturn = options.thoughtsReturn
    this.#objections = options.issues
  }

  encode(messages: ChatRequest["messages"]): ReadonlyArray<WireObject> {
    for (const [index, message] of messages.entries()) {
      const at = `messages[${index}]`
      const options = ownOptions(message.providerOptions, protocolId, this.#provider)
      if (message.role === "system") this.#addSystem(message, options, at)
      else if (message.role === "assistant") this.#add("assistant", this.#assistant(message, at), options)
      else this.#add("user", this.#parts(message.content, at), options)
    }
    this.#trimEnd()
    return this.#turns.map(({ content, options, role }) => options.reduce(patch, { role, content }))
  }

  #addSystem(message: SystemMessage, options: ReadonlyArray<WireObject>, at: string): void {
    const content = message.content.flatMap((part) => this.#textBlock(part))
    if (this.#turns.length === 0) this.system.push(...content)
    else if (this.#systemInConversation || options.length > 0) this.#add("system", content, options)
    else {
      this.system.push(...content)
      this.#objections.warn("other", "messages", `${at}: the system message was moved to the front`)
    }
  }

  #add(role: Turn["role"], content: Array<WireObject>, options: ReadonlyArray<WireObject>): void {
    if (content.length === 0) return
    const last = this.#turns.at(-1)
    if (last?.role === role && last.options.length === 0 && options.length === 0) last.content.push(...content)
    else this.#turns.push({ role, content, options })
  }

  /** An answer to go on from may not end in white space. */
  #trimEnd(): void {
    const last = this.#turns.at(-1)
    const block = last?.role === "assistant" ? last.content.at(-1) : undefined
    if (last === undefined || typeof block?.text !== "string") return
    last.content[last.content.length - 1] = { ...block, text: block.text.trimEnd() }
  }

  #assistant(message: AssistantMessage, at: string): Array<WireObject> {
    return message.content.flatMap((part, index, all): ReadonlyArray<WireObject> => {
      const here = `${at}.content[${index}]`
      switch (part.type) {
        case "reasoning": {
          const block = this.#thoughtsReturn ? encodeReasoning(part) : undefined
          if (block !== undefined) return this.#finish(block, part)
          const why = this.#thoughtsReturn
            ? "reasoning that no model here has thought"
            : "the model takes no reasoning: it"
          this.#objections.warn("unsupported-content", "messages", `${here}: ${why} was left out`)
          return []
        }
        case "tool-call":
          if (part.providerExecuted !== true || isServedHere(part, all)) return this.#finish(encodeCall(part), part)
          this.#objections.warn("unsupported-content", "messages", `${here}: ${servedElsewhere}`)
          return []
        case "refusal":
          return this.#textBlock({ type: "text", text: part.text })
        default:
          return this.#part(part, here)
      }
    })
  }

  #parts(parts: ReadonlyArray<ContentPart>, at: string): Array<WireObject> {
    return parts.flatMap((part, index) => this.#part(part, `${at}.content[${index}]`))
  }

  #part(part: ContentPart, at: string): ReadonlyArray<WireObject> {
    switch (part.type) {
      case "text":
        return this.#textBlock(part)
      case "image":
      case "audio":
      case "file": {
        const block = encodeMedia(part, (title) => this.#documentName(title))
        if (Result.isSuccess(block)) return this.#finish(block.success, part)
        if (block.failure.includes("needs a mediaType")) this.#objections.invalid(at, block.failure)
        else this.#objections.content(at, block.failure)
        return []
      }
      case "tool-result":
        return this.#finish(this.#toolResult(part, at), part)
      case "provider":
        return part.protocol === protocolId && isObject(part.value) ? [part.value] : []
      default:
        this.#objections.content(at, `Converse does not take ${part.type} content here`)
        return []
    }
  }

  #documentName(title: string | undefined): string {
    const wanted = documentName(title)
    let name = wanted
    for (let copy = 2; this.#names.has(name); copy++) name = `${wanted.slice(0, 190)} (${copy})`
    this.#names.add(name)
    return name
  }

  #textBlock(part: TextPart): ReadonlyArray<WireObject> {
    const citations = (part.citations ?? []).map(ownCitation).filter((own) => own !== undefined)
    if (part.text.trim() === "" && citations.length === 0) return []
    return this.#finish(citations.length === 0 ? { text: part.text } : citedBlock(part.text, citations), part)
  }

  #toolResult(part: ToolResultPart, at: string): WireObject {
    const { id, isError, output } = part
    const content =
      typeof output === "string" ? this.#textBlock({ type: "text", text: output }) : this.#parts(output, at)
    const status = isError === undefined ? undefined : isError ? "error" : "success"
    return { toolResult: compact({ toolUseId: id, content, status }) }
  }

  #finish(
    block: WireObject,
    part: {
      readonly cacheControl?: TextPart["cacheControl"]
      readonly providerOptions?: ProviderOptions | undefined
    }
  ): ReadonlyArray<WireObject> {
    const { cacheControl, providerOptions } = part
    const whole =
      providerOptions === undefined ? block : withOptions(block, providerOptions, protocolId, this.#provider)
    return cacheControl === undefined ? [whole] : [whole, encodeCachePoint(cacheControl)]
  }
}

const isServedHere = ({ id }: ToolCallPart, content: AssistantMessage["content"]): boolean =>
  isAnsweredWithin(content, protocolId, ({ toolResult }) => isObject(toolResult) && toolResult.toolUseId === id)
