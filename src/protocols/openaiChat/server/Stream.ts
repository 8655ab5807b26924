import type { ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Citation, ReasoningPart } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { EncodeResponseOptions } from "../../ChatProtocol.ts"
import { encodeLogprobs } from "../../wire/response/Logprobs.ts"
import { encodeError } from "../../wire/response/ErrorBody.ts"
import { ResponseWriter, type WrittenEvent } from "../../wire/response/ResponseWriter.ts"
import { compact, isObject, type WireObject } from "../../wire/WireObject.ts"
import { encodeSources } from "../Content.ts"
import { encodeFinishReason } from "../ResponseFields.ts"
import { encodeDetail } from "../Reasoning.ts"
import { encodeUsage } from "../Usage.ts"
import { encodeAudio, encodeCitations, encodeImage, encodeMetadata, encodeResponseCall, hasDetail } from "./Response.ts"

interface OpenCall {
  readonly index: number
  readonly isCustom: boolean
  hasInput: boolean
}

/** Writes a stream: the role, the deltas, the finish reason, the usage where it was asked for, then `[DONE]`. */
export class ChunkEncoder extends ResponseWriter {
  protected isShown = false
  readonly #protocol: string
  #textLength = 0
  readonly #textStarts = new Map<string, number>()
  readonly #reasoning = new Map<string, string>()
  #detailCount = 0
  /** The first reasoning, while it is not yet known whether more of it follows. */
  #firstReasoning: ReasoningPart | undefined
  /** Calls that the provider runs itself are `undefined`. */
  readonly #calls = new Map<string, OpenCall | undefined>()
  #callCount = 0
  #sources: Array<Citation> = []

  /** `protocol` is the protocol's id. */
  constructor(protocol: string, options: EncodeResponseOptions) {
    super(options)
    this.#protocol = protocol
  }

