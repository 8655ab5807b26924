import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import { toEvents } from "../../../domain/ChatFold.ts"
import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Citation, ProviderOptions } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Logprob } from "../../../domain/Logprob.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { EncodeResponseOptions } from "../../ChatProtocol.ts"
import { type PartEvent, PartQueue, ResponseWriter, type WrittenEvent } from "../../wire/response/ResponseWriter.ts"
import { compact, type WireObject } from "../../wire/WireObject.ts"
import { encodeError } from "../Errors.ts"
import { encodeGrounding } from "../Grounding.ts"
import { encodeCall, encodeMedia, own, protocolId } from "../Parts.ts"
import { encodeFinishReason, encodeLogprobs, encodeUsage } from "../Usage.ts"

interface OpenPart {
  readonly kind: "text" | "reasoning"
  readonly index: number
  text: string
}

/** Writes a part; `continues` where it goes on with the text of the part before it. */
type WritePart = (part: WireObject, continues: boolean) => void

/**
 * Writes events as parts of a candidate. Parts do not interleave on the wire: the first one shown goes on as it is
 * written, and the others wait. Refusals are text; parts of other protocols are left out.
 */
class CandidateWriter {
  readonly #writePart: WritePart
  readonly #queue = new PartQueue(
    (event) => this.#writeEvent(event),
    () => undefined
  )
  #open: OpenPart | undefined
  #parts = 0
  readonly #places = new Map<string, { readonly open: OpenPart; readonly start: number }>()
  #citations: Array<ChatEventOf<"citation">> = []
  #sources: Array<Citation> = []
  #logprobs: Array<Logprob> = []

  constructor(writePart: WritePart) {
    this.#writePart = writePart
  }

  get isShown(): boolean {
    return this.#parts > 0
  }

  forget(): void {
    this.#sources = []
    this.#citations = []
    this.#logprobs = []
  }

  add(event: ChatEvent): void {
    switch (event.type) {
      case "refusal-delta":
        return this.#queue.add({ type: "text-delta", id: `refusal ${event.id}`, delta: event.delta })
      case "refusal-end":
        return this.#queue.add({ type: "text-end", id: `refusal ${event.id}` })
      case "citation":
        this.#citations.push(event)
        return
      case "source":
        this.#sources.push(event.source)
        return
      case "logprobs":
        this.#logprobs.push(...event.logprobs)
        return
      default:
        this.#queue.add(event)
    }
  }

  /** Writes the parts that wait, and returns what follows the last part. */
  finish({ finishReason, rawFinishReason }: ChatEventOf<"finish">): WireObject {
    this.#queue.end()
    const cited = this.#citations.flatMap(({ citation, id }) => {
      const place = this.#places.get(id)
      if (place === undefined) return []
      const { open, start } = place
      return [{ index: open.index, text: open.text, citation: moved(citation, start) }]
    })
    return {
      finishReason: encodeFinishReason(finishReason, rawFinishReason),
      groundingMetadata: encodeGrounding(this.#sources, cited),
      logprobsResult: this.#logprobs.length === 0 ? undefined : encodeLogprobs(this.#logprobs)
    }
  }

  /** Returns whether this was the last event of its part. */
  #writeEvent(event: PartEvent): boolean {
    switch (event.type) {
      case "text-delta":
        if (event.delta !== "") this.#writeText("text", event.delta, event.id)
        return false
      case "reasoning-delta":
        if (event.delta !== "") this.#writeText("reasoning", event.delta)
        return false
      case "text-end":
        if (event.providerOptions?.[protocolId] !== undefined) {
          this.#closeText("text", own.patched({ text: "" }, event.providerOptions))
        }
        return true
      case "reasoning-end": {
        const thoughtSignature = event.protocol === protocolId ? event.signature : undefined
        const part = own.patched(compact({ text: "", thought: true, thoughtSignature }), event.providerOptions)
        if (Object.keys(part).length > 2) this.#closeText("reasoning", part)
        return true
      }
      case "tool-call":
        return this.#writeWhole(encodeCall(event.call, true), event.call.providerOptions)
      case "part": {
        const { part } = event
        if (part.type !== "provider") {
          return this.#writeWhole(encodeMedia(part.data, part.mediaType), part.providerOptions)
        }
        return this.#writeWhole(own.value(part))
      }
      default:
        return false
    }
  }

  #writeText(kind: OpenPart["kind"], text: string, id?: string): void {
    const { continues, open } = this.#openText(kind)
    if (id !== undefined && !this.#places.has(id)) this.#places.set(id, { open, start: open.text.length })
    open.text += text
    this.#writePart(kind === "text" ? { text } : { text, thought: true }, continues)
  }

  #closeText(kind: OpenPart["kind"], part: WireObject): void {
    const { continues } = this.#openText(kind)
    this.#open = undefined
    this.#writePart(part, continues)
  }

  #openText(kind: OpenPart["kind"]): { readonly open: OpenPart; readonly continues: boolean } {
    if (this.#open?.kind === kind) return { open: this.#open, continues: true }
    this.#open = { kind, index: this.#parts++, text: "" }
    return { open: this.#open, continues: false }
  }

  #writeWhole(part: WireObject | undefined, options?: ProviderOptions | undefined): true {
    if (part === undefined) return true
    this.#open = undefined
    this.#parts++
    this.#writePart(own.patched(part, options), false)
    return true
  }
}

/** A citation of a text that begins later in its part. */
const moved = (citation: Citation, by: number): Citation =>
  citation.end === undefined ? citation : { ...citation, start: (citation.start ?? 0) + by, end: citation.end + by }

/** Writes a frame for each piece, and where the response comes from with the last one. */
export class GenerateStreamEncoder extends ResponseWriter {
  readonly #candidate = new CandidateWriter((part) => this.#write({ content: { role: "model", parts: [part] } }))

  protected get isShown(): boolean {
    return this.#candidate.isShown
  }

  protected errorFrame(error: ProviderError): Frame {
    return { data: JSON.stringify(encodeError(error).body) }
  }

  protected override forget(): void {
    this.#candidate.forget()
  }

  protected add(event: WrittenEvent): void {
    if (event.type !== "finish") this.#candidate.add(event)
    else {
      const end = this.#candidate.finish(event)
      // Google's clients forget a turn in which a chunk has no parts.
      this.#write(
        { content: { role: "model", parts: [{ text: "" }] }, ...end },
        { usageMetadata: encodeUsage(event.usage) }
      )
    }
  }

  #write(candidate: WireObject, fields: WireObject = {}): void {
    const head = { modelVersion: this.model, responseId: this.id }
    this.send({ data: JSON.stringify({ candidates: [{ ...candidate, index: 0 }], ...fields, ...head }) })
  }
}

/** Writes a whole response: the parts of its stream, joined. */
export const encodeResponse = (response: ChatResponse, { id, model }: EncodeResponseOptions): Json => {
  const parts: Array<WireObject> = []
  const candidate = new CandidateWriter((part, continues) => {
    const open = continues ? parts.pop() : undefined
    parts.push(open === undefined ? part : { ...part, text: `${String(open.text)}${String(part.text)}` })
  })
  let end: WireObject = {}
  for (const event of toEvents(response)) {
    if (event.type === "finish") end = candidate.finish(event)
    else candidate.add(event)
  }
  return {
    candidates: [compact({ content: { role: "model", parts }, ...end, index: 0 }) as Json],
    usageMetadata: encodeUsage(response.usage) as Json,
    modelVersion: response.model ?? model,
    responseId: response.id ?? id
  }
}
