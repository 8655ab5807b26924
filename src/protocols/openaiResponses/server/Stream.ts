import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Citation, ReasoningPart, ToolCallPart } from "../../../domain/ContentPart.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { encodeLogprobs } from "../../wire/Logprobs.ts"
import { type PartEvent, PartQueue } from "../../wire/PartQueue.ts"
import { encodeAnnotation } from "../wire/Annotation.ts"
import { writtenField } from "../Items.ts"
import { compact, type WireObject } from "../wire/Wire.ts"
import { encodeContent, encodeItem, message, ownOf } from "./Response.ts"

interface OpenMessage {
  readonly id: string
  readonly content: Array<WireObject>
  own: WireObject
}

/** The events of calls whose input is written as text. */
const inputEvents: { readonly [type: string]: string } = {
  function_call: "function_call_arguments",
  custom_tool_call: "custom_tool_call_input"
}

interface OpenText {
  readonly type: "text" | "refusal"
  text: string
  readonly annotations: Array<WireObject>
}

/** Writes the parts of an answer as items, one after the other. */
export class ItemWriter {
  /** The items that are whole. */
  readonly items: Array<WireObject> = []
  readonly #write: (type: string, fields: WireObject) => void
  readonly #id: string
  readonly #queue = new PartQueue(
    (event) => this.#say(event),
    () => this.#endText(undefined)
  )
  #message: OpenMessage | undefined
  #text: OpenText | undefined
  /** The id of the item of a thought or a call that has been begun. */
  #begun: string | undefined
  #written = ""
  #inputEvent: string | undefined

  constructor(id: string, write: (type: string, fields: WireObject) => void) {
    this.#id = id
    this.#write = write
  }

  /** Whether something of the answer has been written. */
  get hasWritten(): boolean {
    return this.items.length > 0 || this.#message !== undefined || this.#begun !== undefined
  }

  add(event: ChatEvent): void {
    if (event.type === "logprobs") this.#logprobs(event)
    else this.#queue.add(event)
  }

  /** Ends what is open, and writes what waits. */
  end(): void {
    this.#queue.end()
    this.#endMessage()
  }

  get #at(): WireObject {
    return { output_index: this.items.length }
  }

  get #suffix(): string {
    return `${this.#id}_${this.items.length}`
  }

  /** Writes an event of the current part; true when it was its last. */
  #say(event: PartEvent): boolean {
    switch (event.type) {
      case "text-delta":
      case "refusal-delta":
        if (event.delta !== "") this.#sayText(event.type === "text-delta" ? "text" : "refusal", event.id, event.delta)
        return false
      case "citation":
        this.#cite(event.id, event.citation)
        return false
      case "text-end":
        if (event.providerOptions !== undefined) this.#beginText("text", event.id)
        this.#endText({ type: "text", text: "", ...compact({ providerOptions: event.providerOptions }) })
        return true
      case "refusal-end":
        this.#endText(undefined)
        return true
      case "reasoning-delta":
        this.#think(event)
        return false
      case "reasoning-end":
        this.#endThought(event)
        return true
      case "tool-input-start":
        if (event.providerExecuted !== true) this.#beginCall({ ...event, type: "tool-call" })
        return false
      case "tool-input-delta":
        this.#writeInput(event.delta)
        return false
      case "tool-call":
        this.#endCall(event.call)
        return true
      case "part": {
        const content = encodeContent(event.part)
        if (content !== undefined) {
          this.#sayText("text", "", String(content.text))
          this.#endText(undefined)
        } else this.#sayWhole(event.part)
        return true
      }
    }
  }

  #beginText(type: OpenText["type"], partId: string): OpenText {
    if (this.#text !== undefined) return this.#text
    const id = /^(msg_.+)\/\d+$/.exec(partId)?.[1]
    if (this.#message !== undefined && id !== undefined && this.#message.id !== id) this.#endMessage()
    if (this.#message === undefined) {
      this.#message = { id: id ?? `msg_${this.#suffix}`, content: [], own: {} }
      const item = message(this.#message.id, [], { status: "in_progress" })
      this.#write("response.output_item.added", { ...this.#at, item })
    }
    const text: OpenText = { type, text: "", annotations: [] }
    this.#text = text
    this.#write("response.content_part.added", { ...this.#place, part: contentOf(text) })
    return text
  }

  get #place(): WireObject {
    return { item_id: this.#message?.id, ...this.#at, content_index: this.#message?.content.length ?? 0 }
  }

  #sayText(type: OpenText["type"], partId: string, delta: string): void {
    const text = this.#beginText(type, partId)
    text.text += delta
    const more = type === "text" ? { logprobs: [] } : {}
    this.#write(`response.${type === "text" ? "output_text" : "refusal"}.delta`, { ...this.#place, delta, ...more })
  }

  #cite(partId: string, citation: Citation): void {
    const text = this.#beginText("text", partId)
    const annotation = encodeAnnotation(citation, text.text.length)
    if (annotation === undefined) return
    const annotation_index = text.annotations.push(annotation) - 1
    this.#write("response.output_text.annotation.added", { ...this.#place, annotation_index, annotation })
  }

  /** Ends what is being said; what follows may belong to the same message. */
  #endText(part: AssistantPart | undefined): void {
    const message = this.#message
    const text = this.#text
    if (message === undefined || text === undefined) return
    const said = contentOf(text)
    if (text.type === "text") {
      this.#write("response.output_text.done", { ...this.#place, text: text.text, logprobs: [] })
    } else this.#write("response.refusal.done", { ...this.#place, refusal: text.text })
    this.#write("response.content_part.done", { ...this.#place, part: said })
    message.content.push(said)
    if (part !== undefined) message.own = { ...message.own, ...ownOf(part) }
    this.#text = undefined
    // What has another id is said by a message of its own: what follows may be of another phase.
    if (typeof message.own.id === "string" && message.own.id !== message.id) this.#endMessage()
  }

  #endMessage(): void {
    this.#endText(undefined)
    if (this.#message === undefined) return
    const { content, id, own } = this.#message
    this.#message = undefined
    this.#done({ ...message(id, content, own), id })
  }

  #logprobs({ logprobs }: ChatEventOf<"logprobs">): void {
    this.#beginText("text", "")
    this.#write("response.output_text.delta", { ...this.#place, delta: "", logprobs: encodeLogprobs(logprobs) })
  }

  #think({ delta, id }: ChatEventOf<"reasoning-delta">): void {
    if (this.#begun === undefined) {
      this.#beginThought(id)
      const part = { type: "summary_text", text: "" }
      this.#write("response.reasoning_summary_part.added", { ...this.#summary, part })
    }
    this.#written += delta
    this.#write("response.reasoning_summary_text.delta", { ...this.#summary, delta })
  }

  #beginThought(partId: string): void {
    this.#endMessage()
    this.#begun = partId.startsWith("rs_") ? partId : `rs_${this.#suffix}`
    const item = { id: this.#begun, type: "reasoning", summary: [] }
    this.#write("response.output_item.added", { ...this.#at, item })
  }

  get #summary(): WireObject {
    return { item_id: this.#begun, ...this.#at, summary_index: 0 }
  }

  #endThought(event: ChatEventOf<"reasoning-end">): void {
    const { encrypted, id, itemId, protocol, raw, signature } = event
    if (this.#begun === undefined) this.#beginThought(itemId ?? id)
    else {
      this.#write("response.reasoning_summary_text.done", { ...this.#summary, text: this.#written })
      const part = { type: "summary_text", text: this.#written }
      this.#write("response.reasoning_summary_part.done", { ...this.#summary, part })
    }
    const fields = compact({ id: itemId, signature, encrypted, protocol, raw })
    const part: ReasoningPart = { type: "reasoning", text: this.#written, ...fields }
    this.#done(encodeItem(part, this.#suffix) ?? {})
  }

  #beginCall(call: ToolCallPart): void {
    this.#endMessage()
    const item = encodeItem({ ...call, input: undefined, rawInput: "" }, this.#suffix) ?? {}
    this.#begun = String(item.id)
    this.#inputEvent = inputEvents[String(item.type)]
    this.#write("response.output_item.added", { ...this.#at, item: { ...item, status: "in_progress" } })
  }

  #writeInput(delta: string): void {
    if (this.#begun === undefined || this.#inputEvent === undefined || delta === "") return
    this.#written += delta
    this.#write(`response.${this.#inputEvent}.delta`, { item_id: this.#begun, ...this.#at, delta })
  }

  #endCall(call: ToolCallPart): void {
    if (call.providerExecuted === true) return
    if (this.#begun === undefined) this.#beginCall(call)
    const item: WireObject = { ...encodeItem(call, this.#suffix), id: this.#begun }
    const field = writtenField(item.type)
    if (field !== undefined && this.#inputEvent !== undefined) {
      if (this.#written === "") this.#writeInput(String(item[field]))
      this.#write(`response.${this.#inputEvent}.done`, { item_id: this.#begun, ...this.#at, [field]: item[field] })
    }
    this.#done(item)
  }

  #sayWhole(part: AssistantPart): void {
    if (encodeItem(part, "") === undefined) return
    this.#endMessage()
    const item = encodeItem(part, this.#suffix) ?? {}
    this.#write("response.output_item.added", { ...this.#at, item })
    this.#done(item)
  }

  #done(item: WireObject): void {
    this.#write("response.output_item.done", { ...this.#at, item })
    this.items.push(item)
    this.#begun = undefined
    this.#written = ""
  }
}

const contentOf = ({ annotations, text, type }: OpenText): WireObject =>
  type === "text" ? { type: "output_text", text, annotations, logprobs: [] } : { type: "refusal", refusal: text }
