import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import type { ToolCallPart } from "../../../domain/ContentPart.ts"
import { decodePart, kinds } from "../Parts.ts"
import { AnswerIds } from "../../wire/AnswerIds.ts"
import { ofOneKind } from "../../wire/Blank.ts"
import { mark } from "../wire/CallId.ts"
import { decodeGrounding, type GroundedText } from "../Grounding.ts"
import { array, camel, isObject, optionsBeside, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { PartialArgs } from "./PartialArgs.ts"

interface OpenText extends GroundedText {
  readonly isThought: boolean
}

interface OpenCall {
  readonly part: WireObject
  readonly call: ToolCallPart
  readonly partial: PartialArgs
}

const textKeys = new Set(["text", "thought"])
const thoughtKeys = new Set([...textKeys, "thoughtSignature"])

/**
 * Reads the parts of one answer, whole or in pieces. Texts of one kind that follow each other are one text, up to the
 * thought signature that belongs to it: Google closes a text with an empty one that has the signature.
 * Source: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export class AnswerReader {
  /** The id of the answer, of which the ids of calls are made that have none. */
  scope: string | undefined
  /** Whether the caller has calls to answer. */
  hasCalls = false
  /** Whether there is more than reasoning. */
  hasContent = false
  readonly #texts: Array<GroundedText> = []
  #open: OpenText | undefined
  #call: OpenCall | undefined
  #parts = 0
  readonly #ids = new AnswerIds(mark)

  /** Whether nothing of the answer has been read. */
  get isEmpty(): boolean {
    return this.#parts === 0
  }

  add(given: WireObject, events: Array<ChatEvent>): void {
    const part = ofOneKind(given, kinds)
    this.hasContent ||= part.thought !== true && part.text !== ""
    if (isObject(part.functionCall)) return this.#addCall(part, part.functionCall, events)
    if (typeof part.text === "string") return this.#addText(part, part.text, events)
    this.#close(events)
    this.#parts++
    const decoded = decodePart(part, this.#idOf)
    if (decoded.type === "tool-call") this.#sayCall(decoded, events)
    else if (decoded.type === "image" || decoded.type === "audio" || decoded.type === "provider") {
      events.push({ type: "part", part: decoded })
    }
  }

  /** Ends what is open, and says where the answer comes from. */
  end(candidate: WireObject, events: Array<ChatEvent>): void {
    const { citations, sources } = decodeGrounding(candidate, this.#texts)
    for (const { citation, id } of citations) events.push({ type: "citation", id, citation })
    this.#close(events)
    for (const source of sources) events.push({ type: "source", source })
  }

  #addText(part: WireObject, said: string, events: Array<ChatEvent>): void {
    const isThought = part.thought === true
    const signature = text(part.thoughtSignature)
    const options = optionsBeside(part, isThought ? thoughtKeys : textKeys)
    const closes = signature !== undefined || options.providerOptions !== undefined
    if (said === "" && !closes) return
    if (this.#call !== undefined || this.#open?.isThought !== isThought) this.#close(events)
    const kind = isThought ? "reasoning" : "text"
    if (this.#open === undefined) {
      const index = this.#parts++
      this.#open = { id: String(index), index, text: "", isThought }
      if (!isThought) this.#texts.push(this.#open)
      events.push({ type: `${kind}-start`, id: this.#open.id })
    }
    this.#open.text += said
    const { id } = this.#open
    if (said !== "") events.push({ type: `${kind}-delta`, id, delta: said })
    if (!closes) return
    this.#open = undefined
    if (isThought) events.push({ type: "reasoning-end", id, signature, protocol: protocolId, ...options })
    else events.push({ type: "text-end", id, ...options })
  }

  #addCall(part: WireObject, written: WireObject, events: Array<ChatEvent>): void {
    const fields = camel(written)
    if (typeof fields.name === "string" && fields.name !== "") {
      this.#close(events)
      this.#parts++
      const decoded = decodePart(part, this.#idOf)
      if (decoded.type !== "tool-call") return
      this.hasCalls = true
      if (fields.willContinue !== true && fields.partialArgs === undefined) return this.#sayCall(decoded, events)
      this.#call = { part, call: decoded, partial: new PartialArgs() }
      const { id, name, providerOptions } = decoded
      events.push({ type: "tool-input-start", id, name, providerOptions })
    }
    this.#call?.partial.add(fields.partialArgs)
    if (fields.willContinue !== true) this.#closeCall(events)
  }

  #sayCall(call: ToolCallPart, events: Array<ChatEvent>): void {
    const { id, name, providerExecuted, providerOptions } = call
    events.push({ type: "tool-input-start", id, name, providerExecuted, providerOptions })
    this.#sayInput(call, events)
  }

  #sayInput(call: ToolCallPart, events: Array<ChatEvent>): void {
    const { id } = call
    events.push({ type: "tool-input-delta", id, delta: call.rawInput ?? JSON.stringify(call.input) ?? "" })
    events.push({ type: "tool-call", id, call })
  }

  #close(events: Array<ChatEvent>): void {
    this.#closeCall(events)
    if (this.#open === undefined) return
    const { id, isThought } = this.#open
    this.#open = undefined
    events.push(isThought ? { type: "reasoning-end", id, protocol: protocolId } : { type: "text-end", id })
  }

  #closeCall(events: Array<ChatEvent>): void {
    if (this.#call === undefined) return
    const { call, partial } = this.#call
    this.#call = undefined
    const input = call.input
    this.#sayInput(
      { ...call, input: { ...(isObject(input) ? (input as typeof partial.args) : {}), ...partial.args } },
      events
    )
  }

  readonly #idOf = (given: unknown): string => this.#ids.of(given, this.scope)
}

/** The candidate that is read: the first. Others are asked for by `candidateCount` only. */
export const candidateOf = (body: WireObject): WireObject | undefined =>
  array(body.candidates)
    .filter(isObject)
    .find(({ index }) => index === undefined || index === null || index === 0)
