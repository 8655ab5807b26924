import * as Result from "effect/Result"
import type { ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Citation, ToolCallPart } from "../../../domain/ContentPart.ts"
import { BlockWriter } from "../../wire/BlockWriter.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { encodeCall, thoughtContent } from "../wire/AssistantBlock.ts"
import { documentName, encodeMedia } from "../wire/MediaBlock.ts"
import { array, isObject, object, protocolId, text, type WireObject } from "../wire/Wire.ts"
import { encodeCitation } from "../wire/WireCitation.ts"

const events = { start: "contentBlockStart", delta: "contentBlockDelta", stop: "contentBlockStop" }

/** Writes the parts of an answer as content blocks. */
export class ContentBlockWriter extends BlockWriter {
  readonly #send: (name: string, fields: WireObject) => void

  constructor(send: (name: string, fields: WireObject) => void) {
    super()
    this.#send = send
  }

  protected write(what: keyof typeof events, contentBlockIndex: number, fields?: WireObject): void {
    this.#send(events[what], { [what]: fields, contentBlockIndex })
  }

  /** Text and thoughts have no start on this wire. */
  protected override delta(delta: WireObject): void {
    this.start(undefined)
    super.delta(delta)
  }

  protected text(text: string): void {
    this.delta({ text })
  }

  protected citation(cited: Citation): void {
    const citation = encodeCitation(cited)
    if (citation !== undefined) this.delta({ citation })
  }

  protected thought(text: string): void {
    this.delta({ reasoningContent: { text } })
  }

  protected endThought({ encrypted, signature }: ChatEventOf<"reasoning-end">): void {
    const isTold = this.isOpen || text(signature) !== undefined
    const { redactedContent } = thoughtContent({ type: "reasoning", text: "", encrypted, signature })
    if (!isTold) this.delta({ reasoningContent: redactedContent === undefined ? { text: "" } : { redactedContent } })
    else if (text(signature) !== undefined) this.delta({ reasoningContent: { signature } })
  }

  protected startCall(call: ToolCallPart): void {
    const block = withOptions(encodeCall({ ...call, input: {} }), call.providerOptions, protocolId, protocolId)
    const { input: _, ...toolUse } = object(block.toolUse) ?? {}
    this.start({ toolUse })
  }

  protected input(input: string): void {
    this.delta({ toolUse: { input } })
  }

  protected part(part: ChatEventOf<"part">["part"]): void {
    if (part.type !== "provider") {
      const media = Result.getOrUndefined(encodeMedia(part, documentName))
      const image = object(media?.image)
      if (image === undefined) return
      this.start({ image: { format: image.format } })
      this.delta({ image: { source: image.source } })
    } else if (part.protocol === protocolId && isObject(part.value)) {
      const result = object(part.value.toolResult)
      if (result === undefined) return this.start(part.value)
      const { content, ...toolResult } = result
      this.start({ toolResult })
      if (array(content).length > 0) this.delta({ toolResult: content })
    }
  }
}
