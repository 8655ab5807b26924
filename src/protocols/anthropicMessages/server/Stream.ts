import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Citation, ToolCallPart } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { unknown as unknownUsage, type Usage } from "../../../domain/Usage.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { BlockWriter } from "../../wire/ResponseWriter.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { isObject, text, type WireObject } from "../../wire/WireObject.ts"
import { encodeError } from "../Errors.ts"
import { encodeCall, encodeCitation, protocolId } from "../Messages.ts"
import { encodeUsage } from "../Usage.ts"
import { encodeStop, metadataOf, reasoningBlock } from "./Response.ts"

export class StreamWriter extends BlockWriter {
  readonly #options: AnswerOptions
  #isStarted = false
  #metadata: Omit<ChatEventOf<"response-metadata">, "type"> = {}
  #refusal = ""
  #usage: Usage = unknownUsage

  constructor(options: AnswerOptions) {
    super()
    this.#options = options
  }

  protected errorFrame(error: ProviderError): Frame {
    return { event: "error", data: JSON.stringify(encodeError(error).body) }
  }

  protected override close(): void {
    this.#send("message_stop", {})
  }

  protected override forget(): void {
    this.#refusal = ""
    this.#usage = unknownUsage
  }

  protected override add(event: ChatEvent): void {
    switch (event.type) {
      case "usage":
        this.#usage = event.usage
        return
      case "refusal-delta":
        this.#refusal += event.delta
        return
      case "refusal-end":
        return
      case "response-metadata":
        this.#metadata = event
    }
    super.add(event)
  }

  protected begin(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    const { id, model } = this.#metadata
    this.#send("message_start", {
      message: {
        id: id ?? this.#options.id,
        type: "message",
        role: "assistant",
        model: model ?? this.#options.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: encodeUsage(this.#usage)
      }
    })
  }

  protected finish(event: ChatEventOf<"finish">): void {
    const { container, stop_details: _, ...fields } = metadataOf(event)
    const stop = encodeStop(event, this.#refusal)
    this.#send("message_delta", {
      ...fields,
      delta: { ...stop, ...(container !== undefined && { container }) },
      usage: encodeUsage(event.usage)
    })
  }

  protected write(what: "start" | "delta" | "stop", index: number, fields?: WireObject): void {
    this.#send(`content_block_${what}`, { index, [what === "start" ? "content_block" : "delta"]: fields })
  }

  protected text(text: string): void {
    this.start({ type: "text", text: "" })
    this.delta({ type: "text_delta", text })
  }

  protected citation(cited: Citation): void {
    const citation = encodeCitation(cited)
    if (citation === undefined) return
    this.start({ type: "text", text: "" })
    this.delta({ type: "citations_delta", citation })
  }

  protected reasoning(thinking: string): void {
    this.start({ type: "thinking", thinking: "", signature: "" })
    this.delta({ type: "thinking_delta", thinking })
  }

  protected endReasoning({ encrypted, itemId, raw, signature }: ChatEventOf<"reasoning-end">): void {
    if (!this.isOpen) {
      const block = reasoningBlock({ type: "reasoning", text: "", id: itemId, signature, encrypted, raw })
      if (block.type === "redacted_thinking") return this.start(block)
      this.start({ ...block, thinking: "", signature: "" })
    }
    if (text(signature) !== undefined) this.delta({ type: "signature_delta", signature })
  }

  protected startCall(call: ToolCallPart): void {
    this.start(withOptions({ ...encodeCall(call), input: {} }, call.providerOptions, protocolId, protocolId))
  }

  protected input(partial_json: string): void {
    this.delta({ type: "input_json_delta", partial_json })
  }

  protected part(part: ChatEventOf<"part">["part"]): void {
    if (part.type === "provider" && part.protocol === protocolId && isObject(part.value)) this.start(part.value)
    if (part.type === "audio" && text(part.transcript) !== undefined) this.text(part.transcript ?? "")
  }

  #send(type: string, fields: WireObject): void {
    this.send({ event: type, data: JSON.stringify({ type, ...fields }) })
  }
}
