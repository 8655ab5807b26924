import type {
  AudioPart,
  CacheControl,
  ContentPart,
  FilePart,
  ImagePart,
  ProviderOptions,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart
} from "../../domain/ContentPart.ts"
import { BlockMessagesEncoder, type Turn } from "../wire/BlockMessages.ts"
import { uncommonImage } from "../wire/MediaInput.ts"
import { compact, type WireObject } from "../wire/WireObject.ts"
import { encodeCacheControl, encodeCall, encodeCitation, encodeReasoning, encodeSource } from "./Blocks.ts"

/** A system message within the conversation waits for the end of the user's turn. */
export class MessagesEncoder extends BlockMessagesEncoder {
  #waiting: Turn | undefined

  protected override isLeading(): boolean {
    return super.isLeading() && this.#waiting === undefined
  }

  protected override addSystem(content: Array<WireObject>, options: ReadonlyArray<WireObject>): void {
    const before = this.#waiting
    this.#waiting = {
      role: "system",
      content: [...(before?.content ?? []), ...content],
      options: [...(before?.options ?? []), ...options]
    }
  }

  protected override add(role: Turn["role"], content: Array<WireObject>, options: ReadonlyArray<WireObject>): void {
    if (role === "assistant" && content.length > 0) this.end()
    super.add(role, content, options)
  }

  /** A system message may only follow a user's turn, or an assistant's that ends in a server tool. */
  protected override end(): void {
    if (this.#waiting === undefined) return
    const last = this.turns.at(-1)
    if (last?.role === "user" || last?.content.at(-1)?.type === "server_tool_use") this.turns.push(this.#waiting)
    else this.system.push(...this.#waiting.content)
    this.#waiting = undefined
  }

  /**
   * Blank text is refused ("text content blocks must contain non-whitespace text"), except between two texts, where a
   * model writes it among its citations.
   */
  protected override isLeftOut(parts: ReadonlyArray<ContentPart>, index: number): boolean {
    return isBlank(parts[index]) && !(isWords(parts[index - 1]) && isWords(parts[index + 1]))
  }

  protected text(part: TextPart): WireObject | undefined {
    if (part.text === "") return undefined
    const citations = part.citations
      ?.map(encodeCitation)
      .filter((one) => one !== undefined && one.encrypted_index !== "")
    return compact({ type: "text", text: part.text, citations: citations?.length ? citations : undefined })
  }

  protected reasoning(part: ReasoningPart): WireObject | string {
    return encodeReasoning(part) ?? "reasoning without a signature was left out"
  }

  protected call(part: ToolCallPart): WireObject {
    return encodeCall(part)
  }

  protected media(part: ImagePart | AudioPart | FilePart, at: string, role: Turn["role"]): WireObject | undefined {
    if (part.type === "audio" || (part.type === "image" && role === "assistant")) {
      const whose = role === "assistant" ? "a response may not hold" : "the Messages API does not take"
      this.context.issues.content(at, `${whose} ${part.type} content`)
      return undefined
    }
    const source = encodeSource(part.data, part.mediaType)
    const mediaType = typeof source.media_type === "string" ? source.media_type : part.mediaType
    const isInline = source.type === "base64"
    if (isInline && mediaType === undefined)
      this.context.issues.invalid(at, "bytes need a mediaType, such as image/png")
    if (part.type === "image" || mediaType?.startsWith("image/") === true) {
      if (source.type === "text") this.context.issues.invalid(at, "text is not an image")
      const problem = uncommonImage(part)
      if (problem === undefined) return { type: "image", source }
      this.context.issues.content(at, problem)
      return undefined
    }
    if (isInline && mediaType !== "application/pdf") {
      this.context.issues.content(at, `a document is a PDF or text, not ${mediaType}`)
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

  protected toolResult({ id, isError, output }: ToolResultPart, at: string): WireObject {
    const isBlankText = typeof output === "string" && output !== "" && output.trim() === ""
    return compact({
      type: "tool_result",
      tool_use_id: id,
      content: typeof output === "string" ? (isBlankText ? undefined : output) : this.parts(output, at),
      is_error: isError
    })
  }

  /** Ids of server tools begin so; those of compatible servers are known by their results. */
  protected override isServedHere(part: ToolCallPart, siblings: ReadonlyArray<ContentPart>): boolean {
    return part.id.startsWith("srvtoolu_") || super.isServedHere(part, siblings)
  }

  protected isResultOf(block: WireObject, id: string): boolean {
    return block.tool_use_id === id
  }

  protected complete(
    block: WireObject,
    cacheControl: CacheControl | undefined,
    options: ProviderOptions | undefined
  ): ReadonlyArray<WireObject> {
    const marked = cacheControl === undefined ? block : { ...block, cache_control: encodeCacheControl(cacheControl) }
    return [this.context.withOptions(marked, options)]
  }
}

const isBlank = (part: ContentPart | undefined): boolean => part?.type === "text" && part.text.trim() === ""

const isWords = (part: ContentPart | undefined): boolean => part?.type === "text" && !isBlank(part)
