import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { ToolCallPart } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { encodeLogprobs } from "../../wire/Logprobs.ts"
import { encodeError } from "../../wire/OpenAiError.ts"
import { type PartEvent, PartWriter } from "../../wire/ResponseWriter.ts"
import { compact, object, type WireObject } from "../../wire/WireObject.ts"
import { encodeAnnotations, encodeText, optionsOf, writtenField } from "../Items.ts"
import { encodeStatus, type Status } from "../Usage.ts"
import { encodeItem, message, responseObject } from "./Response.ts"

interface OpenContent {
  readonly type: "output_text" | "refusal"
  text: string
  readonly annotations: Array<WireObject>
}

interface OpenMessage {
  readonly id: string
  readonly content: Array<WireObject>
  options: WireObject
}

/** Writes the stream of one response, its items one after the other. */
export class StreamWriter extends PartWriter {
  readonly #options: AnswerOptions
  /** The items that are complete. */
  readonly #output: Array<WireObject> = []
  #message: OpenMessage | undefined
  #content: OpenContent | undefined
  /** The reasoning or the call in progress. */
  #item: { readonly id: string; readonly type: unknown; written: string } | undefined
  #sequence = 0
  #id: string
  #model: string
  #isStarted = false

  constructor(options: AnswerOptions) {
    super()
    this.#options = options
    this.#id = options.id
    this.#model = options.model
  }

  protected get isShown(): boolean {
    return this.#output.length > 0 || this.#message !== undefined || this.#item !== undefined
  }

  /** Clients look for the fields of an error in both places. */
  protected broken(error: ProviderError): Frame {
    const fields = object(object(encodeError(error).body)?.error) ?? {}
    const { code, message, param } = fields
    return this.#frame("error", { code, message, param, error: fields })
  }

