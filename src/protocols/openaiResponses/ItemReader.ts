import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Citation } from "../../domain/ContentPart.ts"
import { decodeLogprobs } from "../wire/Logprobs.ts"
import { array, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import {
  callOptions,
  decodeAnnotation,
  decodeCall,
  decodeItem,
  decodeReasoning,
  isServed,
  messageOptions,
  reasoningText,
  separator,
  writtenField
} from "./Items.ts"

/** Reads one item of an answer, as it is written or at once. */
export interface ItemReader {
  /** Appends what an event of the item says, where it says something. */
  readonly read: (type: string, data: WireObject, events: Array<ChatEvent>) => void
  /** The item is whole: appends what has not been said of it. None where its last event did not come. */
  readonly close: (item: WireObject | undefined, events: Array<ChatEvent>) => void
}

/** Begins an item. `id` names it among the items of the answer. */
export const openItem = (item: WireObject, id: string, events: Array<ChatEvent>): ItemReader => {
  switch (text(item.type) ?? "message") {
    case "message":
      return (text(item.role) ?? "assistant") === "assistant" ? new MessageReader(item, id) : wholeReader(item)
    case "reasoning":
      return new ReasoningReader(item, id, events)
    default:
      return isSaidWhole(item.type) || decodeCall(item) === undefined ? wholeReader(item) : new CallReader(item, events)
  }
}

/** What these calls begin with is not final: of a tool search not even the id. */
const isSaidWhole = (type: unknown): boolean => type === "shell_call" || type === "tool_search_call"

interface OpenPart {
  readonly type: "text" | "refusal"
  readonly id: string
  said: string
  citations: number
  hasLogprobs: boolean
}

class MessageReader implements ItemReader {
  readonly #item: WireObject
  readonly #id: string
  readonly #parts = new Map<number, OpenPart>()
  #lastIndex = 0

  constructor(item: WireObject, id: string) {
    this.#item = item
    this.#id = id
  }

  read(type: string, data: WireObject, events: Array<ChatEvent>): void {
    const index = nonNegativeInt(data.content_index) ?? this.#lastIndex
    switch (type) {
      case "response.content_part.added":
      case "response.content_part.done": {
        const part = object(data.part)
        if (part !== undefined) this.#whole(part, index, events)
        return
      }
      case "response.output_text.delta":
        this.#say(this.#part("text", index, events), text(data.delta), events)
        return this.#logprobs(this.#part("text", index, events), data.logprobs, events)
      case "response.output_text.done":
        return this.#complete(this.#part("text", index, events), data.text, events)
      case "response.refusal.delta":
        return this.#say(this.#part("refusal", index, events), text(data.delta), events)
      case "response.refusal.done":
        return this.#complete(this.#part("refusal", index, events), data.refusal, events)
      case "response.output_text.annotation.added": {
        const annotation = object(data.annotation)
        if (annotation === undefined) return
        const part = this.#parts.get(index) ?? this.#part("text", this.#lastIndex, events)
        this.#cite(part, decodeAnnotation(annotation), events)
      }
    }
  }

  close(item: WireObject | undefined, events: Array<ChatEvent>): void {
    const { content } = item ?? {}
    const parts = typeof content === "string" ? [{ type: "output_text", text: content }] : array(content)
    const first = this.#firstIndex(parts)
    for (const [place, part] of parts.entries()) if (isObject(part)) this.#whole(part, first + place, events)
    const providerOptions = messageOptions({ ...this.#item, status: "completed", ...item })
    for (const { id, type } of this.#parts.values()) {
      if (type === "text") events.push({ type: "text-end", id, ...(providerOptions && { providerOptions }) })
      else events.push({ type: "refusal-end", id })
    }
  }

  /**
   * The `content_index` of the item's first part: 0, unless the server counts on over the items of the response, as Bedrock
   * Mantle, vLLM and TensorRT-LLM do.
   */
  #firstIndex(parts: ReadonlyArray<unknown>): number {
    const indexes = [...this.#parts.keys()]
    const agrees = (first: number) =>
      indexes.every((index) => saidOf(parts[index - first])?.startsWith(this.#parts.get(index)?.said ?? ""))
    const least = Math.min(...indexes)
    return indexes.length === 0 || agrees(0) || (!agrees(least) && least < parts.length) ? 0 : least
  }

  /** Says of a part what has not been said of it. */
  #whole(wire: WireObject, index: number, events: Array<ChatEvent>): void {
    if (wire.type === "refusal") return this.#complete(this.#part("refusal", index, events), wire.refusal, events)
    if (typeof wire.text !== "string") return
    const part = this.#part("text", index, events)
    this.#complete(part, wire.text, events)
    for (const annotation of array(wire.annotations).slice(part.citations)) {
      if (isObject(annotation)) this.#cite(part, decodeAnnotation(annotation), events)
    }
    if (!part.hasLogprobs) this.#logprobs(part, wire.logprobs, events)
  }

  #part(type: OpenPart["type"], index: number, events: Array<ChatEvent>): OpenPart {
    const open = this.#parts.get(index)
    if (open !== undefined) return open
    const id = `${this.#id}/${index}`
    const part: OpenPart = { type, id, said: "", citations: 0, hasLogprobs: false }
    this.#parts.set(index, part)
    this.#lastIndex = index
    events.push({ type: `${type}-start`, id })
    return part
  }

  #say(part: OpenPart, delta: string | undefined, events: Array<ChatEvent>): void {
    if (delta === undefined) return
    part.said += delta
    events.push({ type: `${part.type}-delta`, id: part.id, delta })
  }

  #complete(part: OpenPart, whole: unknown, events: Array<ChatEvent>): void {
    if (typeof whole === "string" && whole.startsWith(part.said)) {
      this.#say(part, text(whole.slice(part.said.length)), events)
    }
  }

  #cite(part: OpenPart, citation: Citation, events: Array<ChatEvent>): void {
    part.citations++
    events.push({ type: "citation", id: part.id, citation })
  }

  #logprobs(part: OpenPart, list: unknown, events: Array<ChatEvent>): void {
    const logprobs = decodeLogprobs(array(list))
    if (logprobs.length === 0) return
    part.hasLogprobs = true
    events.push({ type: "logprobs", logprobs })
  }
}

