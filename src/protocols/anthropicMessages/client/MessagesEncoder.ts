import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type {
  ContentPart,
  ProviderOptions,
  TextPart,
  ToolCallPart,
  ToolResultPart
} from "../../../domain/ContentPart.ts"
import type { AssistantMessage, SystemMessage } from "../../../domain/Message.ts"
import { encodeCacheControl, encodeCall, encodeReasoning } from "../wire/AssistantBlock.ts"
import { encodeSource } from "../wire/MediaSource.ts"
import { ownOptions, patch, withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { encodeCitation, isReturnable } from "../wire/WireCitation.ts"
import { uncommonImage } from "../../wire/MediaInput.ts"
import type { Issues } from "../../wire/Issues.ts"
import { isAnsweredWithin, servedElsewhere } from "../../wire/Tools.ts"

interface Turn {
  readonly role: "user" | "assistant" | "system"
  readonly content: Array<WireObject>
  readonly options: ReadonlyArray<WireObject>
}

/**
 * Writes a conversation as the API wants it: the instructions that come first as `system`; turns of one role in a row
 * (tool results are said by the user) as one message; no text that is empty or blank, which the API refuses.
 *
 * A later system message waits for the end of the user's turn and stands there, where the model has that
 * (`systemInConversation`) or the message has options of this protocol; else it joins the instructions in front.
 */
export class MessagesEncoder {
  readonly system: Array<WireObject> = []
  readonly #turns: Array<Turn> = []
  #waiting: Turn | undefined
  readonly #provider: string
  readonly #systemInConversation: boolean
  readonly #objections: Issues

  constructor(options: { readonly provider: string; readonly systemInConversation: boolean; readonly issues: Issues }) {
    this.#provider = options.provider
    this.#systemInConversation = options.systemInConversation
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
    this.#settle()
    this.#trimEnd()
    return this.#turns.map(({ content, options, role }) => options.reduce(patch, { role, content }))
  }

  #addSystem(message: SystemMessage, options: ReadonlyArray<WireObject>, at: string): void {
    const content = this.#parts(message.content, at)
    if (content.length === 0) return
    if (this.#turns.length === 0 && this.#waiting === undefined) {
      this.system.push(...content)
    } else if (this.#systemInConversation || options.length > 0) {
      this.#waiting ??= { role: "system", content: [], options: [] }
      this.#waiting = {
        role: "system",
        content: [...this.#waiting.content, ...content],
        options: [...this.#waiting.options, ...options]
      }
    } else {
      this.system.push(...content)
      this.#objections.warn("other", "messages", `${at}: the system message was moved to the front`)
    }
  }

  #add(role: "user" | "assistant", content: Array<WireObject>, options: ReadonlyArray<WireObject>): void {
    if (content.length === 0) return
    if (role === "assistant") this.#settle()
    const last = this.#turns.at(-1)
    if (last?.role === role && last.options.length === 0 && options.length === 0) last.content.push(...content)
    else this.#turns.push({ role, content, options })
  }

  /** A system message may only follow a user's turn, or an assistant's that ends in a server tool. */
  #settle(): void {
    if (this.#waiting === undefined) return
    const last = this.#turns.at(-1)
    if (last?.role === "user" || last?.content.at(-1)?.type === "server_tool_use") this.#turns.push(this.#waiting)
    else this.system.push(...this.#waiting.content)
    this.#waiting = undefined
  }

  /** The API refuses an answer to go on from that ends in white space. */
  #trimEnd(): void {
    const last = this.#turns.at(-1)
    const block = last?.role === "assistant" ? last.content.at(-1) : undefined
    if (last === undefined || block?.type !== "text" || typeof block.text !== "string") return
    last.content[last.content.length - 1] = { ...block, text: block.text.trimEnd() }
  }

  #assistant(message: AssistantMessage, at: string): Array<WireObject> {
    return message.content.flatMap((part, index, all): ReadonlyArray<WireObject> => {
      if (isRefusedBlank(all, index)) return []
      const here = `${at}.content[${index}]`
      switch (part.type) {
        case "reasoning": {
          const block = encodeReasoning(part)
          if (block !== undefined) return [this.#finish(block, part)]
          this.#objections.warn(
            "unsupported-content",
            "messages",
            `${here}: reasoning without a signature was left out`
          )
          return []
        }
        case "tool-call":
          if (part.providerExecuted !== true || isServedHere(part, all)) return [this.#finish(encodeCall(part), part)]
          this.#objections.warn("unsupported-content", "messages", `${here}: ${servedElsewhere}`)
          return []
        case "refusal":
          return this.#textBlock({ type: "text", text: part.text })
        case "image":
        case "audio":
          this.#objections.content(here, `an answer may not hold ${part.type} content`)
          return []
        default:
          return this.#part(part, here)
      }
    })
  }

  #parts(parts: ReadonlyArray<ContentPart>, at: string): Array<WireObject> {
    return parts.flatMap((part, index) =>
      isRefusedBlank(parts, index) ? [] : this.#part(part, `${at}.content[${index}]`)
    )
  }

  #part(part: ContentPart, at: string): ReadonlyArray<WireObject> {
    switch (part.type) {
      case "text":
        return this.#textBlock(part)
      case "image":
      case "file": {
        const block = this.#media(part, at)
        return block === undefined ? [] : [this.#finish(block, part)]
      }
      case "tool-result":
        return [this.#finish(this.#toolResult(part, at), part)]
      case "provider":
        return part.protocol === protocolId && isObject(part.value) ? [part.value] : []
      default:
        this.#objections.content(at, `the Messages API does not take ${part.type} content`)
        return []
    }
  }

  #textBlock(part: TextPart): Array<WireObject> {
    if (part.text === "") return []
    const citations = part.citations?.map(encodeCitation).filter(isReturnable) ?? []
    const block = compact({ type: "text", text: part.text, citations: citations.length === 0 ? undefined : citations })
    return [this.#finish(block, part)]
  }

  #media(part: Extract<ContentPart, { type: "image" | "file" }>, at: string): WireObject | undefined {
    const { mediaType, source } = encodeSource(part.data, part.mediaType)
    const isInline = source.type === "base64"
    if (isInline && mediaType === undefined) {
      this.#objections.invalid(at, "bytes need a mediaType, such as image/png")
    }
    if (part.type === "image" || (mediaType?.startsWith("image/") ?? false)) {
      if (source.type === "text") this.#objections.invalid(at, "text is not an image")
      const uncommon = uncommonImage(part)
      if (uncommon !== undefined) {
        this.#objections.content(at, uncommon)
        return undefined
      }
      return { type: "image", source }
    }
    if (isInline && mediaType !== "application/pdf") {
      this.#objections.content(at, `a document is a PDF or text, not ${mediaType}`)
      return undefined
    }
    return compact({
      type: "document",
      source,
      title: part.title ?? part.fileName,
      context: part.context,
      citations: part.citations === undefined ? undefined : { enabled: part.citations }
    })
  }

  #toolResult(part: ToolResultPart, at: string): WireObject {
    return compact({
      type: "tool_result",
      tool_use_id: part.id,
      content: typeof part.output !== "string" ? this.#parts(part.output, at) : blankless(part.output),
      is_error: part.isError
    })
  }

  #finish(
    block: WireObject,
    part: {
      readonly cacheControl?: TextPart["cacheControl"]
      readonly providerOptions?: ProviderOptions | undefined
    }
  ): WireObject {
    const cache_control = encodeCacheControl(part.cacheControl)
    const whole = cache_control === undefined ? block : { ...block, cache_control }
    return part.providerOptions === undefined
      ? whole
      : withOptions(whole, part.providerOptions, protocolId, this.#provider)
  }
}

/** Ids of server tools begin so; those of compatible servers are known by their results, which stand in the same message. */
const isServedHere = ({ id }: ToolCallPart, content: AssistantMessage["content"]): boolean =>
  id.startsWith("srvtoolu_") || isAnsweredWithin(content, protocolId, (block) => block.tool_use_id === id)

const isBlank = (part: ContentPart | undefined): boolean => part?.type === "text" && part.text.trim() === ""

const isWords = (part: ContentPart | undefined): boolean => part?.type === "text" && !isBlank(part)

/**
 * Blank text is refused ("text content blocks must contain non-whitespace text"), except between two texts, where a model
 * writes it among its citations.
 */
const isRefusedBlank = (parts: ReadonlyArray<ContentPart>, index: number): boolean =>
  isBlank(parts[index]) && !(isWords(parts[index - 1]) && isWords(parts[index + 1]))

/** The text; none where it is blank. An empty one says that there is nothing. */
const blankless = (text: string): string | undefined => (text === "" || text.trim() !== "" ? text : undefined)
