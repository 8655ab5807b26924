import type { ChatEvent, ChatEventOf } from "../../domain/ChatEvent.ts"
import type { Citation, ToolCallPart } from "../../domain/ContentPart.ts"
import { AnswerWriter } from "./AnswerWriter.ts"
import { type PartEvent, PartQueue } from "./PartQueue.ts"
import type { WireObject } from "./WireObject.ts"

/**
 * Writes the parts of a streamed response as blocks with an index, one after the other: of parts that interleave, the
 * first one shown continues as it is written, and the others wait until it has ended.
 */
export abstract class BlockWriter extends AnswerWriter {
  readonly #queue = new PartQueue(
    (event) => this.#write(event),
    () => this.#stop()
  )
  #index = -1
  #isInputWritten = false
  protected isOpen = false

  protected get isShown(): boolean {
    return this.#index >= 0
  }

  /** Writes the beginning of the message, once. */
  protected abstract begin(): void
  protected abstract finish(event: ChatEventOf<"finish">): void
  protected abstract write(what: "start" | "delta" | "stop", index: number, fields?: WireObject): void
  protected abstract text(text: string): void
  protected abstract citation(citation: Citation): void
  protected abstract reasoning(text: string): void
  protected abstract endReasoning(event: ChatEventOf<"reasoning-end">): void
  protected abstract startCall(call: ToolCallPart): void
  protected abstract input(piece: string): void
  protected abstract part(part: ChatEventOf<"part">["part"]): void

  protected add(event: ChatEvent): void {
    switch (event.type) {
      case "response-start":
      case "refusal-start":
      case "usage":
      case "source":
      case "logprobs":
      case "malformed-frame":
        return
      case "finish":
        this.begin()
        this.#queue.end()
        return this.finish(event)
      default:
        this.begin()
        this.#queue.add(event)
    }
  }

  /** Begins a block, if none is open. */
  protected start(block: WireObject | undefined): void {
    if (this.isOpen) return
    this.isOpen = true
    this.#isInputWritten = false
    this.#index++
    if (block !== undefined) this.write("start", this.#index, block)
  }

  protected delta(delta: WireObject): void {
    this.write("delta", this.#index, delta)
  }

  /** Writes an event of the current part; true when it was its last. */
  #write(event: PartEvent): boolean {
    switch (event.type) {
      case "text-delta":
      case "refusal-delta":
        if (event.delta !== "") this.text(event.delta)
        return false
      case "citation":
        this.citation(event.citation)
        return false
      case "reasoning-delta":
        this.reasoning(event.delta)
        return false
      case "reasoning-end":
        this.endReasoning(event)
        break
      case "tool-input-start":
        this.startCall({ ...event, type: "tool-call" })
        return false
      case "tool-input-delta":
        this.input(event.delta)
        this.#isInputWritten = true
        return false
      case "tool-call":
        this.#endCall(event.call)
        break
      case "part":
        this.part(event.part)
    }
    this.#stop()
    return true
  }

  #endCall(call: ToolCallPart): void {
    if (!this.isOpen) this.startCall(call)
    const written = call.rawInput ?? JSON.stringify(call.input) ?? ""
    if (!this.#isInputWritten && written !== "{}") this.input(written)
  }

  #stop(): void {
    if (this.isOpen) this.write("stop", this.#index)
    this.isOpen = false
  }
}
