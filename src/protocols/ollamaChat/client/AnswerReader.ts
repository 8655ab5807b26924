import type { ChatEvent } from "../../../domain/ChatEvent.ts"
import { unknown as unknownUsage, type Usage } from "../../../domain/Usage.ts"
import { AnswerMetadata, withMetadata } from "../../wire/AnswerMetadata.ts"
import { AnswerIds } from "../../wire/AnswerIds.ts"
import { filled } from "../../wire/Blank.ts"
import { imageUrl } from "../../wire/MediaInput.ts"
import { decodeLogprobs } from "../../wire/Logprobs.ts"
import { mergeUsage } from "../../wire/CountedUsage.ts"
import { StripTokens, warningsOf } from "../../wire/StripTokens.ts"
import { ThinkTags } from "../../wire/ThinkTags.ts"
import type { OllamaChatQuirks } from "../Request.ts"
import { decodeDoneReason } from "../wire/DoneReason.ts"
import { decodeCall } from "../wire/ToolCalls.ts"
import { array, isObject, object, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { counters, countsOf, decodeUsage } from "../wire/WireUsage.ts"

const lineKeys: ReadonlySet<string> = new Set([
  "model",
  "created_at",
  "message",
  "response",
  "thinking",
  "image",
  "done",
  "done_reason",
  "logprobs",
  "error",
  ...counters
])

/**
 * Reads one answer, from the lines of a stream or from the one body of a whole answer: both have the same fields. Those
 * of `/api/generate` are read too.
 */
export class AnswerReader {
  #model: string | undefined
  #thoughts = 0
  #isThinking = false
  #isTextOpen = false
  readonly #metadata = new AnswerMetadata(protocolId)
  readonly #ids = new AnswerIds("call_")
  #calls = 0
  #counted: WireObject | undefined
  #usage: Usage = unknownUsage
  readonly #strip: StripTokens | undefined
  readonly #tags: ThinkTags | undefined
  #events: Array<ChatEvent> = []

  constructor({ stripTokens, thinkTags }: OllamaChatQuirks) {
    if (stripTokens.length > 0) this.#strip = new StripTokens(stripTokens)
    if (thinkTags) {
      this.#tags = new ThinkTags((type, piece) => {
        if (type === "text") this.#say(piece, this.#events)
        else this.#think(piece, this.#events)
      })
    }
  }

  /** Whether the line, by its model, belongs to another response than the lines before: there are no ids. */
  isOther({ model }: WireObject): boolean {
    return this.#model !== undefined && this.#hasContent && (text(model) ?? this.#model) !== this.#model
  }

  /** Appends what the line says; false where it is a line of another kind. */
  read(line: WireObject, events: Array<ChatEvent>): boolean {
    const message = filled(line.message) ?? generated(line) ?? object(line.message)
    if (message === undefined && line.done !== true) return false
    const model = text(line.model)
    if (model !== undefined && this.#model === undefined) {
      this.#model = model
      events.push({ type: "response-metadata", model })
    }
    this.#readMessage(message ?? {}, text(line.created_at) ?? "", events)
    const logprobs = decodeLogprobs(array(line.logprobs))
    if (logprobs.length > 0) events.push({ type: "logprobs", logprobs })
    if (line.done === true) this.#metadata.read(line, lineKeys)
    const counts = countsOf(line)
    if (counts !== undefined) {
      this.#counted = mergeUsage(this.#counted, counts)
      const usage = decodeUsage(this.#counted)
      this.#usage = usage
      events.push({ type: "usage", usage })
    }
    return true
  }

  get #hasContent(): boolean {
    return this.#isTextOpen || this.#thoughts > 0 || this.#calls > 0
  }

  /** The answer is whole: ends what is open, and finishes. */
  finish(word: string | undefined, events: Array<ChatEvent>): void {
    this.flush(events)
    this.#endThought(events)
    if (this.#isTextOpen) events.push({ type: "text-end", id: "text" })
    const warnings = warningsOf(this.#strip)
    events.push({
      type: "finish",
      finishReason: decodeDoneReason(word, this.#calls > 0),
      rawFinishReason: word,
      usage: this.#usage,
      ...withMetadata(this.#metadata),
      ...(warnings === undefined ? {} : { warnings })
    })
  }

  #readMessage(message: WireObject, createdAt: string, events: Array<ChatEvent>): void {
    const thought = text(message.thinking)
    if (thought !== undefined) this.#think(thought, events)
    const said = text(message.content)
    if (said !== undefined) this.#filter(this.#strip === undefined ? said : this.#strip.push(said), events)
    for (const image of array(message.images)) {
      if (typeof image !== "string" || image === "") continue
      this.#endThought(events)
      events.push({ type: "part", part: { type: "image", data: imageUrl(image) } })
    }
    for (const wire of array(message.tool_calls)) {
      if (!isObject(wire)) continue
      const call = decodeCall(wire, (given) => this.#ids.of(given, momentOf(createdAt)))
      if (call === undefined) continue
      this.#endThought(events)
      this.#calls++
      const { name, providerOptions } = call
      events.push({ type: "tool-input-start", id: call.id, name, providerOptions })
      const written = call.rawInput ?? JSON.stringify(call.input) ?? ""
      events.push({ type: "tool-input-delta", id: call.id, delta: written })
      events.push({ type: "tool-call", id: call.id, call })
    }
  }

  #filter(piece: string, events: Array<ChatEvent>): void {
    if (piece === "") return
    if (this.#tags === undefined) return this.#say(piece, events)
    this.#events = events
    this.#tags.push(piece)
  }

  #say(piece: string, events: Array<ChatEvent>): void {
    this.#endThought(events)
    if (!this.#isTextOpen) events.push({ type: "text-start", id: "text" })
    this.#isTextOpen = true
    events.push({ type: "text-delta", id: "text", delta: piece })
  }

  /** Says what the filters held back. */
  flush(events: Array<ChatEvent>): void {
    this.#filter(this.#strip?.flush() ?? "", events)
    this.#events = events
    this.#tags?.flush()
  }

  #think(thought: string, events: Array<ChatEvent>): void {
    if (!this.#isThinking) events.push({ type: "reasoning-start", id: String(++this.#thoughts) })
    this.#isThinking = true
    events.push({ type: "reasoning-delta", id: String(this.#thoughts), delta: thought })
  }

  #endThought(events: Array<ChatEvent>): void {
    if (this.#isThinking) events.push({ type: "reasoning-end", id: String(this.#thoughts) })
    this.#isThinking = false
  }
}

/** Real servers tell the time to the microsecond or finer, which stands for the id that answers do not have here. */
const momentOf = (createdAt: string): string | undefined =>
  /\.\d{6}/.test(createdAt) ? createdAt.replace(/\D/g, "") : undefined

const generated = (line: WireObject): WireObject | undefined =>
  typeof line.response === "string" || typeof line.thinking === "string"
    ? {
        content: line.response,
        thinking: line.thinking,
        images: typeof line.image === "string" ? [line.image] : []
      }
    : undefined
