import type { ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Logprob } from "../../../domain/Logprob.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { EncodeResponseOptions } from "../../ChatProtocol.ts"
import { statusOf } from "../../wire/response/ErrorBody.ts"
import { type PartEvent, PartWriter, type WrittenEvent } from "../../wire/response/ResponseWriter.ts"
import { compact, isObject, type WireObject } from "../../wire/WireObject.ts"
import { encodeAssistant, protocolId, encodeCall, encodeCitation, writtenInput } from "../Content.ts"
import { encodeFinishReason, encodeUsage } from "../Response.ts"

/** Refusals and transcripts of audio are text. Images, sources of the whole response and its model have no field. */
export const encodeResponse = (response: ChatResponse, options: EncodeResponseOptions): Json =>
  compact({
    id: response.id ?? options.id,
    message: encodeAssistant(response.content, { provider: protocolId, toolPlans: true }),
    finish_reason: encodeFinishReason(response.finishReason, response.rawFinishReason),
    usage: encodeUsage(response.usage),
    logprobs: response.logprobs?.map(encodeLogprob)
  }) as unknown as Json

const encodeLogprob = ({ logprob, token }: Logprob): Json => ({
  text: token,
  token_ids: [],
  logprobs: [logprob]
})

/** Source: https://docs.cohere.com/reference/errors */
export const encodeError = (error: ProviderError): { readonly status: number; readonly body: Json } => ({
  status: statusOf(error),
  body: { id: error.requestId ?? "", message: error.message }
})

/** Writes the stream of one response. A plan is written as reasoning, since only its end marks it as a plan. */
export class StreamWriter extends PartWriter {
  #isStarted = false
  #open: "content" | "tool-call" | undefined
  #text = ""
  #hasInput = false
  #contentIndex = -1
  #callIndex = -1
  #citationIndex = 0

  protected get isShown(): boolean {
    return this.#contentIndex >= 0 || this.#callIndex >= 0
  }

  protected errorFrame(error: ProviderError): Frame {
    return { event: "error", data: JSON.stringify(encodeError(error).body) }
  }

  protected override close(): void {
    this.send({ data: "[DONE]" })
  }

  protected add(event: WrittenEvent): void {
    switch (event.type) {
      case "logprobs":
        for (const logprob of event.logprobs) {
          this.#write("content-delta", this.#contentIndex, { content: {} }, { logprobs: encodeLogprob(logprob) })
        }
        return
      case "finish":
        return this.#finish(event)
      default:
        this.addPart(event)
    }
  }

  protected writePart(event: PartEvent): boolean {
    switch (event.type) {
      case "text-delta":
      case "refusal-delta":
        if (event.delta !== "") this.#writeText(event.delta)
        return false
      case "citation":
        this.#begin({ type: "text", text: "" })
        this.#cite(encodeCitation(event.citation, this.#text, this.#contentIndex))
        return false
      case "reasoning-delta":
        this.#begin({ type: "thinking", thinking: "" })
        this.#write("content-delta", this.#contentIndex, { content: { thinking: event.delta } })
        return false
      case "tool-input-start":
        if (event.providerExecuted !== true) this.#beginCall(event.id, event.name)
        return false
      case "tool-input-delta":
        if (this.#open === "tool-call") this.#input(event.delta)
        return false
      case "tool-call":
        if (event.call.providerExecuted === true) break
        this.#beginCall(event.call.id, event.call.name)
        if (!this.#hasInput) this.#input(writtenInput(event.call))
        break
      case "part":
        this.#part(event)
    }
    this.endPart()
    return true
  }

  protected endPart(): void {
    if (this.#open === "content") this.#write("content-end", this.#contentIndex)
    if (this.#open === "tool-call") this.#write("tool-call-end", this.#callIndex)
    this.#open = undefined
  }

  #begin(content: WireObject): void {
    if (this.#open !== undefined) return
    this.#open = "content"
    this.#text = ""
    this.#write("content-start", ++this.#contentIndex, { content })
  }

  #writeText(text: string): void {
    this.#begin({ type: "text", text: "" })
    this.#text += text
    this.#write("content-delta", this.#contentIndex, { content: { text } })
  }

  #cite(citations: unknown): void {
    if (citations === undefined) return
    this.#write("citation-start", this.#citationIndex, { citations })
    this.#write("citation-end", this.#citationIndex++)
  }

  #beginCall(id: string, name: string): void {
    if (this.#open !== undefined) return
    this.#open = "tool-call"
    this.#hasInput = false
    const call = encodeCall({ type: "tool-call", id, name, rawInput: "" })
    this.#write("tool-call-start", ++this.#callIndex, { tool_calls: call })
  }

  #input(piece: string): void {
    if (piece === "") return
    this.#hasInput = true
    this.#write("tool-call-delta", this.#callIndex, { tool_calls: { function: { arguments: piece } } })
  }

  #part({ part }: ChatEventOf<"part">): void {
    if (part.type === "audio" && part.transcript !== undefined && part.transcript !== "") {
      this.#writeText(part.transcript)
    }
    if (part.type !== "provider" || part.protocol !== protocolId || !isObject(part.value)) return
    if (part.value.type !== undefined) this.#begin(part.value)
    else for (const citation of [part.value.citations].flat()) this.#cite(citation)
  }

  #finish({ finishReason, rawFinishReason, usage }: ChatEventOf<"finish">): void {
    this.#start()
    this.endParts()
    const delta = { finish_reason: encodeFinishReason(finishReason, rawFinishReason), usage: encodeUsage(usage) }
    this.#send("message-end", { delta })
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] }
    this.#send("message-start", { id: this.id, delta: { message } })
  }

  #write(type: string, index: number, message?: WireObject, more: WireObject = {}): void {
    this.#start()
    this.#send(type, { index, ...(message === undefined ? {} : { delta: { message } }), ...more })
  }

  #send(type: string, fields: WireObject): void {
    this.send({ event: type, data: JSON.stringify({ type, ...fields }) })
  }
}
