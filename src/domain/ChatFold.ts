import type { ChatEvent, ChatEventOf } from "./ChatEvent.ts"
import type { Citation, ProviderOptions } from "./ContentPart.ts"
import type { ChatResponse } from "./ChatResponse.ts"
import type { Logprob } from "./Logprob.ts"
import type { AssistantPart } from "./Message.ts"
import { unknown as unknownUsage, type Usage } from "./Usage.ts"
import type { Warning } from "./Warning.ts"

/**
 * The fields of a `ChatResponse`.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatResponseFields = ConstructorParameters<typeof ChatResponse>[0]

interface OpenPart {
  readonly type: "text" | "reasoning" | "refusal"
  text: string
  citations?: Array<Citation>
  end?: ChatEventOf<"reasoning-end">
  providerOptions?: ProviderOptions
  isExplanation?: boolean
}

/**
 * Gathers the events of one stream into the answer that they spell. Of a stream that broke off it gives what had
 * arrived, with finish reason `other`; tool calls whose input was not complete are left out.
 *
 * @since 0.1.0
 * @category models
 */
export class ChatFold {
  #parts: Array<OpenPart | AssistantPart> = []
  #open = new Map<string, OpenPart>()
  #sources: Array<Citation> = []
  #logprobs: Array<Logprob> = []
  #warnings: Array<Warning> = []
  #start: Partial<ChatEventOf<"response-start">> = {}
  #metadata: Partial<ChatEventOf<"response-metadata">> = {}
  #usage: Usage = unknownUsage
  #finish: ChatEventOf<"finish"> | undefined

  add(event: ChatEvent): void {
    switch (event.type) {
      case "response-start":
        this.#start = event
        if (event.warnings !== undefined) this.#warnings = [...event.warnings]
        return
      case "response-metadata":
        this.#metadata = { ...this.#metadata, ...defined(event) }
        return
      case "text-start":
      case "reasoning-start":
      case "refusal-start":
        this.#begin(event.type, event.id)
        return
      case "text-delta":
      case "reasoning-delta":
      case "refusal-delta":
        this.#part(event.type, event.id).text += event.delta
        return
      case "text-end":
        if (event.providerOptions !== undefined)
          this.#part(event.type, event.id).providerOptions = event.providerOptions
        return
      case "refusal-end":
        if (event.isExplanation === true) this.#part(event.type, event.id).isExplanation = true
        return
      case "reasoning-end":
        this.#part(event.type, event.id).end = event
        return
      case "tool-call":
        this.#parts.push(event.call)
        return
      case "part":
        this.#parts.push(event.part)
        return
      case "citation": {
        const part = this.#part("text-delta", event.id)
        part.citations = [...(part.citations ?? []), event.citation]
        return
      }
      case "source":
        this.#sources.push(event.source)
        return
      case "logprobs":
        this.#logprobs.push(...event.logprobs)
        return
      case "malformed-frame":
        this.#warnings.push({ type: "malformed-frame", message: event.message })
        return
      case "restarted":
        this.#parts = []
        this.#open = new Map()
        this.#sources = []
        this.#logprobs = []
        this.#metadata = {}
        this.#usage = unknownUsage
        return
      case "usage":
        this.#usage = event.usage
        return
      case "finish":
        this.#finish = event
        if (event.warnings !== undefined) this.#warnings.push(...event.warnings)
        this.#usage = event.usage
    }
  }

  /** Whether the stream came to its proper end. */
  get complete(): boolean {
    return this.#finish !== undefined
  }

  fields(): ChatResponseFields {
    return {
      id: this.#metadata.id,
      model: this.#metadata.model ?? this.#start.model,
      provider: this.#start.provider,
      content: this.#parts.flatMap(closed),
      finishReason: this.#finish?.finishReason ?? "other",
      rawFinishReason: this.#finish?.rawFinishReason,
      stopSequence: this.#finish?.stopSequence,
      usage: this.#usage,
      cost: this.#finish?.cost,
      sources: this.#sources.length === 0 ? undefined : this.#sources,
      logprobs: this.#logprobs.length === 0 ? undefined : this.#logprobs,
      providerMetadata: this.#finish?.providerMetadata,
      warnings: this.#warnings,
      requestId: this.#start.requestId,
      rateLimits: this.#start.rateLimits,
      timings: this.#finish?.timings,
      attempts: this.#finish?.attempts ?? []
    }
  }

  #begin(type: ChatEvent["type"], id: string): OpenPart {
    const part: OpenPart = { type: type.slice(0, type.indexOf("-")) as OpenPart["type"], text: "" }
    this.#open.set(`${part.type} ${id}`, part)
    this.#parts.push(part)
    return part
  }

  #part(type: ChatEvent["type"], id: string): OpenPart {
    return this.#open.get(`${type.slice(0, type.indexOf("-"))} ${id}`) ?? this.#begin(type, id)
  }
}

const defined = <A extends object>(record: A): Partial<A> => {
  const result: Partial<A> = {}
  for (const key in record) if (record[key] !== undefined) result[key] = record[key]
  return result
}

const closed = (part: OpenPart | AssistantPart): ReadonlyArray<AssistantPart> => {
  if (!isOpen(part)) return [part]
  if (part.type === "reasoning") {
    const { encrypted, itemId, protocol, providerOptions, raw, signature } = part.end ?? {}
    const rest = defined({ id: itemId, signature, encrypted, protocol, raw, providerOptions })
    return [{ type: "reasoning", text: part.text, ...rest }]
  }
  const { citations, isExplanation, providerOptions, text } = part
  if (text === "" && citations === undefined && providerOptions === undefined) return []
  return part.type === "refusal"
    ? [{ type: "refusal", text, ...defined({ isExplanation }) }]
    : [{ type: "text", text, ...defined({ citations, providerOptions }) }]
}

const isOpen = (part: OpenPart | AssistantPart): part is OpenPart =>
  part.type === "text" || part.type === "reasoning" || part.type === "refusal"
