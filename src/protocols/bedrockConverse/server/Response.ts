import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Citation, ToolCallPart } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { BlockWriter } from "../../wire/response/ResponseWriter.ts"
import { compact, type WireObject, array, object } from "../../wire/WireObject.ts"
import { encodeException, exception } from "../Errors.ts"
import { documentName, encodeMedia, own } from "../Media.ts"
import { encodeCall, encodeCitation, reasoningBlock, textBlock } from "../Messages.ts"
import { encodeStopReason, encodeUsage } from "../Response.ts"

type Fields = { readonly [key: string]: Json }

/**
 * A refusal is text; what the wire has no block for (parts of other protocols, sources of the whole response, media that
 * are not bytes) is left out, and so are the response's id and model.
 */
export const encodeResponse = (response: ChatResponse): Json => ({
  output: { message: { role: "assistant", content: response.content.flatMap(encodePart) as ReadonlyArray<Json> } },
  ...encodeStop(response),
  ...encodeMetadata(response)
})

/** The fields of a whole response, and of the end of a stream, that say why it ended. */
export const encodeStop = (response: Pick<ChatResponse, "finishReason" | "rawFinishReason" | "stopSequence">): Fields =>
  compact({
    stopReason: encodeStopReason(response),
    additionalModelResponseFields:
      response.stopSequence === undefined ? undefined : { stop_sequence: response.stopSequence }
  })

/** The wire requires a latency, which is 0 if it was not measured. */
export const encodeMetadata = ({ timings, usage }: Pick<ChatResponse, "usage" | "timings">): Fields =>
  compact({
    usage: encodeUsage(usage),
    metrics: { latencyMs: Math.round(Duration.toMillis(timings?.total ?? Duration.zero)) },
    serviceTier: usage.serviceTier === undefined ? undefined : { type: usage.serviceTier }
  })

const encodePart = (part: AssistantPart): ReadonlyArray<WireObject> => {
  switch (part.type) {
    case "text": {
      const block = textBlock(part.text, (part.citations ?? []).map(encodeCitation))
      return block.text === "" ? [] : [block]
    }
    case "refusal":
      return part.text === "" ? [] : [{ text: part.text }]
    case "reasoning":
      return [reasoningBlock(part)]
    case "tool-call":
      return [own.patched(encodeCall(part), part.providerOptions)]
    case "image":
    case "audio":
      return Result.match(encodeMedia(part, documentName), { onSuccess: (block) => [block], onFailure: () => [] })
    case "provider":
      return own.values(part)
  }
}

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
    const block = own.patched(encodeCall({ ...call, input: {} }), call.providerOptions)
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
      return
    }
    const value = own.value(part)
    const result = object(value?.toolResult)
    if (value === undefined || result === undefined) return value && this.start(value)
    const { content, ...toolResult } = result
    this.start({ toolResult })
    if (array(content).length > 0) this.delta({ toolResult: content })
  }

  #send(name: string, fields: WireObject): void {
    this.send({ event: name, data: JSON.stringify(fields) })
  }
}
