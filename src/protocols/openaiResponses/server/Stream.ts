import type { ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { ToolCallPart } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { Usage } from "../../../domain/Usage.ts"
import { encodeLogprobs } from "../../wire/response/Logprobs.ts"
import { encodeError } from "../../wire/response/ErrorBody.ts"
import { type PartEvent, PartWriter, type WrittenEvent } from "../../wire/response/ResponseWriter.ts"
import { compact, object, text, type WireObject } from "../../wire/WireObject.ts"
import { encodeAnnotations, encodeText, optionsOf, writtenField } from "../Items.ts"
import { encodeStatus, type Status } from "../Usage.ts"
import { encodeItem, message, responseObject } from "./Response.ts"

interface OpenItem {
  readonly id: string
  readonly type: unknown
  /** The parts of a message, or of the summary of reasoning, that are complete. */
  readonly parts: Array<WireObject>
  options: WireObject
  /** The input of a call so far. */
  input: string
}

interface OpenText {
  readonly type: "output_text" | "refusal" | "summary_text"
  text: string
  readonly annotations: Array<WireObject>
}

const inMessage = { part: "content_part", index: "content_index" }

/** The names of the events of texts, and of the field that places a text in its item. */
const names = {
  output_text: { text: "output_text", ...inMessage },
  refusal: { text: "refusal", ...inMessage },
  summary_text: { text: "reasoning_summary_text", part: "reasoning_summary_part", index: "summary_index" }
}

/** Writes the stream of one response, its items one after the other. */
export class StreamWriter extends PartWriter {
  /** The items that are complete. */
  readonly #output: Array<WireObject> = []
  #item: OpenItem | undefined
  #text: OpenText | undefined
  #sequence = 0
  #isStarted = false

  protected get isShown(): boolean {
    return this.#output.length > 0 || this.#item !== undefined
  }

  /** Clients look for the fields of an error in both places. */
  protected errorFrame(error: ProviderError): Frame {
    const fields = object(object(encodeError(error).body)?.error) ?? {}
    const { code, message, param } = fields
    return this.#frame("error", { code, message, param, error: fields })
  }

  protected override identified(): void {
    this.#start()
  }

  protected add(event: WrittenEvent): void {
    switch (event.type) {
      case "logprobs": {
        const text = this.#beginText("output_text", "")
        return this.#writeDelta(text, { delta: "", logprobs: encodeLogprobs(event.logprobs) })
      }
      case "finish":
        return this.#finish(event)
      default:
        this.addPart(event)
    }
  }

  protected writePart(event: PartEvent): boolean {
    switch (event.type) {
      case "text-delta":
        this.#writeText("output_text", event.id, event.delta)
        return false
      case "refusal-delta":
        this.#writeText("refusal", event.id, event.delta)
        return false
      case "reasoning-delta":
        this.#writeText("summary_text", event.id, event.delta)
        return false
      case "citation": {
        const text = this.#beginText("output_text", event.id)
        for (const annotation of encodeAnnotations([event.citation], text.text)) {
          const annotation_index = text.annotations.push(annotation) - 1
          const fields = { ...this.#at(text), annotation_index, annotation }
          this.#write("response.output_text.annotation.added", fields)
        }
        return false
      }
      case "text-end":
        if (event.providerOptions !== undefined) this.#beginText("output_text", event.id)
        this.#endText(optionsOf(event))
        return true
      case "refusal-end":
        this.#endText()
        return true
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
        if (event.call.providerExecuted !== true) this.#endCall(event.call)
        return true
      case "part":
        this.#writeWhole(event.part)
        return true
    }
  }

  protected endPart(): void {
    this.#endText()
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    const response = this.#response({ status: "in_progress", incomplete_details: null }, undefined)
    this.#write("response.created", { response })
    this.#write("response.in_progress", { response })
  }

  #finish({ finishReason, rawFinishReason, usage }: ChatEventOf<"finish">): void {
    this.endParts()
    this.#endMessage()
    const status = encodeStatus(finishReason, rawFinishReason)
    const type = status.status === "incomplete" ? "response.incomplete" : "response.completed"
    this.#start()
    this.#write(type, { response: this.#response(status, usage) })
  }

  #response(status: Status, usage: Usage | undefined): WireObject {
    const { created, requestBody } = this.options
    const response = { id: this.id, model: this.model, created, ...status, output: this.#output, usage }
    return responseObject(response, requestBody)
  }

  get #suffix(): string {
    return `${this.options.id}_${this.#output.length}`
  }

  #beginItem(id: string, item: WireObject): void {
    this.#item = { id, type: item.type, parts: [], options: {}, input: "" }
    this.#write("response.output_item.added", { output_index: this.#output.length, item })
  }

  #endItem(item: WireObject): void {
    this.#write("response.output_item.done", { output_index: this.#output.length, item })
    this.#output.push(item)
    this.#item = undefined
  }

  #at({ type }: OpenText): WireObject {
    const item = this.#item
    return { item_id: item?.id, output_index: this.#output.length, [names[type].index]: item?.parts.length ?? 0 }
  }

  #beginText(type: OpenText["type"], partId: string): OpenText {
    if (this.#text !== undefined) return this.#text
    if (type === "summary_text") this.#beginReasoning(partId)
    else this.#beginMessage(partId)
    const text: OpenText = { type, text: "", annotations: [] }
    this.#text = text
    this.#write(`response.${names[type].part}.added`, { ...this.#at(text), part: partOf(text) })
    return text
  }

  #writeText(type: OpenText["type"], partId: string, delta: string): void {
    if (delta === "") return
    const text = this.#beginText(type, partId)
    text.text += delta
    this.#writeDelta(text, text.type === "output_text" ? { delta, logprobs: [] } : { delta })
  }

  #writeDelta(text: OpenText, fields: WireObject): void {
    this.#write(`response.${names[text.type].text}.delta`, { ...this.#at(text), ...fields })
  }

  /** What follows may belong to the same message, unless the options name another one. */
  #endText(options: WireObject = {}): void {
    const item = this.#item
    const text = this.#text
    if (item === undefined || text === undefined) return
    const { annotations: _, type: __, ...whole } = partOf(text)
    const name = names[text.type]
    this.#write(`response.${name.text}.done`, { ...this.#at(text), ...whole })
    this.#write(`response.${name.part}.done`, { ...this.#at(text), part: partOf(text) })
    this.#text = undefined
    item.parts.push(partOf(text))
    item.options = { ...item.options, ...options }
    if (typeof item.options.id === "string" && item.options.id !== item.id) this.#endMessage()
  }

  /** Begins a message, or goes on with the one of this part. */
  #beginMessage(partId: string): void {
    const id = /^(msg_.+)\/\d+$/.exec(partId)?.[1]
    if (this.#item?.type === "message" && (id === undefined || id === this.#item.id)) return
    this.#endMessage()
    const messageId = id ?? `msg_${this.#suffix}`
    this.#beginItem(messageId, message(messageId, [], { status: "in_progress" }))
  }

  #endMessage(): void {
    this.#endText()
    if (this.#item?.type !== "message") return
    const { id, options, parts } = this.#item
    this.#endItem({ ...message(id, parts, options), id })
  }

  #beginReasoning(partId: string): void {
    this.#endMessage()
    const id = partId.startsWith("rs_") ? partId : `rs_${this.#suffix}`
    this.#beginItem(id, { id, type: "reasoning", summary: [] })
  }

  #endReasoning({ encrypted, id, itemId, protocol, raw, signature }: ChatEventOf<"reasoning-end">): void {
    const summary = this.#text
    if (summary === undefined) this.#beginReasoning(itemId ?? id)
    else this.#endText()
    const fields = compact({ id: itemId, signature, encrypted, protocol, raw })
    this.#endItem(encodeItem({ type: "reasoning", text: summary?.text ?? "", ...fields }, this.#suffix) ?? {})
  }

  #beginCall(call: ToolCallPart): void {
    this.#endMessage()
    const item = encodeItem({ ...call, input: undefined, rawInput: "" }, this.#suffix) ?? {}
    this.#beginItem(text(item.id) ?? "", { ...item, status: "in_progress" })
  }

  #writeInput(delta: string): void {
    const item = this.#item
    const field = writtenField(item?.type)
    if (item === undefined || field === undefined || delta === "") return
    item.input += delta
    this.#write(`response.${String(item.type)}_${field}.delta`, {
      item_id: item.id,
      output_index: this.#output.length,
      delta
    })
  }

  #endCall(call: ToolCallPart): void {
    if (this.#item === undefined || this.#item.type === "message") this.#beginCall(call)
    const { id, input } = this.#item ?? {}
    const item: WireObject = { ...encodeItem(call, this.#suffix), id }
    const field = writtenField(item.type)
    if (field !== undefined) {
      if (input === "") this.#writeInput(String(item[field]))
      const name = item.type === "function_call" ? item.name : undefined
      const fields = compact({ item_id: id, output_index: this.#output.length, name, [field]: item[field] })
      this.#write(`response.${String(item.type)}_${field}.done`, fields)
    }
    this.#endItem(item)
  }

  #writeWhole(part: AssistantPart): void {
    const text = encodeText(part)?.text
    if (typeof text === "string") {
      this.#writeText("output_text", "", text)
      return this.#endText()
    }
    if (encodeItem(part, "") === undefined) return
    this.#endMessage()
    const item = encodeItem(part, this.#suffix) ?? {}
    this.#beginItem("", item)
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

const partOf = ({ annotations, text, type }: OpenText): WireObject => {
  if (type === "refusal") return { type, refusal: text }
  return type === "summary_text" ? { type, text } : { type, text, annotations, logprobs: [] }
}
