import type { ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Citation, ToolCallPart } from "../../../domain/ContentPart.ts"
import { BlockWriter } from "../../wire/BlockWriter.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { encodeCall } from "../wire/AssistantBlock.ts"
import { isObject, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { encodeCitation } from "../wire/WireCitation.ts"
import { encodeThought } from "./ResponseEncoder.ts"

/** Writes the parts of an answer as content blocks. */
export class ContentBlockWriter extends BlockWriter {
  readonly #send: (type: string, fields: WireObject) => void

  constructor(send: (type: string, fields: WireObject) => void) {
    super()
    this.#send = send
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

  protected thought(thinking: string): void {
    this.start({ type: "thinking", thinking: "", signature: "" })
    this.delta({ type: "thinking_delta", thinking })
  }

  protected endThought({ encrypted, itemId, raw, signature }: ChatEventOf<"reasoning-end">): void {
    if (!this.isOpen) {
      const thought = encodeThought({ type: "reasoning", text: "", id: itemId, signature, encrypted, raw })
      if (thought.type === "redacted_thinking") return this.start(thought)
      this.start({ ...thought, thinking: "", signature: "" })
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
}
