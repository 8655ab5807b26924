import * as Result from "effect/Result"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import { ChatResponse } from "../../domain/ChatResponse.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import type { DecodeOptions } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { AnswerIds } from "../wire/AnswerIds.ts"
import { AnswerMetadata, withMetadata } from "../wire/AnswerMetadata.ts"
import { filled, array, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import { mergeUsage } from "../wire/Usage.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import * as Shape from "../wire/Shape.ts"
import { type ItemReader, openItem } from "./ItemReader.ts"
import { callIdOf, protocolId, withCallId } from "./Items.ts"
import { decodeStatus, decodeUsage } from "./Usage.ts"

/** What the domain has fields for, and what repeats the request. */
const responseKeys: ReadonlySet<string> = new Set(
  `id object created_at completed_at model status output output_text usage error incomplete_details service_tier background
  frequency_penalty include instructions max_output_tokens max_tool_calls metadata parallel_tool_calls presence_penalty
  previous_response_id prompt prompt_cache_key prompt_cache_retention reasoning safety_identifier store stream temperature
  text tool_choice tool_usage tools top_k top_logprobs top_p truncation user`.split(/\s+/)
)

interface OpenItem {
  readonly id: string | undefined
  /** As the server began it, and with the id that its call has here. */
  readonly given: WireObject
  readonly item: WireObject
  readonly reader: ItemReader
  isClosed: boolean
}

/**
 * Reads one answer, from the events of its items or from the whole: both end with the same object. Items are told apart
 * by their place, and by their id where that is not given.
 */
export class ResponseReader {
  readonly #items: Array<OpenItem> = []
  readonly #named = new Map<string, OpenItem>()
  readonly #placed = new Map<number, OpenItem>()
  readonly #sources = new Set<string>()
  readonly #ids = new AnswerIds("call_")
  #hasCalls = false
  #usage: WireObject | undefined
  #id: string | undefined
  #model: string | undefined

  /** Whether all that was begun is whole, and it is something. */
  get isWhole(): boolean {
    return this.#items.length > 0 && this.#items.every(({ isClosed }) => isClosed)
  }

  get hasBegun(): boolean {
    return this.#items.length > 0
  }

  identify(response: WireObject, events: Array<ChatEvent>): void {
    if (isObject(response.usage)) this.#usage = mergeUsage(this.#usage, response.usage)
    const id = text(response.id) ?? this.#id
    const model = text(response.model) ?? this.#model
    if (id === this.#id && model === this.#model) return
    this.#id = id
    this.#model = model
    events.push({ type: "response-metadata", id, model })
  }

  begin(given: WireObject, place: number | undefined, events: Array<ChatEvent>): OpenItem {
    const item = withCallId(given, (id) => this.#ids.of(id, this.#id))
    const id = text(item.id)
    const open: OpenItem = {
      id,
      given,
      item,
      reader: openItem(item, id ?? `item_${this.#items.length}`, events),
      isClosed: false
    }
    this.#items.push(open)
    if (id !== undefined) this.#named.set(id, open)
    if (place !== undefined) this.#placed.set(place, open)
    return open
  }

  /** An event of an item; some servers write text and thoughts without beginning their item. */
  read(type: string, data: WireObject, events: Array<ChatEvent>): void {
    const found = this.#find(text(data.item_id), nonNegativeInt(data.output_index))
    if (found !== undefined) return found.isClosed ? undefined : found.reader.read(type, data, events)
    const missing = /^response\.(output_text|refusal)\./.test(type)
      ? { type: "message", role: "assistant" }
      : /^response\.reasoning_(summary_)?text\./.test(type)
        ? { type: "reasoning" }
        : undefined
    if (missing === undefined) return
    const item = { ...missing, id: data.item_id }
    this.begin(item, nonNegativeInt(data.output_index), events).reader.read(type, data, events)
  }

  end(item: WireObject, place: number | undefined, events: Array<ChatEvent>): void {
    const open = this.#find(text(item.id), place)
    if (open?.isClosed === true) return
    this.#close(open ?? this.begin(item, place, events), item, events)
  }

  /** The whole answer: what was not said of its items, or not at all, and why it ended. Returns how it failed, if so. */
  finish(response: WireObject, events: Array<ChatEvent>): ProviderFailure | undefined {
    this.identify(response, events)
    const error = filled(response.error)
    if (error !== undefined || response.status === "failed") {
      const message = "the server says that the answer failed, and nothing else"
      const { status: _, ...failure } = decodeError({ error: error ?? { message } })
      return { ...failure, body: response }
    }
    const output = array(response.output).filter(isObject)
    const isNew = output.length > this.#items.length
    for (const [place, item] of output.entries()) {
      const open = this.#find(text(item.id), place)
      if (open === undefined ? isNew : open.given.type === item.type) this.end(item, place, events)
    }
    for (const open of this.#items) if (!open.isClosed) this.#close(open, undefined, events)
    const usage = decodeUsage(this.#usage === undefined ? response : { ...response, usage: this.#usage })
    const metadata = new AnswerMetadata(protocolId)
    metadata.read(response, responseKeys)
    const end = { ...decodeStatus(response, this.#hasCalls), usage, ...withMetadata(metadata) }
    events.push({ type: "usage", usage }, { type: "finish", ...end })
    return undefined
  }

  /**
   * By its place, or, where no item has that, the one of this id that is still open: xAI gives an id more than once. Where
   * a server gives one place to several items, the id decides.
   */
  #find(id: string | undefined, place: number | undefined): OpenItem | undefined {
    const placed = place === undefined ? undefined : this.#placed.get(place)
    const named = id === undefined ? undefined : this.#named.get(id)
    if (placed !== undefined) {
      const isOther = placed.id !== undefined && placed.id !== id && named !== undefined && !named.isClosed
      return isOther ? named : placed
    }
    return named?.isClosed === true && place !== undefined ? undefined : named
  }

  #close(open: OpenItem, item: WireObject | undefined, events: Array<ChatEvent>): void {
    open.isClosed = true
    const from = events.length
    open.reader.close(item === undefined ? undefined : named(item, open), events)
    this.#hasCalls ||= events.slice(from).some((event) => event.type === "tool-call" && !event.call.providerExecuted)
    for (const source of array(object(item?.action)?.sources)) {
      const url = isObject(source) ? text(source.url) : undefined
      if (url === undefined || this.#sources.has(url)) continue
      this.#sources.add(url)
      const title = isObject(source) ? text(source.title) : undefined
      events.push({ type: "source", source: title === undefined ? { url } : { url, title } })
    }
  }
}

/** The whole item with the id that its call began with; the server may have given it another one since. */
const named = (whole: WireObject, { given, item }: OpenItem): WireObject => {
  const id = callIdOf(whole)
  return item === given || (id !== undefined && id !== callIdOf(given)) ? whole : { ...whole, call_id: item.call_id }
}

export const contentShape = Shape.object({
  type: Shape.string,
  text: Shape.string,
  refusal: Shape.string,
  annotations: Shape.array(Shape.object())
})

export const itemShape = Shape.object({
  type: Shape.string,
  id: Shape.string,
  role: Shape.string,
  content: Shape.either(Shape.string, Shape.array(contentShape)),
  summary: Shape.array(contentShape),
  encrypted_content: Shape.string,
  call_id: Shape.string,
  name: Shape.string,
  arguments: Shape.either(Shape.string, Shape.object()),
  input: Shape.either(Shape.string, Shape.object()),
  code: Shape.string,
  result: Shape.string,
  revised_prompt: Shape.string
})

export const responseShape = Shape.object({ status: Shape.string, output: Shape.array(itemShape) })

/** A response that is still in progress finishes with `other` and its status, `queued` or `in_progress`. */
export const decodeResponse = Shape.ofShape(
  responseShape,
  (
    body: unknown,
    { model, provider }: DecodeOptions
  ): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
    if (!isObject(body) || (!Array.isArray(body.output) && !isObject(body.error))) {
      return Result.fail(new ResponseParseError({ provider, model, body, detail: "there is no array `output`" }))
    }
    if (!Array.isArray(body.output)) return Result.fail(decodeError(body))
    const events: Array<ChatEvent> = []
    const failure = new ResponseReader().finish(body, events)
    if (failure !== undefined) return Result.fail(failure)
    return Result.succeed(ChatResponse.fold(events).with({ provider, raw: body as Json }))
  }
)
