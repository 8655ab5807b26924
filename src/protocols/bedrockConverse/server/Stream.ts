import * as Result from "effect/Result"
import type { ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Citation, ToolCallPart } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { encodeException, exception } from "../Errors.ts"
import { BlockWriter } from "../../wire/ResponseWriter.ts"
import { withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { array, isObject, object, type WireObject } from "../../wire/WireObject.ts"
import { documentName, encodeMedia, protocolId } from "../Media.ts"
import { encodeCall, encodeCitation } from "../Messages.ts"
import { encodeMetadata, encodeStop } from "./Response.ts"

const names = { start: "contentBlockStart", delta: "contentBlockDelta", stop: "contentBlockStop" }

export class StreamWriter extends BlockWriter {
  #isStarted = false

  protected errorFrame(error: ProviderError): Frame {
    return encodeException(error)
  }

  protected override restartedFrame(message: string): Frame {
    return exception("modelStreamErrorException", message)
  }

  protected begin(): void {
    if (!this.#isStarted) this.#send("messageStart", { role: "assistant" })
    this.#isStarted = true
  }

  protected finish(event: ChatEventOf<"finish">): void {
    this.#send("messageStop", encodeStop(event))
    this.#send("metadata", encodeMetadata(event))
  }

  protected write(what: keyof typeof names, contentBlockIndex: number, fields?: WireObject): void {
    this.#send(names[what], { [what]: fields, contentBlockIndex })
  }

  /** Text and reasoning have no start on this wire. */
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

  protected reasoning(text: string): void {
    this.delta({ reasoningContent: { text } })
  }

  protected endReasoning({ encrypted, signature }: ChatEventOf<"reasoning-end">): void {
    if (signature !== undefined && signature !== "") this.delta({ reasoningContent: { signature } })
    else if (!this.isOpen) {
      const isHidden = signature === undefined && encrypted !== undefined
      this.delta({ reasoningContent: isHidden ? { redactedContent: encrypted } : { text: "" } })
    }
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
      const image = object(Result.getOrUndefined(encodeMedia(part, documentName))?.image)
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

  #send(name: string, fields: WireObject): void {
    this.send({ event: name, data: JSON.stringify(fields) })
  }
}
