/**
 * Converts the events of a stream to the response that they make up, and back.
 *
 * ```ts
 * const response = foldEvents(events)
 * const again = foldEvents(toEvents(response))
 * ```
 *
 * A stream that broke off folds into what had arrived, with finish reason `other`.
 *
 * @since 0.1.0
 */
import type { ChatEvent, ChatEventOf } from "./ChatEvent.ts"
import type { Citation, ProviderOptions } from "./ContentPart.ts"
import { ChatResponse, type ChatResponseFields } from "./ChatResponse.ts"
import type { Logprob } from "./Logprob.ts"
import type { AssistantPart } from "./Message.ts"
import { unknown as unknownUsage, type Usage } from "./Usage.ts"
import type { Warning } from "./Warning.ts"

interface OpenPart {
  readonly type: "text" | "reasoning" | "refusal"
  readonly id: string
  text: string
  citations?: Array<Citation>
  end?: ChatEventOf<"reasoning-end">
  providerOptions?: ProviderOptions
  isExplanation?: boolean
}

/**
 * Folds the events of one stream into its response. For a stream that broke off it gives what had arrived, with finish
 * reason `other` and without tool calls whose input was incomplete.
 *
 * @since 0.1.0
 * @category models
 */
export class ChatFold {
  #parts: Array<OpenPart | AssistantPart> = []
  #open = new Map<string, OpenPart>()
  #last: OpenPart | undefined
  #sources: Array<Citation> = []
  #logprobs: Array<Logprob> = []
  #warnings: Array<Warning> = []
  #start: Partial<ChatEventOf<"response-start">> = {}
  #id: string | undefined
  #model: string | undefined
  #usage: Usage = unknownUsage
  #finish: ChatEventOf<"finish"> | undefined

