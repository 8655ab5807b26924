import type { ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Citation, ReasoningPart, ToolCallPart } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import { unknown as unknownUsage, type Usage } from "../../../domain/Usage.ts"
import type { EncodeResponseOptions } from "../../ChatProtocol.ts"
import { BlockWriter, type WrittenEvent } from "../../wire/response/ResponseWriter.ts"
import { compact, type WireObject, text } from "../../wire/WireObject.ts"
import { encodeError } from "../Errors.ts"
import { encodeCall, encodeCitation, encodeReasoning, own, protocolId } from "../Messages.ts"
import { encodeStopReason, encodeUsage } from "../Response.ts"

/**
 * A refusal is the explanation in `stop_details`, with the stop reason `refusal`; audio is written as its transcript.
 * What the wire has no block for (images, parts of other protocols, sources of the whole response) is left out.
 */
export const encodeResponse = (response: ChatResponse, options: EncodeResponseOptions): Json => ({
  ...metadataOf(response),
  id: response.id ?? options.id,
  type: "message",
  role: "assistant",
  model: response.model ?? options.model,
  content: response.content.flatMap(encodePart) as ReadonlyArray<Json>,
  ...encodeStop(response, response.refusal),
  usage: encodeUsage(response.usage)
})

type Fields = { readonly [key: string]: Json }

/** Other fields that a server of this protocol reported. */
const metadataOf = ({ providerMetadata: metadata }: Pick<ChatResponse, "providerMetadata">): Fields =>
  (metadata !== undefined && Object.hasOwn(metadata, protocolId) ? metadata[protocolId] : undefined) ?? {}

/** The fields of a whole response, and of the end of a stream, that say why it ended. */
export const encodeStop = (
  response: Pick<ChatResponse, "finishReason" | "rawFinishReason" | "stopSequence" | "providerMetadata">,
  refusal: string
): Fields => ({
  stop_reason: refusal === "" ? encodeStopReason(response) : "refusal",
  stop_sequence: response.stopSequence ?? null,
  stop_details:
    metadataOf(response).stop_details ??
    (refusal === "" ? null : { type: "refusal", category: null, explanation: refusal })
})

const encodePart = (part: AssistantPart): ReadonlyArray<WireObject> => {
  switch (part.type) {
    case "text":
      return encodeText(part.text, part.citations ?? [])
    case "reasoning":
      return [reasoningBlock(part)]
    case "tool-call":
      return [own.patched(encodeCall(part), part.providerOptions)]
    case "audio":
      return encodeText(part.transcript ?? "", [])
    case "provider":
      return own.values(part)
    case "refusal":
    case "image":
      return []
  }
}

const encodeText = (text: string, cited: ReadonlyArray<Citation>): ReadonlyArray<WireObject> => {
  const citations = cited.flatMap((citation) => encodeCitation(citation) ?? [])
  if (text === "" && citations.length === 0) return []
  return [compact({ type: "text", text, citations: citations.length === 0 ? undefined : citations })]
}

/** Reasoning for readers, without proof where it has none. */
export const reasoningBlock = (part: ReasoningPart): WireObject => {
  const { encrypted, signature = "", text: thinking } = part
  const proven = encodeReasoning(part)
  if (proven !== undefined) return proven
  return thinking === "" && encrypted !== undefined
    ? { type: "redacted_thinking", data: encrypted }
    : { type: "thinking", thinking, signature }
}

export class StreamWriter extends BlockWriter {
  #isStarted = false
  #refusal = ""
  #usage: Usage = unknownUsage

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

  protected override add(event: WrittenEvent): void {
    switch (event.type) {
      case "usage":
        this.#usage = event.usage
        return
      case "refusal-delta":
        this.#refusal += event.delta
        return
      case "refusal-end":
        return
    }
    super.add(event)
  }

  protected begin(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#send("message_start", {
      message: {
        id: this.id,
        type: "message",
        role: "assistant",
        model: this.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: this.#usageAtStart()
      }
    })
  }

  /** Clients compute their user's spend from it, so it is never 0. */
  #usageAtStart(): Fields {
    const { estimateInput } = this.options
    const usage = encodeUsage(this.#usage)
    return estimateInput === undefined || this.#usage.inputTokens.total !== undefined
      ? usage
      : { ...usage, input_tokens: estimateInput() }
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
    this.start(own.patched({ ...encodeCall(call), input: {} }, call.providerOptions))
  }

  protected input(partial_json: string): void {
    this.delta({ type: "input_json_delta", partial_json })
  }

  protected part(part: ChatEventOf<"part">["part"]): void {
    const value = part.type === "provider" ? own.value(part) : undefined
    if (value !== undefined) this.start(value)
    if (part.type === "audio" && text(part.transcript) !== undefined) this.text(part.transcript ?? "")
  }

  #send(type: string, fields: WireObject): void {
    this.send({ event: type, data: JSON.stringify({ type, ...fields }) })
  }
}
