import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { ToolCallPart } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { Json } from "../../../domain/Json.ts"
import { unknown as unknownUsage, type Usage } from "../../../domain/Usage.ts"
import type { StreamDecoder } from "../../ChatProtocol.ts"
import { AnswerMetadata, withMetadata } from "../../wire/AnswerMetadata.ts"
import { AnswerIds } from "../../wire/AnswerIds.ts"
import { decodeError } from "../../wire/ErrorBody.ts"
import type { ProviderFailure } from "../../ProviderFailure.ts"
import { mergeUsage } from "../../wire/CountedUsage.ts"
import { spliced } from "../../wire/Spliced.ts"
import { decodeInputText } from "../../wire/Tools.ts"
import { planOf } from "../wire/Answer.ts"
import { decodeFinishReason, failureOf } from "../wire/FinishReasons.ts"
import { isObject, object, parse, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { decodeCitation, isOfText } from "../wire/WireCitation.ts"
import { decodeUsage } from "../wire/WireUsage.ts"
import { note } from "../../wire/Shape.ts"
import { eventShape, isPlain } from "../wire/EventShape.ts"
import { decodeLogprob, responseKeys } from "./ResponseDecoder.ts"

interface Block {
  readonly type: "text" | "reasoning" | "other"
  readonly id: string
  value: WireObject
  isOpen: boolean
}

/**
 * Reads the stream of one answer. It is whole at `message-end`. Events of kinds that are not known are passed over.
 * Source: https://docs.cohere.com/docs/streaming
 */
export class ChatStreamDecoder implements StreamDecoder {
  done = false
  readonly #blocks = new Map<unknown, Block>()
  readonly #ids = new AnswerIds("call_")
  #id: string | undefined
  #lastText: Block | undefined
  #plan = ""
  readonly #calls = new Map<unknown, { readonly id: string; readonly name: string; input: string }>()
  #called = 0
  #strays: Array<Json> = []
  #counted: WireObject | undefined
  #usage: Usage = unknownUsage

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (this.done || frame.data.trim() === "[DONE]") return undefined
    const data = parse(frame.data)
    if (!isObject(data)) {
      if (frame.event === "error") return decodeError(frame.data)
      events.push({ type: "malformed-frame", frame, message: "the data is not a JSON object" })
      return undefined
    }
    const type = data.type ?? frame.event
    if (type === "error" || (data.type === undefined && typeof data.message === "string")) return decodeError(data)
    if (type === undefined) events.push({ type: "malformed-frame", frame, message: "the event has no type" })
    const failure = this.#read(String(type), data, events)
    if (failure === undefined && !isPlain(data)) note(eventShape, data, frame, events)
    return failure
  }

  end(): boolean {
    return this.done
  }

  #read(type: string, data: WireObject, events: Array<ChatEvent>): ProviderFailure | undefined {
    const delta = object(data.delta) ?? {}
    const message = object(delta.message) ?? {}
    switch (type) {
      case "message-start":
        if (this.#blocks.size > 0 || this.#called > 0 || this.#plan !== "") return spliced(data)
        this.#id = text(data.id) ?? text(message.id)
        events.push({ type: "response-metadata", id: this.#id })
        return undefined
      case "content-start":
      case "content-delta":
        this.#say(data.index, object(message.content) ?? {}, events)
        this.#tell(data.logprobs ?? delta.logprobs, events)
        return undefined
      case "content-end":
        this.#close(data.index, events)
        return undefined
      case "tool-plan-delta":
        this.#think(text(message.tool_plan) ?? "", events)
        return undefined
      case "tool-call-start":
      case "tool-call-delta":
        this.#call(data.index, object(message.tool_calls) ?? {}, events)
        return undefined
      case "tool-call-end":
        this.#endCall(data.index, events)
        return undefined
      case "citation-start":
        for (const one of [message.citations].flat()) if (isObject(one)) this.#cite(one, events)
        return undefined
      case "message-end":
        return this.#finish(delta, events)
      default:
        return undefined
    }
  }

  #say(index: unknown, content: WireObject, events: Array<ChatEvent>): void {
    const block = this.#blocks.get(index) ?? this.#begin(index, content, events)
    const said = text(content.text)
    const thought = text(content.thinking)
    if (block.type === "other") block.value = { ...block.value, ...content }
    else if (block.type === "text" && said !== undefined) {
      events.push({ type: "text-delta", id: block.id, delta: said })
    } else if (block.type === "reasoning" && thought !== undefined) {
      events.push({ type: "reasoning-delta", id: block.id, delta: thought })
    }
  }

  #begin(index: unknown, content: WireObject, events: Array<ChatEvent>): Block {
    const type =
      content.type === "thinking" || typeof content.thinking === "string"
        ? "reasoning"
        : (content.type ?? "text") === "text"
          ? "text"
          : "other"
    const block: Block = { type, id: `content-${String(index)}`, value: content, isOpen: true }
    this.#blocks.set(index, block)
    if (type === "text") {
      this.#lastText = block
      events.push({ type: "text-start", id: block.id })
    } else if (type === "reasoning") events.push({ type: "reasoning-start", id: block.id })
    return block
  }

  #close(index: unknown, events: Array<ChatEvent>): void {
    const block = this.#blocks.get(index)
    if (block === undefined || !block.isOpen) return
    block.isOpen = false
    if (block.type === "text") events.push({ type: "text-end", id: block.id })
    else if (block.type === "reasoning") events.push({ type: "reasoning-end", id: block.id })
    else events.push({ type: "part", part: { type: "provider", protocol: protocolId, value: block.value as Json } })
  }

  #tell(u: unknown, events: Array<ChatEvent>): void {
    const logprobs = [u].flat().flatMap(decodeLogprob)
    if (logprobs.length > 0) events.push({ type: "logprobs", logprobs })
  }

  #think(piece: string, events: Array<ChatEvent>): void {
    if (piece === "") return
    if (this.#plan === "") events.push({ type: "reasoning-start", id: "plan" })
    this.#plan += piece
    events.push({ type: "reasoning-delta", id: "plan", delta: piece })
  }

  #endPlan(events: Array<ChatEvent>): void {
    if (this.#plan === "") return
    const { providerOptions } = planOf("")
    events.push({ type: "reasoning-end", id: "plan", providerOptions })
    this.#plan = ""
  }

  #call(index: unknown, wire: WireObject, events: Array<ChatEvent>): void {
    const body = object(wire.function) ?? {}
    let call = this.#calls.get(index)
    if (call === undefined) {
      this.#endPlan(events)
      call = { id: this.#ids.of(wire.id, this.#id), name: text(body.name) ?? "", input: "" }
      this.#called++
      this.#calls.set(index, call)
      events.push({ type: "tool-input-start", id: call.id, name: call.name })
    }
    const piece = text(body.arguments)
    if (piece === undefined) return
    call.input += piece
    events.push({ type: "tool-input-delta", id: call.id, delta: piece })
  }

  #endCall(index: unknown, events: Array<ChatEvent>): void {
    const call = this.#calls.get(index)
    if (call === undefined) return
    this.#calls.delete(index)
    const { id, input, name } = call
    const part: ToolCallPart = { type: "tool-call", id, name, ...decodeInputText(input) }
    events.push({ type: "tool-call", id, call: part })
  }

  #cite(citation: WireObject, events: Array<ChatEvent>): void {
    const at = this.#blocks.get(citation.content_index)
    const block = at?.type === "text" ? at : citation.content_index === undefined ? this.#lastText : undefined
    if (block === undefined || !isOfText(citation)) this.#strays.push(citation as Json)
    else events.push({ type: "citation", id: block.id, citation: decodeCitation(citation) })
  }

  #finish(delta: WireObject, events: Array<ChatEvent>): ProviderFailure | undefined {
    const word = text(delta.finish_reason)
    const metadata = new AnswerMetadata(protocolId)
    metadata.read(delta, responseKeys)
    if (isObject(delta.usage)) {
      this.#counted = mergeUsage(this.#counted, delta.usage)
      this.#usage = decodeUsage(this.#counted)
      events.push({ type: "usage", usage: this.#usage })
    }
    const failure = failureOf(word, delta.error, delta)
    if (failure !== undefined) return failure
    for (const index of this.#blocks.keys()) this.#close(index, events)
    if (this.#strays.length > 0) {
      const value = { citations: this.#strays }
      events.push({ type: "part", part: { type: "provider", protocol: protocolId, value } })
    }
    this.#endPlan(events)
    for (const index of this.#calls.keys()) this.#endCall(index, events)
    events.push({
      type: "finish",
      finishReason: decodeFinishReason(word, this.#called > 0),
      rawFinishReason: word,
      usage: this.#usage,
      ...withMetadata(metadata)
    })
    this.done = true
    return undefined
  }
}
