import * as Result from "effect/Result"
import type {
  CacheControl,
  Citation,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart
} from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import type { MediaPart } from "../wire/request/MediaInput.ts"
import { BlockMessagesEncoder, type PromptFields } from "../wire/request/BlockMessages.ts"
import { decodeCacheMark, decodeInput, encodeInput } from "../wire/request/Tools.ts"
import {
  array,
  compact,
  isObject,
  nonNegativeInt,
  object,
  setOf,
  text,
  unknownFields,
  type WireObject
} from "../wire/WireObject.ts"
import { decodeMedia, documentName, encodeMedia, own, protocolId } from "./Media.ts"
import type { BedrockConverseQuirks } from "./ModelFamilies.ts"

/** No two documents have one name, and a cache point follows each part that ends a prefix. */
export class MessagesEncoder extends BlockMessagesEncoder<BedrockConverseQuirks> {
  readonly #names = new Set<string>()

  protected text({ citations = [], text }: TextPart): WireObject | undefined {
    const block = textBlock(text, citations.map(ownCitation))
    return "text" in block && text.trim() === "" ? undefined : block
  }

  protected reasoning(part: ReasoningPart): WireObject | string {
    if (this.context.quirks.family === "deepseek") return "the model accepts no reasoning: it was left out"
    return encodeReasoning(part) ?? "reasoning from a model of another provider was left out"
  }

  protected call(part: ToolCallPart): WireObject {
    return encodeCall(part)
  }

