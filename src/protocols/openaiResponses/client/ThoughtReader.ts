import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import { decodeReasoning, separator, thoughtOf } from "../wire/Reasoning.ts"
import { nonNegativeInt, text, type WireObject } from "../wire/Wire.ts"

type Kind = "content" | "summary"

/**
 * Reads a thought. A server that lets both the thought itself and a summary be seen is shown by what it sends first.
 */
export class ThoughtReader {
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
    const thought = kind === undefined ? whole : thoughtOf(last, kind)
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