  add(event: ChatEvent): void {
    switch (event.type) {
      case "response-start":
        this.#start = event
        if (event.warnings !== undefined) this.#warnings = [...event.warnings]
        return
      case "response-metadata":
        if (event.id !== undefined) this.#id = event.id
        if (event.model !== undefined) this.#model = event.model
        return
      case "text-start":
        this.#begin("text", event.id)
        return
      case "reasoning-start":
        this.#begin("reasoning", event.id)
        return
      case "refusal-start":
        this.#begin("refusal", event.id)
        return
      case "text-delta":
        this.#part("text", event.id).text += event.delta
        return
      case "reasoning-delta":
        this.#part("reasoning", event.id).text += event.delta
        return
      case "refusal-delta":
        this.#part("refusal", event.id).text += event.delta
        return
      case "text-end":
        if (event.providerOptions !== undefined) this.#part("text", event.id).providerOptions = event.providerOptions
        return
      case "refusal-end":
        if (event.isExplanation === true) this.#part("refusal", event.id).isExplanation = true
        return
      case "reasoning-end":
        this.#part("reasoning", event.id).end = event
        return
      case "tool-call":
        this.#parts.push(event.call)
        return
      case "part":
        this.#parts.push(event.part)
        return
      case "citation":
        ;(this.#part("text", event.id).citations ??= []).push(event.citation)
        return
      case "source":
        this.#sources.push(event.source)
        return
      case "logprobs":
        for (const logprob of event.logprobs) this.#logprobs.push(logprob)
        return
      case "malformed-frame":
        this.#warnings.push({ type: "malformed-frame", message: event.message })
        return
      case "restarted":
        this.#parts = []
        this.#open = new Map()
        this.#last = undefined
        this.#sources = []
        this.#logprobs = []
        this.#id = undefined
        this.#model = undefined
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

  /** Whether `finish` has been added. */
  get complete(): boolean {
    return this.#finish !== undefined
  }

  fields(): ChatResponseFields {
    const content: Array<AssistantPart> = []
    for (const part of this.#parts) content.push(...toParts(part))
    return {
      id: this.#id,
      model: this.#model ?? this.#start.model,
      provider: this.#start.provider,
      content,
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
      attempts: this.#finish?.attempts ?? [],
      ...(this.#finish?.cached && { cached: this.#finish.cached })
    }
  }

  #begin(type: OpenPart["type"], id: string): OpenPart {
    const part: OpenPart = { type, id, text: "" }
    this.#open.set(`${type} ${id}`, part)
    this.#parts.push(part)
    this.#last = part
    return part
  }

  /** Nearly all events belong to the same part as the one before. */
  #part(type: OpenPart["type"], id: string): OpenPart {
    const last = this.#last
    if (last !== undefined && last.type === type && last.id === id) return last
    return (this.#last = this.#open.get(`${type} ${id}`) ?? this.#begin(type, id))
  }
}

const defined = <A extends object>(record: A): Partial<A> => {
  const result: Partial<A> = {}
  for (const key in record) if (record[key] !== undefined) result[key] = record[key]
  return result
}

const toParts = (part: OpenPart | AssistantPart): ReadonlyArray<AssistantPart> => {
  if (!isOpen(part)) return [part]
  if (part.type === "reasoning") {
    const { encrypted, itemId, protocol, providerOptions, raw, signature } = part.end ?? {}
    const rest = defined({ id: itemId, signature, encrypted, protocol, raw, providerOptions })
    return [{ type: "reasoning", text: part.text, ...rest }]
  }
  const { isExplanation, providerOptions, text } = part
  const citations = part.citations?.slice()
  if (text === "" && citations === undefined && providerOptions === undefined) return []
  return part.type === "refusal"
    ? [{ type: "refusal", text, ...defined({ isExplanation }) }]
    : [{ type: "text", text, ...defined({ citations, providerOptions }) }]
}

const isOpen = (part: OpenPart | AssistantPart): part is OpenPart =>
  part.type === "text" || part.type === "reasoning" || part.type === "refusal"

/**
 * Folds the events of one stream into its response; those of a stream that broke off, into what had arrived.
 *
 * @since 0.1.0
 * @category conversions
 */
export const foldEvents = (events: Iterable<ChatEvent>): ChatResponse => {
  const fold = new ChatFold()
  for (const event of events) fold.add(event)
  return ChatResponse.of(fold.fields())
}

/**
 * The events of a whole response, for code that expects a stream. Folding them gives the response back.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toEvents = (response: ChatResponse): ReadonlyArray<ChatEvent> => {
  const events: Array<ChatEvent> = []
  const { id, model, provider, rateLimits, requestId, warnings } = response
  const cached = response.cached && { cached: response.cached }
  let { logprobs } = response
  events.push({ type: "response-start", provider, model, requestId, rateLimits, warnings, ...cached })
  events.push({ type: "response-metadata", id, model })
  response.content.forEach((part, index) => {
    const id = String(index)
    switch (part.type) {
      case "text":
        events.push({ type: "text-start", id }, { type: "text-delta", id, delta: part.text })
        for (const citation of part.citations ?? []) events.push({ type: "citation", id, citation })
        if (logprobs !== undefined) events.push({ type: "logprobs", logprobs })
        logprobs = undefined
        events.push({ type: "text-end", id, providerOptions: part.providerOptions })
        return
      case "reasoning": {
        const { encrypted, id: itemId, protocol, providerOptions, raw, signature } = part
        events.push({ type: "reasoning-start", id })
        if (part.text !== "") events.push({ type: "reasoning-delta", id, delta: part.text })
        events.push({ type: "reasoning-end", id, itemId, signature, encrypted, protocol, raw, providerOptions })
        return
      }
      case "refusal":
        events.push(
          { type: "refusal-start", id },
          { type: "refusal-delta", id, delta: part.text },
          { type: "refusal-end", id, ...(part.isExplanation === true ? { isExplanation: true } : {}) }
        )
        return
      case "tool-call": {
        const { id, name, providerExecuted, providerOptions } = part
        events.push({ type: "tool-input-start", id, name, providerExecuted, providerOptions })
        events.push({ type: "tool-input-delta", id, delta: part.rawInput ?? JSON.stringify(part.input) ?? "" })
        events.push({ type: "tool-call", id, call: part })
        return
      }
      default:
        events.push({ type: "part", part })
    }
  })
  for (const source of response.sources ?? []) events.push({ type: "source", source })
  if (logprobs !== undefined) events.push({ type: "logprobs", logprobs })
  const { attempts, cost, finishReason, providerMetadata, rawFinishReason, stopSequence, timings, usage } = response
  events.push({ type: "usage", usage })
  events.push({
    type: "finish",
    finishReason,
    rawFinishReason,
    stopSequence,
    usage,
    cost,
    timings,
    attempts,
    ...cached,
    ...(providerMetadata && { providerMetadata })
  })
  return events
}