  protected add(event: WrittenEvent): void {
    switch (event.type) {
      case "text-start":
        this.#textStarts.set(event.id, this.#textLength)
        return
      case "text-delta":
        return this.text(event.delta)
      case "citation": {
        const annotations = encodeCitations([event.citation], this.#textStarts.get(event.id) ?? 0)
        if (annotations.length > 0) this.delta({ annotations })
        return
      }
      case "reasoning-start":
        this.#reasoning.set(event.id, "")
        return this.#sendDetails(undefined)
      case "reasoning-delta":
        this.#reasoning.set(event.id, (this.#reasoning.get(event.id) ?? "") + event.delta)
        if (event.delta !== "") this.delta({ reasoning_content: event.delta })
        return
      case "reasoning-end":
        return this.#endReasoning(event)
      case "refusal-delta":
        return this.delta({ refusal: event.delta })
      case "tool-input-start":
        return this.#startCall(event)
      case "tool-input-delta": {
        const call = this.#calls.get(event.id)
        if (call === undefined || event.delta === "") return
        call.hasInput = true
        const piece = call.isCustom ? { custom: { input: event.delta } } : { function: { arguments: event.delta } }
        return this.delta({ tool_calls: [{ index: call.index, ...piece }] })
      }
      case "tool-call":
        return this.#endCall(event)
      case "part":
        return this.part(event.part)
      case "source":
        this.#sources.push(event.source)
        return
      case "logprobs":
        return this.#chunk({}, { logprobs: { content: encodeLogprobs(event.logprobs), refusal: null } })
      case "finish":
        return this.#finish(event)
    }
  }

  protected text(text: string): void {
    this.#textLength += text.length
    if (text !== "") this.delta({ content: text })
  }

  protected part(part: ChatEventOf<"part">["part"]): void {
    if (part.type === "image") for (const image of encodeImage(part)) this.delta({ images: [image] })
    else if (part.type === "audio") this.delta({ audio: encodeAudio(part) })
    else if (part.protocol === this.#protocol && isObject(part.value)) this.delta(part.value)
  }

  protected delta(delta: WireObject): void {
    // Once the content proper has begun, a detail of earlier reasoning would read as further reasoning.
    if (delta.reasoning_content === undefined && delta.reasoning_details === undefined) this.#firstReasoning = undefined
    this.#sendRole()
    this.#chunk(delta)
  }

  protected override forget(): void {
    this.#sources = []
  }

  protected override close(): void {
    this.send({ data: "[DONE]" })
  }

  protected errorFrame(error: ProviderError): Frame {
    return { data: JSON.stringify(encodeError(error).body) }
  }

  #startCall({ id, name, providerExecuted, providerOptions }: ChatEventOf<"tool-input-start">): void {
    if (providerExecuted === true) return void this.#calls.set(id, undefined)
    const call = encodeResponseCall(
      { type: "tool-call", id, name, rawInput: "", ...compact({ providerOptions }) },
      this.#protocol
    )
    const index = this.#callCount++
    this.#calls.set(id, { index, isCustom: call.custom !== undefined, hasInput: false })
    this.delta({ tool_calls: [{ index, ...call }] })
  }

  #endCall({ call: part, id }: ChatEventOf<"tool-call">): void {
    const open = this.#calls.get(id)
    if (part.providerExecuted === true || (open === undefined && this.#calls.has(id))) return
    const call = encodeResponseCall(part, this.#protocol)
    if (open === undefined) return this.delta({ tool_calls: [{ index: this.#callCount++, ...call }] })
    const { custom, function: body, id: _id, type: _type, ...rest } = call
    const input =
      open.hasInput || open.isCustom !== (custom !== undefined)
        ? {}
        : isObject(custom)
          ? { custom: { input: custom.input } }
          : isObject(body)
            ? { function: { arguments: body.arguments } }
            : {}
    const late = { ...input, ...rest }
    if (Object.keys(late).length > 0) this.delta({ tool_calls: [{ index: open.index, ...late }] })
  }

  #endReasoning(event: ChatEventOf<"reasoning-end">): void {
    const { encrypted, itemId: id, raw, signature } = event
    const text = this.#reasoning.get(event.id) ?? ""
    this.#reasoning.delete(event.id)
    const part: ReasoningPart = { type: "reasoning", text, ...compact({ id, signature, encrypted, raw }) }
    const isFirst = this.#detailCount === 0 && this.#firstReasoning === undefined
    if (isFirst && !hasDetail(part)) this.#firstReasoning = part
    else this.#sendDetails(part)
  }

  /** Sends the details that are due: that of the first reasoning once there is more, and the given one. */
  #sendDetails(part: ReasoningPart | undefined): void {
    const first = this.#firstReasoning
    this.#firstReasoning = undefined
    for (const due of [first, part]) {
      if (due !== undefined) this.delta({ reasoning_details: [encodeDetail(due, this.#detailCount++)] })
    }
  }

  #finish({ finishReason, providerMetadata, rawFinishReason, stopSequence, usage }: ChatEventOf<"finish">): void {
    this.#sendRole()
    const { body, choice } = encodeMetadata(providerMetadata, this.#protocol)
    const serviceTier = { service_tier: usage.serviceTier }
    this.#chunk(
      {},
      compact({
        ...choice,
        finish_reason: encodeFinishReason(finishReason, rawFinishReason),
        stop_reason: stopSequence
      }),
      compact({ ...body, ...serviceTier, ...encodeSources(this.#sources) })
    )
    const counts = this.options.includeUsage === true ? encodeUsage(usage) : undefined
    if (counts !== undefined) this.#frame({ choices: [], usage: counts, ...compact(serviceTier) })
  }

  #sendRole(): void {
    if (this.isShown) return
    this.isShown = true
    this.#chunk({ role: "assistant", content: "" })
  }

  #chunk(delta: WireObject, choice: WireObject = {}, body: WireObject = {}): void {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: null, ...choice }]
    this.#frame({ choices, ...(this.options.includeUsage === true ? { usage: null } : {}), ...body })
  }

  #frame(fields: WireObject): void {
    const { created } = this.options
    const head = { id: this.id, object: "chat.completion.chunk", created, model: this.model }
    this.send({ data: JSON.stringify({ ...head, ...fields }) })
  }
}
