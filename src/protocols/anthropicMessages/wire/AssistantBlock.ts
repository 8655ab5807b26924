import type { CacheControl, ReasoningPart, ToolCallPart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { decodeInput, encodeInput } from "../../wire/Tools.ts"
import { array, unknownFields, compact, isObject, protocolId, text, type WireObject } from "./Wire.ts"
import { decodeCitation } from "./WireCitation.ts"

const callKeys = new Set(["type", "id", "name", "input", "cache_control"])
const thinkingKeys = new Set(["type", "thinking", "signature", "cache_control"])
const redactedKeys = new Set(["type", "data", "cache_control"])

/**
 * A block of an answer. One that the domain has no part for, or that lacks what its kind needs, is kept as it is.
 */
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
      return decodeCall(block, block.id, block.name, decodeInput(block.input))
  }
  return { type: "provider", protocol: protocolId, value: block as Json }
}

/**
 * The block with the id that `idOf` gives, of the server's own, where it is a call. What the provider ran keeps its id, by
 * which its result is found.
 */
export const withCallId = (block: WireObject, idOf: (given: unknown) => string): WireObject => {
  if (block.type !== "tool_use" && block.type !== "server_tool_use") return block
  const given = text(block.id)
  const id = given !== undefined && block.type === "server_tool_use" ? given : idOf(given)
  return id === given ? block : { ...block, id }
}

/** A thought, of which `block` says what its text and signature do not. */
export const decodeThinking = (block: WireObject, thinking: string, signature: string | undefined): ReasoningPart => ({
  type: "reasoning",
  text: thinking,
  ...(signature === undefined ? {} : { signature }),
  ...(unknownFields(block, thinkingKeys) === undefined
    ? {}
    : { raw: { ...block, thinking, signature: signature ?? "" } as Json })
})

/** A call of either kind. What else the block says (who called, of which toolset) stays in `providerOptions`. */
export const decodeCall = (
  block: WireObject,
  id: string,
  name: string,
  input: Pick<ToolCallPart, "input" | "rawInput">
): ToolCallPart => {
  const providerOptions = callOptions(block)
  return {
    type: "tool-call",
    id,
    name,
    ...input,
    ...(block.type === "server_tool_use" ? { providerExecuted: true } : {}),
    ...(providerOptions === undefined ? {} : { providerOptions })
  }
}

/** What the block of a call says beside the call itself. */
export const callOptions = (block: WireObject): ToolCallPart["providerOptions"] => {
  const options = unknownFields(block, callKeys)
  return options === undefined ? undefined : { [protocolId]: options }
}

/**
 * A thought as a block: byte for byte as it came, or none when nothing proves that a model of this protocol thought it.
 */
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
