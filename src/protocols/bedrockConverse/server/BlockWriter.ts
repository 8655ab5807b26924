import * as Result from "effect/Result"
import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import { type PartEvent, PartQueue } from "../../wire/PartQueue.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { encodeCall, thoughtContent } from "../wire/AssistantBlock.ts"
import { documentName, encodeMedia } from "../wire/MediaBlock.ts"
import { array, isObject, object, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { encodeCitation } from "../wire/WireCitation.ts"

/**
 * Writes the parts of an answer as content blocks, one after the other.
 *
 * @since 0.1.0
 * @category encoding
 */
export class BlockWriter {
  private readonly write: (name: string, fields: WireObject) => void
  private readonly queue = new PartQueue(
    (event) => this.say(event),
    () => this.stop()
  )
  private index = -1
  private isOpen = false
  private isInputWritten = false

  constructor(write: (name: string, fields: WireObject) => void) {
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
        if (event.delta !== "") this.delta({ text: event.delta })
        return false
      case "citation": {
        const citation = encodeCitation(event.citation)
        if (citation !== undefined) this.delta({ citation })
        return false
      }
      case "reasoning-delta":
        this.delta({ reasoningContent: { text: event.delta } })
        return false
      case "reasoning-end":
        this.endThought(event)
        break
      case "tool-input-start":
        this.startCall({ ...event, type: "tool-call" })
        return false
      case "tool-input-delta":
        this.delta({ toolUse: { input: event.delta } })
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

  private endThought({ encrypted, signature }: ChatEventOf<"reasoning-end">): void {
    const isTold = this.isOpen || text(signature) !== undefined
    const { redactedContent } = thoughtContent({ type: "reasoning", text: "", encrypted, signature })
    if (!isTold) this.delta({ reasoningContent: redactedContent === undefined ? { text: "" } : { redactedContent } })
    else if (text(signature) !== undefined) this.delta({ reasoningContent: { signature } })
  }

  private startCall(call: Parameters<typeof encodeCall>[0]): void {
    const block = withOptions(encodeCall({ ...call, input: {} }), call.providerOptions, protocolId, protocolId)
    const { input: _, ...toolUse } = object(block["toolUse"]) ?? {}
    this.start({ toolUse })
  }

  private endCall({ call }: ChatEventOf<"tool-call">): void {
    if (!this.isOpen) this.startCall(call)
    const written = call.rawInput ?? JSON.stringify(call.input) ?? ""
    if (!this.isInputWritten && written !== "{}") this.delta({ toolUse: { input: written } })
  }

  private sayPart({ part }: ChatEventOf<"part">): void {
    if (part.type !== "provider") {
      const media = Result.getOrUndefined(encodeMedia(part, documentName))
      const image = object(media?.["image"])
      if (image === undefined) return
      this.start({ image: { format: image["format"] } })
      this.delta({ image: { source: image["source"] } })
    } else if (part.protocol === protocolId && isObject(part.value)) {
      const result = object(part.value["toolResult"])
      if (result === undefined) return this.start(part.value)
      const { content, ...toolResult } = result
      this.start({ toolResult })
      if (array(content).length > 0) this.delta({ toolResult: content })
    }
  }

  private start(start: WireObject | undefined): void {
    if (this.isOpen) return
    this.isOpen = true
    this.isInputWritten = false
    this.index++
    if (start !== undefined) this.write("contentBlockStart", { start, contentBlockIndex: this.index })
  }

  /** Text and thoughts have no start on this wire. */
  private delta(delta: WireObject): void {
    this.start(undefined)
    this.write("contentBlockDelta", { delta, contentBlockIndex: this.index })
  }

  private stop(): void {
    if (this.isOpen) this.write("contentBlockStop", { contentBlockIndex: this.index })
    this.isOpen = false
  }
}