const saidOf = (part: unknown): string | undefined => {
  const { refusal, text } = object(part) ?? {}
  return typeof text === "string" ? text : typeof refusal === "string" ? refusal : undefined
}

/** A call, of which the name and the id are known from the start. */
class CallReader implements ItemReader {
  readonly #item: WireObject
  readonly #id: string
  readonly #field: string | undefined
  #written = ""

  constructor(item: WireObject, events: Array<ChatEvent>) {
    const { id = "", name = "" } = decodeCall(item) ?? {}
    this.#item = item
    this.#id = id
    this.#field = writtenField(item.type)
    const { status: _, ...rest } = item
    const more = isServed(item) ? { providerExecuted: true } : { providerOptions: callOptions(rest) }
    events.push({ type: "tool-input-start", id, name, ...more })
  }

  read(type: string, data: WireObject, events: Array<ChatEvent>): void {
    if (this.#field === undefined) return
    if (type.endsWith(".delta")) this.#write(data.delta, events)
    else if (type.endsWith(".done")) this.#complete(data[this.#field], events)
  }

  close(item: WireObject | undefined, events: Array<ChatEvent>): void {
    const last: Record<string, unknown> = { ...this.#item, status: "completed", ...item, ...this.#names(item) }
    const field = this.#field
    if (field !== undefined && !isObject(last[field])) {
      last[field] = text(last[field]) ?? this.#written
      this.#complete(last[field], events)
    }
    sayWhole(last, events, this.#id)
  }

  /** The names that the item ends with, which are those that the server knows; where it ends with none, the first. */
  #names(item: WireObject | undefined): WireObject {
    const name = text(item?.name) ?? text(this.#item.name)
    const callId = text(item?.call_id) ?? text(this.#item.call_id)
    return { ...(name !== undefined && { name }), ...(callId !== undefined && { call_id: callId }) }
  }

  #write(delta: unknown, events: Array<ChatEvent>): void {
    if (typeof delta !== "string" || delta === "") return
    this.#written += delta
    events.push({ type: "tool-input-delta", id: this.#id, delta })
  }

  #complete(whole: unknown, events: Array<ChatEvent>): void {
    if (typeof whole === "string" && whole.startsWith(this.#written)) {
      this.#write(whole.slice(this.#written.length), events)
    }
  }
}

/** An item of which nothing is said before it is whole. */
const wholeReader = (first: WireObject): ItemReader => ({
  read: () => {},
  close: (item, events) => {
    const last = item ?? first
    const call = decodeCall(last)
    if (call !== undefined) {
      const { id, name, providerExecuted, providerOptions } = call
      events.push({ type: "tool-input-start", id, name, providerExecuted, providerOptions })
    }
    sayWhole(last, events)
  }
})

/** `begun` is the id that the call began with, where it did. */
const sayWhole = (item: WireObject, events: Array<ChatEvent>, begun?: string): void => {
  for (const part of decodeItem(item)) {
    if (part.type === "tool-call") events.push({ type: "tool-call", id: begun ?? part.id, call: part })
    else if (part.type === "provider" || part.type === "image") events.push({ type: "part", part })
  }
}

type Kind = "content" | "summary"

/**
 * Reads a thought. A server that lets both the thought itself and a summary be seen is shown by what it sends first.
 */
class ReasoningReader {
  readonly #item: WireObject
  readonly #id: string
  #kind: Kind | undefined
  #said = ""
  #last = 0
  /** How much of what has been said belongs to earlier parts. */
  #before = 0

  constructor(item: WireObject, id: string, events: Array<ChatEvent>) {
    this.#item = item
    this.#id = id
    events.push({ type: "reasoning-start", id })
  }

  read(type: string, data: WireObject, events: Array<ChatEvent>): void {
    switch (type) {
      case "response.reasoning_summary_text.delta":
        return this.#say("summary", nonNegativeInt(data.summary_index) ?? 0, text(data.delta), events)
      case "response.reasoning_text.delta":
        return this.#say("content", nonNegativeInt(data.content_index) ?? 0, text(data.delta), events)
      case "response.reasoning_summary_text.done":
        return this.#complete("summary", nonNegativeInt(data.summary_index) ?? 0, data.text, events)
      case "response.reasoning_text.done":
        return this.#complete("content", nonNegativeInt(data.content_index) ?? 0, data.text, events)
    }
  }

  close(item: WireObject | undefined, events: Array<ChatEvent>): void {
    const kind = this.#kind
    const said = this.#said
    const field = kind ?? "summary"
    const type = field === "summary" ? "summary_text" : "reasoning_text"
    const gathered = said === "" ? {} : { [field]: [{ type, text: said }] }
    const last = item ?? { summary: [], ...this.#item, ...gathered }
    const { encrypted, id: itemId, protocol, raw, text: whole } = decodeReasoning(last)
    const thought = kind === undefined ? whole : reasoningText(last, kind)
    if (thought.startsWith(said)) this.#push(thought.slice(said.length), events)
    events.push({ type: "reasoning-end", id: this.#id, itemId, encrypted, protocol, ...(raw !== undefined && { raw }) })
  }

  #say(kind: Kind, index: number, delta: string | undefined, events: Array<ChatEvent>): void {
    this.#kind ??= kind
    if (kind !== this.#kind || delta === undefined) return
    if (index > this.#last) {
      if (this.#said !== "") this.#push(separator, events)
      this.#last = index
      this.#before = this.#said.length
    }
    this.#push(delta, events)
  }

  #complete(kind: Kind, index: number, whole: unknown, events: Array<ChatEvent>): void {
    if (typeof whole !== "string" || (this.#kind !== undefined && kind !== this.#kind)) return
    const part = index > this.#last ? "" : this.#said.slice(this.#before)
    if (index >= this.#last && whole.startsWith(part)) {
      this.#say(kind, index, text(whole.slice(part.length)), events)
    }
  }

  #push(delta: string, events: Array<ChatEvent>): void {
    if (delta === "") return
    this.#said += delta
    events.push({ type: "reasoning-delta", id: this.#id, delta })
  }
}
