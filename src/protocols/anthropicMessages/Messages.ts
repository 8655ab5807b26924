import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type {
  CacheControl,
  Citation,
  ContentPart,
  MediaData,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart
} from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import { isText } from "../../domain/MediaType.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import { BlockMessagesEncoder, type PromptFields, type Turn } from "../wire/request/BlockMessages.ts"
import { inlineOf, type MediaPart, uncommonImage } from "../wire/request/MediaInput.ts"
import { decodeInput, encodeInput } from "../wire/request/Tools.ts"
import {
  array,
  compact,
  setOf,
  isObject,
  nonNegativeInt,
  text,
  unknownFields,
  type WireObject
} from "../wire/WireObject.ts"
import { OwnFields } from "../wire/request/OwnFields.ts"

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

  protected media(part: MediaPart, at: string, role: Turn["role"]): WireObject | undefined {
    if (part.type === "audio" || (part.type === "image" && role === "assistant")) {
      const whose = role === "assistant" ? "a response must not contain" : "the Messages API does not accept"
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
      this.context.issues.content(at, `a document must be a PDF or text, not ${mediaType}`)
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

  protected calledBy(block: WireObject): unknown {
    return block.tool_use_id
  }

  protected complete(block: WireObject, { cacheControl, providerOptions }: PromptFields): ReadonlyArray<WireObject> {
    const marked = cacheControl === undefined ? block : { ...block, cache_control: encodeCacheControl(cacheControl) }
    return [this.context.withOptions(marked, providerOptions)]
  }
}

const isBlank = (part: ContentPart | undefined): boolean => part?.type === "text" && part.text.trim() === ""

const isWords = (part: ContentPart | undefined): boolean => part?.type === "text" && !isBlank(part)

/** The protocol's id: `providerOptions` and provider parts under it belong to its wire objects. */
export const protocolId = "anthropic-messages"

export const own = new OwnFields(protocolId)

const callKeys = setOf("type id name input cache_control")
const thinkingKeys = setOf("type thinking signature cache_control")
const redactedKeys = setOf("type data cache_control")

/** A block that the domain has no part for, or that lacks a field that its type requires, is kept as it is. */
export const decodeBlock = (block: WireObject): AssistantPart => {
  switch (block.type) {
    case "text": {
      if (typeof block.text !== "string") break
      const citations = array(block.citations).filter(isObject).map(decodeCitation)
      return { type: "text", text: block.text, ...(citations.length === 0 ? {} : { citations }) }
    }
    case "thinking":
      if (typeof block.thinking !== "string") break
      return decodeThinking(block, block.thinking, text(block.signature))
    case "redacted_thinking": {
      if (typeof block.data !== "string") break
      const raw = unknownFields(block, redactedKeys) === undefined ? {} : { raw: block as Json }
      return { type: "reasoning", text: "", encrypted: block.data, ...raw }
    }
    case "tool_use":
    case "server_tool_use":
      if (typeof block.id !== "string" || typeof block.name !== "string") break
      return {
        type: "tool-call",
        id: block.id,
        name: block.name,
        ...decodeInput(block.input),
        ...compact({
          providerExecuted: block.type === "server_tool_use" ? true : undefined,
          providerOptions: callOptions(block)
        })
      }
  }
  return own.part(block)
}

/** `raw` keeps the block if it has more than its text and signature. */
export const decodeThinking = (block: WireObject, thinking: string, signature: string | undefined): ReasoningPart => ({
  type: "reasoning",
  text: thinking,
  ...(signature === undefined ? {} : { signature }),
  ...(unknownFields(block, thinkingKeys) === undefined
    ? {}
    : { raw: { ...block, thinking, signature: signature ?? "" } as Json })
})

/** The other fields of a call's block (the caller, the toolset). */
export const callOptions = (block: WireObject): ToolCallPart["providerOptions"] =>
  own.options(unknownFields(block, callKeys))

/** The block exactly as it came, or `undefined` if nothing proves that a model of this protocol wrote it. */
export const encodeReasoning = (part: ReasoningPart): WireObject | undefined => {
  const { encrypted, id, protocol, raw, signature, text: thinking } = part
  if (protocol !== undefined && protocol !== protocolId) return undefined
  if (isObject(raw) && (raw.type === "thinking" || raw.type === "redacted_thinking")) return raw
  if (id !== undefined) return undefined
  if (signature !== undefined && signature !== "") return { type: "thinking", thinking, signature }
  return encrypted !== undefined && thinking === "" ? { type: "redacted_thinking", data: encrypted } : undefined
}

export const encodeCall = (call: ToolCallPart): WireObject => ({
  type: call.providerExecuted === true ? "server_tool_use" : "tool_use",
  id: call.id,
  name: call.name,
  input: encodeInput(call)
})

export const encodeCacheControl = (control: CacheControl | undefined): WireObject | undefined =>
  control === undefined ? undefined : compact({ type: "ephemeral", ttl: control.ttl })

/** A citation of any kind, those to come included. Its positions are positions in the source, so they stay in `raw`. */
export const decodeCitation = (citation: WireObject): Citation =>
  compact({
    url: text(citation.url) ?? text(citation.source),
    title: text(citation.title) ?? text(citation.document_title),
    citedText: text(citation.cited_text),
    documentIndex: nonNegativeInt(citation.document_index),
    raw: citation as Json
  })

/**
 * The provider's own object. A citation of another protocol becomes a web search result, or nothing when it names no
 * page; without `encrypted_index` such a citation is for readers only, and no model takes it back.
 */
export const encodeCitation = (citation: Citation): WireObject | undefined => {
  const { raw, title, url } = citation
  if (isObject(raw) && typeof raw.type === "string" && raw.type.endsWith("_location")) return raw
  if (url === undefined) return undefined
  const cited_text = citation.citedText ?? ""
  return { type: "web_search_result_location", cited_text, encrypted_index: "", title: title ?? null, url }
}

/** Bytes and `data:` URLs are inline (text as text, anything else in Base64), other strings are URLs. */
const encodeSource = (data: MediaData, mediaType: string | undefined): WireObject => {
  if (typeof data === "object" && "fileId" in data) return { type: "file", file_id: data.fileId }
  if (typeof data === "object" && "text" in data) return inText(data.text)
  if (typeof data === "string" && !data.startsWith("data:")) return { type: "url", url: data }
  const { base64, mediaType: media_type } = inlineOf(data, mediaType)
  if (!isText(media_type)) return { type: "base64", media_type, data: base64 }
  return inText(Result.getOrElse(Base64.decodeString(base64), () => base64))
}

const inText = (data: string): WireObject => ({ type: "text", media_type: "text/plain", data })