  protected media(part: MediaPart, at: string): WireObject | undefined {
    const block = encodeMedia(part, (title) => this.#documentName(title))
    if (Result.isSuccess(block)) return block.success
    if (block.failure.includes("needs a mediaType")) this.context.issues.invalid(at, block.failure)
    else this.context.issues.content(at, block.failure)
    return undefined
  }

  protected toolResult({ id, isError, output }: ToolResultPart, at: string): WireObject {
    const content =
      typeof output === "string" ? this.textBlocks({ type: "text", text: output }) : this.parts(output, at)
    const status = isError === undefined ? undefined : isError ? "error" : "success"
    return { toolResult: compact({ toolUseId: id, content, status }) }
  }

  protected calledBy({ toolResult }: WireObject): unknown {
    return object(toolResult)?.toolUseId
  }

  protected complete(block: WireObject, { cacheControl, providerOptions }: PromptFields): ReadonlyArray<WireObject> {
    const patched = this.context.withOptions(block, providerOptions)
    return cacheControl === undefined ? [patched] : [patched, encodeCachePoint(cacheControl)]
  }

  #documentName(title: string | undefined): string {
    const titleName = documentName(title)
    let name = titleName
    for (let copy = 2; this.#names.has(name); copy++) name = `${titleName.slice(0, 190)} (${copy})`
    this.#names.add(name)
    return name
  }
}

const callKeys = setOf("toolUseId name input type")
const reasoningKeys = setOf("text signature")

/** A block that the domain has no part for, or that lacks a field that its type requires, is kept as it is. */
export const decodeBlock = (block: WireObject): AssistantPart => {
  const { citationsContent, reasoningContent, toolUse } = block
  if (typeof block.text === "string") return { type: "text", text: block.text }
  if (isObject(citationsContent)) return decodeCited(citationsContent)
  const part =
    (isObject(reasoningContent) ? decodeReasoning(reasoningContent) : undefined) ??
    (isObject(toolUse) ? decodeCall(toolUse) : undefined) ??
    decodeMedia("image", block) ??
    decodeMedia("audio", block)
  return part === undefined || part.type === "file" ? own.part(block) : part
}

const decodeCited = (block: WireObject): AssistantPart => {
  const texts = array(block.content).map((content) => text(object(content)?.text) ?? "")
  const citations = array(block.citations).filter(isObject).map(decodeCitation)
  return { type: "text", text: texts.join(""), ...(citations.length === 0 ? {} : { citations }) }
}

/** Hidden bytes are `redactedContent`; some servers say `data`. */
const decodeReasoning = ({ data, reasoningText: wire, redactedContent }: WireObject): ReasoningPart | undefined => {
  const encrypted = text(redactedContent) ?? text(data)
  if (!isObject(wire)) {
    return encrypted === undefined ? undefined : { type: "reasoning", text: "", protocol: protocolId, encrypted }
  }
  const words = text(wire.text) ?? ""
  const signature = text(wire.signature)
  const rest = unknownFields(wire, reasoningKeys)
  const raw = rest === undefined ? undefined : { reasoningText: compact({ ...rest, text: words, signature }) }
  return { type: "reasoning", text: words, protocol: protocolId, ...compact({ signature, raw }) }
}

const decodeCall = (toolUse: WireObject): ToolCallPart | undefined => {
  const { input, name, toolUseId: id } = toolUse
  if (typeof id !== "string" || typeof name !== "string") return undefined
  return { type: "tool-call", id, name, ...decodeInput(input), ...compact(callFields(toolUse)) }
}

/** The fields of a call's block besides its name and input. */
export const callFields = (toolUse: WireObject): Pick<ToolCallPart, "providerExecuted" | "providerOptions"> => ({
  providerExecuted: toolUse.type === "server_tool_use" ? true : undefined,
  providerOptions: own.options({ toolUse: unknownFields(toolUse, callKeys) })
})

/** The block exactly as it came; none when a server of another protocol wrote it. */
export const encodeReasoning = (part: ReasoningPart): WireObject | undefined =>
  part.protocol === protocolId ? reasoningBlock(part) : undefined

/** The block, whoever wrote the reasoning. */
export const reasoningBlock = ({ encrypted, raw, signature, text }: ReasoningPart): WireObject => {
  if (isObject(raw) && isObject(raw.reasoningText)) return { reasoningContent: raw }
  const isHidden = text === "" && signature === undefined && encrypted !== undefined
  return {
    reasoningContent: isHidden ? { redactedContent: encrypted } : { reasoningText: compact({ text, signature }) }
  }
}

export const encodeCall = (call: ToolCallPart): WireObject => ({
  toolUse: compact({
    toolUseId: call.id,
    name: call.name,
    input: encodeInput(call),
    type: call.providerExecuted === true ? "server_tool_use" : undefined
  })
})

/**
 * The block that ends the prefix to cache.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export const encodeCachePoint = ({ ttl }: CacheControl): WireObject => ({
  cachePoint: compact({ type: "default", ttl })
})

export const decodeCachePoint = ({ cachePoint }: WireObject): CacheControl | undefined => decodeCacheMark(cachePoint)

/**
 * A citation, whole or as a stream says it. Its positions are positions in the source, so they stay in `raw`.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html
 */
export const decodeCitation = (citation: WireObject): Citation => {
  const location = Object.values(object(citation.location) ?? {}).find(isObject) ?? {}
  const source = text(citation.source)
  const cited = array(citation.sourceContent).flatMap((content) => text(object(content)?.text) ?? [])
  return compact({
    url: text(location.url) ?? (source !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(source) ? source : undefined),
    title: text(citation.title) ?? text(location.domain),
    citedText: cited.length === 0 ? undefined : cited.join(""),
    documentIndex: nonNegativeInt(location.documentIndex) ?? nonNegativeInt(location.searchResultIndex),
    raw: citation as Json
  })
}

/** The provider's own object, or none where another protocol made the citation. */
const ownCitation = ({ raw }: Citation): WireObject | undefined =>
  isObject(raw) && raw.type === undefined && (isObject(raw.location) || Array.isArray(raw.sourceContent))
    ? raw
    : undefined

/** For readers: a citation of another protocol becomes a page of the web, or nothing when it names none. */
export const encodeCitation = (citation: Citation): WireObject | undefined => {
  const own = ownCitation(citation)
  const { citedText, title, url } = citation
  if (own !== undefined || url === undefined) return own
  return compact({
    title,
    sourceContent: citedText === undefined ? undefined : [{ text: citedText }],
    location: { web: { url } }
  })
}

/** Text with its citations, if it has any; without text where they stand alone. */
export const textBlock = (text: string, citations: ReadonlyArray<WireObject | undefined>): WireObject => {
  const cited = citations.filter((citation) => citation !== undefined)
  if (cited.length === 0) return { text }
  return { citationsContent: compact({ content: text === "" ? undefined : [{ text }], citations: cited }) }
}
