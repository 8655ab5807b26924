import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import { encodeCall } from "../wire/AssistantBlock.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { type PartEvent, PartQueue } from "../../wire/PartQueue.ts"
import { isObject, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { encodeCitation } from "../wire/WireCitation.ts"
import { encodeThought } from "./ResponseEncoder.ts"

/**
 * Writes the parts of an answer as content blocks, one after the other.
 *
 * @since 0.1.0
 * @category encoding
 */
export class BlockWriter {
  private readonly write: (type: string, fields: WireObject) => void
  private readonly queue = new PartQueue(
    (event) => this.say(event),
    () => this.stop()
  )
  private index = -1
  private isOpen = false
  private isInputWritten = false

  constructor(write: (type: string, fields: WireObject) => void) {
    this.write = write
  }

  /** Whether something of the answer has been written. */
  get hasWritten(): boolean {
    return this.index >= 0
  }

  add(event: ChatEvent): void {
    this.queue.add(event)
  }

  /** Ends what is open, and writes what waits. */
  end(): void {
    this.queue.end()
  }

  /** Writes an event of the current part; true when it was its last. */
  private say(event: PartEvent): boolean {
    switch (event.type) {
      case "text-delta":
        if (event.delta !== "") this.sayText(event.delta)
        return false
      case "citation": {
        const citation = encodeCitation(event.citation)
        if (citation === undefined) return false
        this.start({ type: "text", text: "" })
        this.delta({ type: "citations_delta", citation })
        return false
      }
      case "reasoning-delta":
        this.start({ type: "thinking", thinking: "", signature: "" })
        this.delta({ type: "thinking_delta", thinking: event.delta })
        return false
      case "reasoning-end":
        this.endThought(event)
        break
      case "tool-input-start": {
        const { name, providerExecuted, providerOptions } = event
        const call = { type: "tool-call" as const, id: event.id, name, input: {}, providerExecuted }
        this.start(withOptions(encodeCall(call), providerOptions, protocolId, protocolId))
        return false
      }
      case "tool-input-delta":
        this.delta({ type: "input_json_delta", partial_json: event.delta })
        this.isInputWritten = true
        return false
      case "tool-call":
        this.endCall(event)
        break
      case "part":
        this.sayPart(event)
    }
    this.stop()
    return true
  }

  private sayText(text: string): void {
    this.start({ type: "text", text: "" })
    this.delta({ type: "text_delta", text })
  }

  private endThought({ encrypted, itemId, raw, signature }: ChatEventOf<"reasoning-end">): void {
    if (!this.isOpen) {
      const thought = encodeThought({ type: "reasoning", text: "", id: itemId, signature, encrypted, raw })
      if (thought["type"] === "redacted_thinking") return this.start(thought)
      this.start({ ...thought, thinking: "", signature: "" })
    }
    if (text(signature) !== undefined) this.delta({ type: "signature_delta", signature })
  }

  private endCall({ call }: ChatEventOf<"tool-call">): void {
    this.start(withOptions({ ...encodeCall(call), input: {} }, call.providerOptions, protocolId, protocolId))
    const written = call.rawInput ?? JSON.stringify(call.input) ?? ""
    if (!this.isInputWritten && written !== "{}") this.delta({ type: "input_json_delta", partial_json: written })
  }

  private sayPart({ part }: ChatEventOf<"part">): void {
    if (part.type === "provider" && part.protocol === protocolId && isObject(part.value)) this.start(part.value)
    if (part.type === "audio" && text(part.transcript) !== undefined) this.sayText(part.transcript ?? "")
  }

  private start(content_block: WireObject): void {
    if (this.isOpen) return
    this.isOpen = true
    this.isInputWritten = false
    this.index++
    this.write("content_block_start", { index: this.index, content_block })
  }

  private delta(delta: WireObject): void {
    this.write("content_block_delta", { index: this.index, delta })
  }

  private stop(): void {
    if (this.isOpen) this.write("content_block_stop", { index: this.index })
    this.isOpen = false
  }
}
