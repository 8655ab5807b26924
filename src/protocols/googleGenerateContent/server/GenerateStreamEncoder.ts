import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Citation } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { Logprob } from "../../../domain/Logprob.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { AnswerWriter } from "../../wire/AnswerWriter.ts"
import { type PartEvent, PartQueue } from "../../wire/PartQueue.ts"
import { encodeFinishReason } from "../wire/FinishReasons.ts"
import { encodeGrounding } from "../Grounding.ts"
import { compact, protocolId, type WireObject } from "../wire/Wire.ts"
import { encodeLogprobs } from "../wire/WireLogprobs.ts"
import { encodeUsage } from "../Usage.ts"
import { encodeError } from "./ErrorEncoder.ts"
import { encodeWholePart, moved, withOwn } from "./Response.ts"

interface Open {
  readonly kind: "text" | "reasoning"
  readonly index: number
  text: string
}

/**
 * Writes the stream of one answer, a frame for each piece. Parts do not interleave on the wire: the first to be shown
 * goes on as it is written, and the others wait. Where answers come from is said at the end. An answer that is begun again
 * after something was shown ends in an error, for nothing can be taken back.
 */
export class GenerateStreamEncoder extends AnswerWriter {
  readonly #options: AnswerOptions
  readonly #queue = new PartQueue(
    (event) => this.#say(event),
    () => undefined
  )
  #id: string | undefined
  #model: string | undefined
  #open: Open | undefined
  #parts = 0
  readonly #places = new Map<string, { readonly open: Open; readonly start: number }>()
  #citations: Array<ChatEventOf<"citation">> = []
  #sources: Array<Citation> = []
  #logprobs: Array<Logprob> = []

  constructor(options: AnswerOptions) {
    super()
    this.#options = options
  }

  protected get isShown(): boolean {
    return this.#parts > 0
  }

  protected broken(error: ProviderError): Frame {
    return { data: JSON.stringify(encodeError(error).body) }
  }

  protected override forget(): void {
    this.#sources = []
    this.#citations = []
    this.#logprobs = []
  }

  protected add(event: ChatEvent): void {
    switch (event.type) {
      case "response-metadata":
        this.#id = event.id ?? this.#id
        this.#model = event.model ?? this.#model
        return
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
      case "finish":
        return this.#finish(event)
      default:
        this.#queue.add(event)
    }
  }

  #say(event: PartEvent): boolean {
    switch (event.type) {
      case "text-delta":
        if (event.delta !== "") this.#sayText("text", event.delta, event.id)
        return false
      case "reasoning-delta":
        if (event.delta !== "") this.#sayText("reasoning", event.delta)
        return false
      case "text-end":
        if (event.providerOptions?.[protocolId] !== undefined) {
          this.#begin("text")
          this.#sayPart(withOwn({ text: "" }, event.providerOptions), true)
        }
        return true
      case "reasoning-end": {
        const thoughtSignature = event.protocol === protocolId ? event.signature : undefined
        const part = withOwn(compact({ text: "", thought: true, thoughtSignature }), event.providerOptions)
        if (Object.keys(part).length > 2) {
          this.#begin("reasoning")
          this.#sayPart(part, true)
        }
        return true
      }
      case "tool-call":
      case "part": {
        const part = encodeWholePart(event.type === "part" ? event.part : event.call)
        if (part === undefined) return true
        this.#parts++
        this.#sayPart(part, true)
        return true
      }
      default:
        return false
    }
  }

  #begin(kind: Open["kind"]): Open {
    if (this.#open?.kind !== kind) this.#open = { kind, index: this.#parts++, text: "" }
    return this.#open
  }

  #sayText(kind: Open["kind"], text: string, id?: string): void {
    const open = this.#begin(kind)
    if (id !== undefined && !this.#places.has(id)) this.#places.set(id, { open, start: open.text.length })
    open.text += text
    this.#sayPart(kind === "text" ? { text } : { text, thought: true }, false)
  }

  #sayPart(part: WireObject, closes: boolean): void {
    if (closes) this.#open = undefined
    this.#write({ content: { role: "model", parts: [part] } })
  }

  #finish({ finishReason, rawFinishReason, usage }: ChatEventOf<"finish">): void {
    this.#queue.end()
    const cited = this.#citations.flatMap(({ citation, id }) => {
      const place = this.#places.get(id)
      if (place === undefined) return []
      const { open, start } = place
      return [{ index: open.index, text: open.text, citation: moved(citation, start) }]
    })
    this.#write(
      compact({
        content: { role: "model", parts: [] },
        finishReason: encodeFinishReason(finishReason, rawFinishReason),
        groundingMetadata: encodeGrounding(this.#sources, cited),
        logprobsResult: this.#logprobs.length === 0 ? undefined : encodeLogprobs(this.#logprobs)
      }),
      { usageMetadata: encodeUsage(usage) }
    )
  }

  #write(candidate: WireObject, fields: WireObject = {}): void {
    const modelVersion = this.#model ?? this.#options.model
    const responseId = this.#id ?? this.#options.id
    const data = JSON.stringify({ candidates: [{ ...candidate, index: 0 }], ...fields, modelVersion, responseId })
    this.send({ data })
  }
}
