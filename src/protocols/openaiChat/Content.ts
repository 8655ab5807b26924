import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Json } from "../../domain/Json.ts"
import type { Warning } from "../../domain/Warning.ts"
import type { OpenAiChatQuirks } from "./Quirks.ts"
import type { ReasoningReader } from "./client/ReasoningReader.ts"
import { StripTokens, warningsOf } from "../wire/StripTokens.ts"
import { ThinkTags } from "../wire/ThinkTags.ts"
import { array, isObject, object, protocolId, text, type WireObject } from "./wire/Wire.ts"

const id = "text"

/**
 * Reads the text of one answer, from strings or from Mistral's arrays of parts, through the filters that the quirks
 * switch on. All of it is one part, because citations count from its beginning.
 */
export class TextReader {
  /** Whether any text has been said. */
  started = false
  readonly #reasoning: ReasoningReader
  readonly #strip: StripTokens | undefined
  readonly #think: ThinkTags | undefined
  #events: Array<ChatEvent> = []
  /** White space before the first word: thinking may still come before the text. */
  #blank = ""
  #length = 0
  /** Where the last reference stands. */
  #cited = 0

  constructor(quirks: OpenAiChatQuirks, reasoning: ReasoningReader) {
    this.#reasoning = reasoning
    if (quirks.stripTokens.length > 0) this.#strip = new StripTokens(quirks.stripTokens)
    if (quirks.thinkTags) {
      this.#think = new ThinkTags((type, piece) => {
        if (type === "text") this.#say(piece, this.#events)
        else this.#reasoning.readText(piece, this.#events)
      })
    }
  }

  read(piece: string, events: Array<ChatEvent>): void {
    const clean = this.#strip === undefined ? piece : this.#strip.push(piece)
    if (clean === "") return
    if (this.#think === undefined) return this.#say(clean, events)
    this.#events = events
    this.#think.push(clean)
  }

  /**
   * Mistral's content: text, thinking, references into the results of tools, and others. Databricks calls thinking
   * `reasoning`, with its words in `summary`.
   * Sources: https://docs.mistral.ai/capabilities/reasoning, https://docs.mistral.ai/capabilities/citations and
   * https://docs.databricks.com/aws/machine-learning/model-serving/query-reason-models
   */
  readParts(parts: ReadonlyArray<unknown>, events: Array<ChatEvent>): void {
    for (const part of parts) {
      if (typeof part === "string") this.read(part, events)
      if (!isObject(part)) continue
      if (part.type === "thinking" || part.type === "reasoning") {
        const thinking = part.thinking ?? part.summary ?? part.text
        const thoughts = typeof thinking === "string" ? [{ text: thinking }] : array(thinking)
        for (const thought of thoughts) {
          const piece = isObject(thought) ? text(thought.text) : undefined
          if (piece !== undefined) this.#reasoning.readText(piece, events)
        }
      } else if (typeof part.text === "string") {
        if (part.text !== "") this.read(part.text, events)
      } else if (part.type === "reference") this.#cite(part, events)
      else this.#readOther(part, events)
    }
  }

  /** A reference is about the text between it and the one before. */
  #cite(part: WireObject, events: Array<ChatEvent>): void {
    const citation = { start: this.#cited, end: this.#length, raw: part as Json }
    events.push({ type: "citation", id: this.start(events), citation })
    this.#cited = this.#length
  }

  #readOther(part: WireObject, events: Array<ChatEvent>): void {
    const url = part.type === "image_url" ? (text(part.image_url) ?? text(object(part.image_url)?.url)) : undefined
    if (url !== undefined) events.push({ type: "part", part: { type: "image", data: url } })
    else if (typeof part.type === "string") {
      const value = { chunks: [part as Json] }
      events.push({ type: "part", part: { type: "provider", protocol: protocolId, value } })
    }
  }

  /** Makes sure that there is a text part, and returns its id. */
  start(events: Array<ChatEvent>): string {
    if (!this.started) this.#open(events)
    return id
  }

  /** Says what has been held back. */
  flush(events: Array<ChatEvent>): void {
    const held = this.#strip?.flush() ?? ""
    if (this.#think === undefined) {
      if (held !== "") this.#say(held, events)
    } else {
      this.#events = events
      this.#think.push(held)
      this.#think.flush()
    }
    if (!this.started && this.#blank !== "") this.#open(events)
  }

  get warnings(): ReadonlyArray<Warning> | undefined {
    return warningsOf(this.#strip)
  }

  end(events: Array<ChatEvent>): void {
    if (this.started) events.push({ type: "text-end", id })
  }

  #say(piece: string, events: Array<ChatEvent>): void {
    if (!this.started) {
      if (piece.trimStart() === "") {
        this.#blank += piece
        return
      }
      this.#open(events)
    } else if (this.#reasoning.open) this.#reasoning.end(events)
    this.#length += piece.length
    events.push({ type: "text-delta", id, delta: piece })
  }

  /** Begins the text, with the white space that came before. */
  #open(events: Array<ChatEvent>): void {
    if (this.#reasoning.open) this.#reasoning.end(events)
    events.push({ type: "text-start", id })
    this.started = true
    this.#length = this.#blank.length
    if (this.#blank !== "") events.push({ type: "text-delta", id, delta: this.#blank })
  }
}
