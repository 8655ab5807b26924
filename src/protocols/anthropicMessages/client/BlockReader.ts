import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { Json } from "../../../domain/Json.ts"
import { callOptions, decodeBlock, decodeCall, decodeThinking } from "../wire/AssistantBlock.ts"
import { decodeInput, decodeInputText, encodeInput } from "../../wire/Tools.ts"
import { array, isObject, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { decodeCitation } from "../wire/WireCitation.ts"

/** Reads one content block of a stream. */
export interface BlockReader {
  /** Appends what a delta says; false when a block of this kind has no such delta. */
  readonly delta: (delta: WireObject, events: Array<ChatEvent>) => boolean
  readonly close: (events: Array<ChatEvent>) => void
}

/**
 * Begins a block. What its start already holds counts: some servers, and Anthropic itself for calls that code makes,
 * send the whole block at once.
 */
export const openBlock = (block: WireObject, id: string, events: Array<ChatEvent>): BlockReader => {
  switch (block.type) {
    case "text":
      return textReader(block, id, events)
    case "thinking":
      return thinkingReader(block, id, events)
    case "redacted_thinking":
      return redactedReader(block, id)
    case "tool_use":
    case "server_tool_use": {
      const { id: callId, name } = block
      if (typeof callId === "string" && typeof name === "string") return callReader(block, callId, name, events)
    }
  }
  return otherReader(block)
}

const textReader = (block: WireObject, id: string, events: Array<ChatEvent>): BlockReader => {
  events.push({ type: "text-start", id })
  const said = text(block.text)
  if (said !== undefined) events.push({ type: "text-delta", id, delta: said })
  const cite = (citation: WireObject, events: Array<ChatEvent>) =>
    events.push({ type: "citation", id, citation: decodeCitation(citation) })
  for (const citation of array(block.citations)) if (isObject(citation)) cite(citation, events)
  return {
    delta: (delta, events) => {
      if (delta.type === "text_delta" && typeof delta.text === "string") {
        if (delta.text !== "") events.push({ type: "text-delta", id, delta: delta.text })
        return true
      }
      if (delta.type !== "citations_delta" || !isObject(delta.citation)) return false
      cite(delta.citation, events)
      return true
    },
    close: (events) => events.push({ type: "text-end", id })
  }
}

const thinkingReader = (block: WireObject, id: string, events: Array<ChatEvent>): BlockReader => {
  let thought = text(block.thinking) ?? ""
  let signature = text(block.signature)
  events.push({ type: "reasoning-start", id })
  if (thought !== "") events.push({ type: "reasoning-delta", id, delta: thought })
  return {
    delta: (delta, events) => {
      if (delta.type === "thinking_delta" && typeof delta.thinking === "string") {
        thought += delta.thinking
        if (delta.thinking !== "") events.push({ type: "reasoning-delta", id, delta: delta.thinking })
        return true
      }
      if (delta.type !== "signature_delta" || typeof delta.signature !== "string") return false
      signature = text(delta.signature)
      return true
    },
    close: (events) => {
      const { raw } = decodeThinking(block, thought, signature)
      events.push({ type: "reasoning-end", id, signature, raw })
    }
  }
}

const redactedReader = (block: WireObject, id: string): BlockReader => ({
  delta: () => false,
  close: (events) => {
    const part = decodeBlock(block)
    if (part.type !== "reasoning") return void events.push({ type: "part", part: otherPart(block) })
    events.push({ type: "reasoning-start", id })
    events.push({ type: "reasoning-end", id, encrypted: part.encrypted, raw: part.raw })
  }
})

const callReader = (block: WireObject, id: string, name: string, events: Array<ChatEvent>): BlockReader => {
  let written = ""
  const providerExecuted = block.type === "server_tool_use" ? true : undefined
  events.push({ type: "tool-input-start", id, name, providerExecuted, providerOptions: callOptions(block) })
  return {
    delta: (delta, events) => {
      const piece = inputPiece(delta)
      if (piece === undefined) return false
      written += piece
      if (piece !== "") events.push({ type: "tool-input-delta", id, delta: piece })
      return true
    },
    close: (events) => {
      const input = written === "" ? decodeInput(block.input) : decodeInputText(written)
      events.push({ type: "tool-call", id, call: decodeCall(block, id, name, input) })
    }
  }
}

/** A block of a kind that is not known, gathered by what its deltas look like. */
const otherReader = (block: WireObject): BlockReader => {
  const value: Record<string, unknown> = { ...block }
  let written = ""
  return {
    delta: (delta) => {
      for (const [key, more] of Object.entries(delta)) {
        if (key === "type" || more === null) continue
        const old = value[key]
        if (key === "partial_json") written += String(more)
        else if (key === "citation") value.citations = [...array(value.citations), more]
        else if (typeof old === "string" && typeof more === "string") value[key] = old + more
        else if (Array.isArray(old) && Array.isArray(more)) value[key] = [...old, ...more]
        else value[key] = more
      }
      return true
    },
    close: (events) => {
      if (written !== "") value.input = encodeInput(decodeInputText(written))
      events.push({ type: "part", part: otherPart(value) })
    }
  }
}

const otherPart = (value: WireObject) => ({ type: "provider" as const, protocol: protocolId, value: value as Json })

const inputPiece = (delta: WireObject): string | undefined =>
  delta.type === "input_json_delta" && typeof delta.partial_json === "string" ? delta.partial_json : undefined
