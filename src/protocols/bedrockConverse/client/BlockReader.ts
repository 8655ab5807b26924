import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { Json } from "../../../domain/Json.ts"
import { decodeInputText } from "../../wire/Tools.ts"
import { callOptions, decodeBlock, decodeCall, isServerTool, thoughtOf } from "../wire/AssistantBlock.ts"
import { array, compact, isObject, object, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { decodeCitation } from "../wire/WireCitation.ts"

/** Reads one content block of a stream. */
export interface BlockReader {
  /** Appends what a delta says; false when a block of this kind has no such delta. */
  readonly delta: (delta: WireObject, events: Array<ChatEvent>) => boolean
  readonly close: (events: Array<ChatEvent>) => void
}

/**
 * Begins a block. Of those that are not started, which is most, the first delta tells the kind.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlockDelta.html
 */
export const openBlock = (start: WireObject, id: string, events: Array<ChatEvent>): BlockReader => {
  const { toolUse } = start
  if (isObject(toolUse) && typeof toolUse.toolUseId === "string" && typeof toolUse.name === "string") {
    return callReader(toolUse, toolUse.toolUseId, toolUse.name, events)
  }
  if (isObject(start.reasoningContent)) return thoughtReader(id)
  if (typeof start.text === "string" || isObject(start.citation)) return textReader(id, events)
  return otherReader(start)
}

const textReader = (id: string, events: Array<ChatEvent>): BlockReader => {
  events.push({ type: "text-start", id })
  return {
    delta: ({ citation, text }, events) => {
      if (typeof text === "string" && text !== "") events.push({ type: "text-delta", id, delta: text })
      if (isObject(citation)) events.push({ type: "citation", id, citation: decodeCitation(citation) })
      return typeof text === "string" || isObject(citation)
    },
    close: (events) => events.push({ type: "text-end", id })
  }
}

/** A thought is either told or hidden; a signature may come in pieces. */
const thoughtReader = (id: string): BlockReader => {
  let words = ""
  let signature: string | undefined
  const hidden: Array<string> = []
  let isStarted = false
  const start = (events: Array<ChatEvent>) => {
    if (!isStarted) events.push({ type: "reasoning-start", id })
    isStarted = true
  }
  return {
    delta: (delta, events) => {
      const content = delta.reasoningContent
      if (!isObject(content)) return false
      start(events)
      const thought = text(content.text)
      const bytes = text(content.redactedContent) ?? text(content.data)
      if (thought !== undefined) {
        words += thought
        events.push({ type: "reasoning-delta", id, delta: thought })
      }
      if (text(content.signature) !== undefined) signature = (signature ?? "") + content.signature
      if (bytes !== undefined) hidden.push(bytes)
      return ["text", "signature", "redactedContent", "data"].some((key) => typeof content[key] === "string")
    },
    close: (events) => {
      start(events)
      const { encrypted, protocol, raw } = thoughtOf(words, signature, joined(hidden), {})
      events.push({ type: "reasoning-end", id, signature, encrypted, protocol, raw })
    }
  }
}

/** Bytes that came in pieces, each in base64. */
const joined = (pieces: ReadonlyArray<string>): string | undefined => {
  if (pieces.length < 2) return pieces[0]
  const bytes = pieces.flatMap((piece) => [...Result.getOrElse(Base64.decode(piece), () => new Uint8Array())])
  return Base64.encode(Uint8Array.from(bytes))
}

const callReader = (block: WireObject, id: string, name: string, events: Array<ChatEvent>): BlockReader => {
  let written = ""
  const providerExecuted = isServerTool(block) ? true : undefined
  events.push({ type: "tool-input-start", id, name, providerExecuted, providerOptions: callOptions(block) })
  return {
    delta: (delta, events) => {
      const input = object(delta.toolUse)?.input
      if (typeof input !== "string") return false
      written += input
      if (input !== "") events.push({ type: "tool-input-delta", id, delta: input })
      return true
    },
    close: (events) =>
      events.push({ type: "tool-call", id, call: decodeCall(block, id, name, decodeInputText(written)) })
  }
}

/** A result of a tool that the provider ran, an image, or a block of a kind that is not known. */
const otherReader = (start: WireObject): BlockReader => {
  const block: Record<string, unknown> = { ...start }
  const bytes: Array<string> = []
  return {
    delta: (delta) => {
      for (const [key, more] of Object.entries(delta)) {
        const old = block[key]
        if (key === "toolResult" && Array.isArray(more)) {
          block[key] = { ...object(old), content: appended(array(object(old)?.content), more) }
        } else if (key === "image" && isObject(more)) {
          const piece = text(object(more.source)?.bytes)
          if (piece !== undefined) bytes.push(piece)
          block[key] = { ...object(old), ...more }
        } else if (typeof old === "string" && typeof more === "string") block[key] = old + more
        else block[key] = isObject(old) && isObject(more) ? { ...old, ...more } : more
      }
      return true
    },
    close: (events) => {
      const image = object(block.image)
      if (image !== undefined && bytes.length > 1) block.image = { ...image, source: { bytes: joined(bytes) } }
      if (Object.keys(block).length === 0) return
      const part = decodeBlock(block)
      const isPart = part.type === "image" || part.type === "audio" || part.type === "provider"
      const kept = { type: "provider" as const, protocol: protocolId, value: block as Json }
      events.push({ type: "part", part: isPart ? part : kept })
    }
  }
}

/** A text that goes on in a later delta is one text. */
const appended = (content: ReadonlyArray<unknown>, more: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const last = object(content.at(-1))
  const [first, ...rest] = more
  const next = object(first)
  return typeof last?.text === "string" && typeof next?.text === "string"
    ? [...content.slice(0, -1), compact({ ...last, text: last.text + next.text }), ...rest]
    : [...content, ...more]
}
