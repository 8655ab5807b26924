import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import { decodeDetail, isDetail } from "../wire/ReasoningDetails.ts"
import { array, text, type WireObject } from "../wire/Wire.ts"

interface OpenPart {
  readonly id: string
  text: string
  /** The detail so far, and its place among all details; absent while the thought is plain text. */
  detail?: { [key: string]: unknown }
  position: number
}

/**
 * Reads thinking from the deltas of one answer: plain text (`reasoning_content`, `reasoning`; `reasoning_text` of GitHub Copilot) and `reasoning_details`,
 * whose fragments of the same type and index are one object.
 *
 * A server that sends both says the same thing twice: the details win, because they must go back. A detail that comes
 * after plain text and is without text, or repeats all of it, belongs to that text.
 */
export class ReasoningReader {
  #parts: Array<OpenPart> = []
  #plain: OpenPart | undefined
  readonly #details = new Map<string, OpenPart>()
  #started = 0
  #positions = 0

  /** Whether a thought has been begun and not ended. */
  get open(): boolean {
    return this.#parts.length > 0
  }

  /** Whether there has been any thinking. */
  get any(): boolean {
    return this.#started > 0
  }

  read(delta: WireObject, events: Array<ChatEvent>): void {
    let told = false
    if (Array.isArray(delta.reasoning_details)) {
      for (const [place, detail] of array(delta.reasoning_details).entries()) {
        if (!isDetail(detail)) continue
        this.#readDetail(detail, place, events)
        told ||= text(detail.text) !== undefined || text(detail.summary) !== undefined
      }
    }
    if (told) return
    const piece = text(delta.reasoning_content) ?? text(delta.reasoning) ?? text(delta.reasoning_text)
    if (piece !== undefined) this.readText(piece, events)
  }

  readText(piece: string, events: Array<ChatEvent>): void {
    this.#plain ??= this.#begin(events)
    this.#plain.text += piece
    events.push({ type: "reasoning-delta", id: this.#plain.id, delta: piece })
  }

  /** Ends what is open: the answer proper has begun, or is over. */
  end(events: Array<ChatEvent>): void {
    for (const { detail, id, position, text } of this.#parts) {
      if (detail === undefined) events.push({ type: "reasoning-end", id })
      else {
        if (typeof detail.text === "string") detail.text = text
        else if (typeof detail.summary === "string") detail.summary = text
        const { encrypted, id: itemId, raw, signature } = decodeDetail(detail, position)
        events.push({ type: "reasoning-end", id, itemId, signature, encrypted, raw })
      }
    }
    this.#parts = []
    this.#plain = undefined
    this.#details.clear()
  }

  #begin(events: Array<ChatEvent>): OpenPart {
    const part: OpenPart = { id: `reasoning-${this.#started++}`, text: "", position: -1 }
    this.#parts.push(part)
    events.push({ type: "reasoning-start", id: part.id })
    return part
  }

  #readDetail(detail: WireObject, place: number, events: Array<ChatEvent>): void {
    const words =
      typeof detail.text === "string" ? detail.text : typeof detail.summary === "string" ? detail.summary : ""
    const key = `${String(detail.type)} ${typeof detail.index === "number" ? detail.index : `at ${place}`}`
    const before = this.#details.get(key)
    let part: OpenPart
    if (before?.detail !== undefined && mergeable(before.detail, detail)) {
      part = before
      Object.assign(before.detail, Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== null)))
    } else if (
      this.#plain !== undefined &&
      (words === "" ? detail.type === "reasoning.text" : words === this.#plain.text)
    ) {
      part = this.#plain
      this.#plain = undefined
      part.detail = detail.type === "reasoning.text" ? { ...detail, text: words } : { ...detail }
      part.position = this.#positions++
      this.#details.set(key, part)
      return
    } else {
      part = this.#begin(events)
      part.detail = { ...detail }
      part.position = this.#positions++
      this.#details.set(key, part)
    }
    if (words === "") return
    part.text += words
    events.push({ type: "reasoning-delta", id: part.id, delta: words })
  }
}

/** Fragments of one text; without an index, a signature is the end of it. */
const mergeable = (before: WireObject, detail: WireObject): boolean =>
  detail.type !== "reasoning.encrypted" &&
  before.data === undefined &&
  (typeof detail.index === "number" || text(before.signature) === undefined)
