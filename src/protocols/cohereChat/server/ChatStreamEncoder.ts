import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { AnswerWriter } from "../../wire/AnswerWriter.ts"
import { type PartEvent, PartQueue } from "../../wire/PartQueue.ts"
import { encodeCitation } from "../Citations.ts"
import { encodeFinishReason } from "../Response.ts"
import { encodeUsage } from "../Usage.ts"
import { encodeCall } from "../wire/Answer.ts"
import { isObject, object, protocolId, type WireObject } from "../wire/Wire.ts"
import { encodeError } from "./ErrorEncoder.ts"
import { encodeLogprob } from "./ResponseEncoder.ts"

/**
 * Writes the stream of one answer. Blocks follow one another: of parts that interleave, the first goes on as it is
 * written, and the others wait. A plan is written as a thought, for only its end tells that it is one. An answer that is
 * begun again after something was shown ends in an error.
 */
export class ChatStreamEncoder extends AnswerWriter {
  readonly #queue = new PartQueue(
    (event) => this.#say(event),
    () => this.#stop()
  )
  #id: string
  #isStarted = false
  #open: "content" | "tool-call" | undefined
  #said = ""
  #isInputWritten = false
  #index = -1
  #calls = -1
  #citations = 0

  constructor(options: AnswerOptions) {
    super()
    this.#id = options.id
  }

  protected get isShown(): boolean {
    return this.#open !== undefined || this.#index >= 0 || this.#calls >= 0
  }

  protected broken(error: ProviderError): Frame {
    return { event: "error", data: JSON.stringify(encodeError(error).body) }
  }

  protected override close(): void {
    this.send({ data: "[DONE]" })
  }

  protected add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        this.#id = event.id ?? this.#id
        return
      case "refusal-delta":
        return this.#queue.add({ type: "text-delta", id: `refusal ${event.id}`, delta: event.delta })
      case "refusal-end":
        return this.#queue.add({ type: "text-end", id: `refusal ${event.id}` })
      case "logprobs":
        for (const logprob of event.logprobs) {
          this.#write("content-delta", this.#index, { content: {} }, { logprobs: encodeLogprob(logprob) })
        }
        return
      case "finish":
        return this.#finish(event)
      default:
        this.#queue.add(event)
    }
  }

  #say(event: PartEvent): boolean {
    switch (event.type) {
      case "text-delta":
        if (event.delta === "") return false
        this.#begin({ type: "text", text: "" })
        this.#said += event.delta
        this.#write("content-delta", this.#index, { content: { text: event.delta } })
        return false
      case "citation": {
        this.#begin({ type: "text", text: "" })
        const citations = encodeCitation(event.citation, this.#said, this.#index)
        if (citations === undefined) return false
        this.#write("citation-start", this.#citations, { citations })
        this.#write("citation-end", this.#citations++, undefined)
        return false
      }
      case "reasoning-delta":
        this.#begin({ type: "thinking", thinking: "" })
        this.#write("content-delta", this.#index, { content: { thinking: event.delta } })
        return false
      case "tool-input-start":
        if (event.providerExecuted !== true) this.#beginCall(event.id, event.name)
        return false
      case "tool-input-delta":
        if (this.#open !== "tool-call") return false
        this.#input(event.delta)
        return false
      case "tool-call":
        this.#endCall(event)
        break
      case "part":
        this.#part(event)
    }
    this.#stop()
    return true
  }

  #begin(content: WireObject): void {
    if (this.#open !== undefined) return
    this.#open = "content"
    this.#said = ""
    this.#write("content-start", ++this.#index, { content })
  }

  #beginCall(id: string, name: string): void {
    if (this.#open !== undefined) return
    this.#open = "tool-call"
    this.#isInputWritten = false
    const call = encodeCall({ type: "tool-call", id, name, rawInput: "" })
    this.#write("tool-call-start", ++this.#calls, { tool_calls: call })
  }

  #input(piece: string): void {
    if (piece === "") return
    this.#isInputWritten = true
    this.#write("tool-call-delta", this.#calls, { tool_calls: { function: { arguments: piece } } })
  }

  #endCall({ call }: ChatEventOf<"tool-call">): void {
    if (call.providerExecuted === true) return
    this.#beginCall(call.id, call.name)
    if (!this.#isInputWritten) this.#input(String(object(encodeCall(call).function)?.arguments ?? ""))
  }

  #part({ part }: ChatEventOf<"part">): void {
    if (part.type === "audio" && part.transcript !== undefined) {
      this.#say({ type: "text-delta", id: "audio", delta: part.transcript })
    }
    if (part.type !== "provider" || part.protocol !== protocolId || !isObject(part.value)) return
    if (part.value.type === undefined) {
      for (const citations of [part.value.citations].flat()) {
        this.#write("citation-start", this.#citations, { citations })
        this.#write("citation-end", this.#citations++, undefined)
      }
    } else this.#begin(part.value)
  }

  #stop(): void {
    if (this.#open === "content") this.#write("content-end", this.#index, undefined)
    if (this.#open === "tool-call") this.#write("tool-call-end", this.#calls, undefined)
    this.#open = undefined
  }

  #finish({ finishReason, rawFinishReason, usage }: ChatEventOf<"finish">): void {
    this.#start()
    this.#queue.end()
    const delta = { finish_reason: encodeFinishReason(finishReason, rawFinishReason), usage: encodeUsage(usage) }
    this.#push("message-end", { delta })
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] }
    this.#push("message-start", { id: this.#id, delta: { message } })
  }

  #write(type: string, index: number, message: WireObject | undefined, more: WireObject = {}): void {
    this.#start()
    this.#push(type, { index, ...(message === undefined ? {} : { delta: { message } }), ...more })
  }

  #push(type: string, fields: WireObject): void {
    this.send({ event: type, data: JSON.stringify({ type, ...fields }) })
  }
}