  protected add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        this.#id = event.id ?? this.#id
        this.#model = event.model ?? this.#model
        return this.#start()
      case "logprobs": {
        const logprobs = encodeLogprobs(event.logprobs)
        this.#beginContent("output_text", "")
        return this.#write("response.output_text.delta", { ...this.#contentAt, delta: "", logprobs })
      }
      case "finish":
        return this.#finish(event)
      default:
        this.addPart(event)
    }
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    const response = this.#response({ status: "in_progress", incomplete_details: null }, undefined)
    this.#write("response.created", { response })
    this.#write("response.in_progress", { response })
  }

  #finish({ finishReason, rawFinishReason, usage }: ChatEventOf<"finish">): void {
    this.#start()
    this.endParts()
    this.#endMessage()
    const status = encodeStatus(finishReason, rawFinishReason)
    const type = status.status === "incomplete" ? "response.incomplete" : "response.completed"
    this.#write(type, { response: this.#response(status, usage) })
  }

  #response(status: Status, usage: ChatEventOf<"finish">["usage"] | undefined): WireObject {
    const { created } = this.#options
    return responseObject({ id: this.#id, model: this.#model, created, ...status, output: this.#output, usage })
  }

  protected endPart(): void {
    this.#endContent()
  }

  protected writePart(event: PartEvent): boolean {
    switch (event.type) {
      case "text-delta":
      case "refusal-delta":
        this.#writeText(event.type === "text-delta" ? "output_text" : "refusal", event.id, event.delta)
        return false
      case "citation": {
        const content = this.#beginContent("output_text", event.id)
        for (const annotation of encodeAnnotations([event.citation], content.text)) {
          const annotation_index = content.annotations.push(annotation) - 1
          this.#write("response.output_text.annotation.added", { ...this.#contentAt, annotation_index, annotation })
        }
        return false
      }
      case "text-end":
        if (event.providerOptions !== undefined) this.#beginContent("output_text", event.id)
        this.#endContent(optionsOf(event))
        return true
      case "refusal-end":
        this.#endContent()
        return true
      case "reasoning-delta":
        this.#writeReasoning(event)
        return false
      case "reasoning-end":
        this.#endReasoning(event)
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
      case "part":
        this.#writePart(event.part)
        return true
    }
  }

  get #contentAt(): WireObject {
    const message = this.#message
    return { item_id: message?.id, output_index: this.#output.length, content_index: message?.content.length ?? 0 }
  }

  get #itemAt(): WireObject {
    return { item_id: this.#item?.id, output_index: this.#output.length }
  }

  get #suffix(): string {
    return `${this.#options.id}_${this.#output.length}`
  }

  #beginContent(type: OpenContent["type"], partId: string): OpenContent {
    if (this.#content !== undefined) return this.#content
    const id = /^(msg_.+)\/\d+$/.exec(partId)?.[1]
    if (this.#message !== undefined && id !== undefined && this.#message.id !== id) this.#endMessage()
    if (this.#message === undefined) {
      this.#message = { id: id ?? `msg_${this.#suffix}`, content: [], options: {} }
      const item = message(this.#message.id, [], { status: "in_progress" })
      this.#write("response.output_item.added", { output_index: this.#output.length, item })
    }
    this.#content = { type, text: "", annotations: [] }
    this.#write("response.content_part.added", { ...this.#contentAt, part: contentObject(this.#content) })
    return this.#content
  }

  #writeText(type: OpenContent["type"], partId: string, delta: string): void {
    if (delta === "") return
    this.#beginContent(type, partId).text += delta
    const more = type === "output_text" ? { logprobs: [] } : {}
    this.#write(`response.${type}.delta`, { ...this.#contentAt, delta, ...more })
  }

  /** What follows may belong to the same message, unless the options name another one. */
  #endContent(options: WireObject = {}): void {
    const message = this.#message
    if (message === undefined || this.#content === undefined) return
    const { text, type } = this.#content
    const part = contentObject(this.#content)
    const whole = type === "output_text" ? { text, logprobs: [] } : { refusal: text }
    this.#write(`response.${type}.done`, { ...this.#contentAt, ...whole })
    this.#write("response.content_part.done", { ...this.#contentAt, part })
    message.content.push(part)
    message.options = { ...message.options, ...options }
    this.#content = undefined
    if (typeof message.options.id === "string" && message.options.id !== message.id) this.#endMessage()
  }

  #endMessage(): void {
    this.#endContent()
    if (this.#message === undefined) return
    const { content, id, options } = this.#message
    this.#message = undefined
    this.#endItem({ ...message(id, content, options), id })
  }

  #beginItem(id: string, item: WireObject): void {
    this.#endMessage()
    this.#item = { id, type: item.type, written: "" }
    this.#write("response.output_item.added", { output_index: this.#output.length, item })
  }

  #endItem(item: WireObject): void {
    this.#write("response.output_item.done", { output_index: this.#output.length, item })
    this.#output.push(item)
    this.#item = undefined
  }

  #beginReasoning(partId: string): void {
    const id = partId.startsWith("rs_") ? partId : `rs_${this.#suffix}`
    this.#beginItem(id, { id, type: "reasoning", summary: [] })
  }

  #writeReasoning({ delta, id }: ChatEventOf<"reasoning-delta">): void {
    const isFirst = this.#item === undefined
    if (isFirst) this.#beginReasoning(id)
    const at = { ...this.#itemAt, summary_index: 0 }
    const part = { type: "summary_text", text: "" }
    if (isFirst) this.#write("response.reasoning_summary_part.added", { ...at, part })
    if (this.#item !== undefined) this.#item.written += delta
    this.#write("response.reasoning_summary_text.delta", { ...at, delta })
  }

  #endReasoning({ encrypted, id, itemId, protocol, raw, signature }: ChatEventOf<"reasoning-end">): void {
    const text = this.#item?.written ?? ""
    if (this.#item === undefined) this.#beginReasoning(itemId ?? id)
    else {
      const at = { ...this.#itemAt, summary_index: 0 }
      this.#write("response.reasoning_summary_text.done", { ...at, text })
      this.#write("response.reasoning_summary_part.done", { ...at, part: { type: "summary_text", text } })
    }
    const fields = compact({ id: itemId, signature, encrypted, protocol, raw })
    this.#endItem(encodeItem({ type: "reasoning", text, ...fields }, this.#suffix) ?? {})
  }

  #beginCall(call: ToolCallPart): void {
    this.#endMessage()
    const item = encodeItem({ ...call, input: undefined, rawInput: "" }, this.#suffix) ?? {}
    this.#beginItem(String(item.id), { ...item, status: "in_progress" })
  }

  #writeInput(delta: string): void {
    const item = this.#item
    const field = writtenField(item?.type)
    if (item === undefined || field === undefined || delta === "") return
    item.written += delta
    this.#write(`response.${String(item.type)}_${field}.delta`, { ...this.#itemAt, delta })
  }

  #endCall(call: ToolCallPart): void {
    if (call.providerExecuted === true) return
    if (this.#item === undefined) this.#beginCall(call)
    const item: WireObject = { ...encodeItem(call, this.#suffix), id: this.#item?.id }
    const field = writtenField(item.type)
    if (field !== undefined) {
      if (this.#item?.written === "") this.#writeInput(String(item[field]))
      this.#write(`response.${String(item.type)}_${field}.done`, { ...this.#itemAt, [field]: item[field] })
    }
    this.#endItem(item)
  }

  #writePart(part: AssistantPart): void {
    const content = encodeText(part)
    if (content !== undefined) {
      this.#writeText("output_text", "", String(content.text))
      return this.#endContent()
    }
    if (encodeItem(part, "") === undefined) return
    this.#endMessage()
    const item = encodeItem(part, this.#suffix) ?? {}
    this.#write("response.output_item.added", { output_index: this.#output.length, item })
    this.#endItem(item)
  }

  #write(type: string, fields: WireObject): void {
    this.#start()
    this.send(this.#frame(type, fields))
  }

  #frame(type: string, fields: WireObject): Frame {
    return { event: type, data: JSON.stringify({ type, sequence_number: this.#sequence++, ...fields }) }
  }
}

const contentObject = ({ annotations, text, type }: OpenContent): WireObject =>
  type === "output_text" ? { type, text, annotations, logprobs: [] } : { type, refusal: text }
