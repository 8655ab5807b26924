import type { CacheControl, ReasoningPart, ToolCallPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { ofOneKind } from "../../wire/Blank.ts"
import { decodeInput, encodeInput } from "../../wire/Tools.ts"
import { decodeMedia } from "./MediaBlock.ts"
import { array, unknownFields, compact, isObject, object, protocolId, text, type WireObject } from "./Wire.ts"
import { decodeCitation } from "./WireCitation.ts"

const callKeys = new Set(["toolUseId", "name", "input", "type"])
const thoughtKeys = new Set(["text", "signature"])

/**
 * A block of an answer. One that the domain has no part for, or that lacks what its kind needs, is kept as it is.
 */
export const decodeBlock = (block: WireObject): AssistantPart => {
  const { citationsContent, reasoningContent, toolUse } = block
  if (typeof block.text === "string") return { type: "text", text: block.text }
  if (isObject(citationsContent)) return decodeCited(citationsContent)
  if (isObject(reasoningContent)) return decodeThought(reasoningContent) ?? other(block)
  if (isObject(toolUse) && typeof toolUse.toolUseId === "string" && typeof toolUse.name === "string") {
    return decodeCall(toolUse, toolUse.toolUseId, toolUse.name, decodeInput(toolUse.input))
  }
  for (const kind of ["image", "audio"] as const) {
    const media = object(block[kind])
    const part = media === undefined ? undefined : decodeMedia(kind, media)
    if (part !== undefined && part.type !== "file") return part
  }
  return other(block)
}

const kinds = [
  "text",
  "citation",
  "citationsContent",
  "reasoningContent",
  "toolUse",
  "toolResult",
  "image",
  "audio",
  "video",
  "document",
  "guardContent",
  "searchResult"
]

/**
 * The block of a response as it is meant: without empty fields of other kinds, and with the id that `idOf` gives, of the
 * server's own, where it is a call. What the provider ran keeps its id, by which its result is found.
 */
export const completed = (wire: WireObject, idOf: (given: unknown) => string): WireObject => {
  const block = ofOneKind(wire, kinds)
  const { toolUse } = block
  if (!isObject(toolUse) || text(toolUse.name) === undefined) return block
  const given = text(toolUse.toolUseId)
  const id = given !== undefined && isServerTool(toolUse) ? given : idOf(given)
  return id === given ? block : { ...block, toolUse: { ...toolUse, toolUseId: id } }
}

const other = (block: WireObject): AssistantPart => ({ type: "provider", protocol: protocolId, value: block as Json })

const decodeCited = (block: WireObject): AssistantPart => {
  const said = array(block.content).flatMap((content) => text(object(content)?.text) ?? [])
  const citations = array(block.citations).filter(isObject).map(decodeCitation)
  return { type: "text", text: said.join(""), ...(citations.length === 0 ? {} : { citations }) }
}

/** Bytes of a thought are `redactedContent`; some servers say `data`. */
const decodeThought = (content: WireObject): ReasoningPart | undefined => {
  const thought = content.reasoningText
  const encrypted = text(content.redactedContent) ?? text(content.data)
  if (isObject(thought)) return thoughtOf(text(thought.text) ?? "", text(thought.signature), undefined, thought)
  return encrypted === undefined ? undefined : thoughtOf("", undefined, encrypted, {})
}

/** A thought; `thought` says what its text and signature do not. */
export const thoughtOf = (
  words: string,
  signature: string | undefined,
  encrypted: string | undefined,
  thought: WireObject
): ReasoningPart => {
  const rest = unknownFields(thought, thoughtKeys)
  const raw = rest === undefined ? undefined : { reasoningText: compact({ ...rest, text: words, signature }) }
  return { type: "reasoning", text: words, protocol: protocolId, ...compact({ signature, encrypted, raw }) }
}

/**
 * A call of either kind. `type` tells only whether the provider answers it; what else the block says stays in
 * `providerOptions`.
 */
export const decodeCall = (
  block: WireObject,
  id: string,
  name: string,
  input: Pick<ToolCallPart, "input" | "rawInput">
): ToolCallPart => ({
  type: "tool-call",
  id,
  name,
  ...input,
  ...compact({ providerExecuted: isServerTool(block) ? true : undefined, providerOptions: callOptions(block) })
})

export const isServerTool = ({ type }: WireObject): boolean => type === "server_tool_use"

/** What the block of a call says beside the call itself. */
export const callOptions = (block: WireObject): ToolCallPart["providerOptions"] => {
  const options = unknownFields(block, callKeys)
  return options === undefined ? undefined : { [protocolId]: { toolUse: options } }
}

/** A thought as a block, byte for byte as it came; none when a server of another protocol made it. */
export const encodeReasoning = (part: ReasoningPart): WireObject | undefined =>
  part.protocol === protocolId ? { reasoningContent: thoughtContent(part) } : undefined

/** The content of a thought, without regard to who made it. */
export const thoughtContent = ({ encrypted, raw, signature, text }: ReasoningPart): WireObject => {
  if (isObject(raw) && isObject(raw.reasoningText)) return raw
  if (text === "" && signature === undefined && encrypted !== undefined) return { redactedContent: encrypted }
  return { reasoningText: compact({ text, signature }) }
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
 * The block after which the prompt is kept.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export const encodeCachePoint = ({ ttl }: CacheControl): WireObject => ({
  cachePoint: compact({ type: "default", ttl })
})

export const decodeCachePoint = (block: WireObject): CacheControl | undefined => {
  const point = object(block.cachePoint)
  if (point === undefined) return undefined
  return point.ttl === "5m" || point.ttl === "1h" ? { ttl: point.ttl } : {}
}
