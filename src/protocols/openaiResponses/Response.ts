import * as Result from "effect/Result"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { ChatResponse, ResponseParseError } from "../../domain/ChatResponse.ts"
import type { Usage } from "../../domain/Usage.ts"
import type { DecodeOptions } from "../ChatProtocol.ts"
import type { CallProtocol, ProviderFailure } from "../Protocol.ts"

import {
  array as arrayOf,
  filled,
  isObject,
  setOf,
  nonNegativeInt,
  object,
  text,
  type WireObject
} from "../wire/WireObject.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { ResponseBuilder } from "../wire/response/ResponseBuilder.ts"
import { array, either, object as objectOf, type Shape, string } from "../wire/response/Shape.ts"
import type { ValueResponse } from "../wire/ValueCall.ts"
import { type ItemReader, openItem } from "./ItemReader.ts"
import { callIdOf, isKeptWhole, protocolId, withCallId } from "./Items.ts"
import { decodeStatus, decodeUsage } from "./Usage.ts"

/** The fields that are decoded, and those that repeat the request. */
const responseKeys = setOf(
  `id object created_at completed_at model status output output_text usage error incomplete_details service_tier background
  frequency_penalty include instructions max_output_tokens max_tool_calls metadata parallel_tool_calls presence_penalty
  previous_response_id prompt prompt_cache_key prompt_cache_retention reasoning safety_identifier store stream temperature
  text tool_choice tool_usage tools top_k top_logprobs top_p truncation user`
)

interface OpenItem {
  readonly id: string | undefined
  /** The item as the server began it; the reader's copy has the id of the call here. */
  readonly started: WireObject
  readonly reader: ItemReader
}

/**
 * Reads one response, from the events of its items or as a whole. Items are told apart by their `output_index`, and by
 * their id where that is missing.
 */
export class ResponseReader {
  readonly response = new ResponseBuilder({
    protocol: protocolId,
    callIdPrefix: "call_",
    events: /^(?:response|message|error)/,
    usage: (counters) => this.#usage(counters)
  })
  readonly #items: Array<OpenItem> = []
  readonly #byId = new Map<string, OpenItem>()
  readonly #byIndex = new Map<number, OpenItem>()
  readonly #sources = new Set<string>()
  #body: WireObject = {}
  #lastUsage: { readonly counters: unknown; readonly body: WireObject; readonly usage: Usage } | undefined

  /** Whether there are items, and all of them are whole. */
  get isWhole(): boolean {
    return this.#items.length > 0 && this.#items.every(({ reader }) => reader.isClosed)
  }

  get hasBegun(): boolean {
    return this.#items.length > 0
  }

  identify(body: WireObject): void {
    this.#body = body
    this.response.identify(text(body.id), text(body.model))
    this.response.count(body.usage)
  }

  begin(started: WireObject, index: number | undefined): OpenItem {
    const item = withCallId(started, (id) => this.response.callId(id))
    const id = text(item.id)
    const reader = openItem(item, id ?? `item_${this.#items.length}`, this.response)
    const open: OpenItem = { id, started, reader }
    this.#items.push(open)
    if (id !== undefined) this.#byId.set(id, open)
    if (index !== undefined) this.#byIndex.set(index, open)
    return open
  }

  /** Reads an event of an item; some servers write text and reasoning without beginning their item. */
  read(type: string, data: WireObject): void {
    const index = nonNegativeInt(data.output_index)
    const open = this.#find(text(data.item_id), index)
    if (open !== undefined) {
      if (!open.reader.isClosed) open.reader.read(type, data)
      return
    }
    const missing = /^response\.(output_text|refusal)\./.test(type)
      ? { type: "message", role: "assistant" }
      : /^response\.reasoning_(summary_)?text\./.test(type)
        ? { type: "reasoning" }
        : undefined
    if (missing !== undefined) this.begin({ ...missing, id: data.item_id }, index).reader.read(type, data)
  }

  end(item: WireObject, index: number | undefined): void {
    const open = this.#find(text(item.id), index) ?? this.begin(item, index)
    if (!open.reader.isClosed) this.#close(open, item)
  }

  /** Reads the whole response, parts of which may have been read already; returns its failure if it failed. */
  finish(body: WireObject): ProviderFailure | undefined {
    this.identify(body)
    const error = filled(body.error)
    if (error !== undefined || body.status === "failed") {
      const message = "the response failed, and the server gave no reason"
      const { status: _, ...failure } = decodeError({ error: error ?? { message } })
      return { ...failure, body }
    }
    const output = arrayOf(body.output).filter(isObject)
    const hasMore = output.length > this.#items.length
    for (const [index, item] of output.entries()) {
      const open = this.#find(text(item.id), index)
      if (open === undefined ? hasMore : open.started.type === item.type) this.end(item, index)
    }
    for (const open of this.#items) if (!open.reader.isClosed) this.#close(open, undefined)
    this.response.keepUnknown(body, responseKeys)
    this.response.finish(decodeStatus(body, this.response.hasCalls))
    return undefined
  }

  #usage(counters: WireObject | undefined): Usage {
    const body = this.#body
    const last = this.#lastUsage
    if (last !== undefined && last.counters === counters && last.body === body) return last.usage
    const usage = decodeUsage(counters === undefined ? body : { ...body, usage: counters })
    this.#lastUsage = { counters, body, usage }
    return usage
  }

  /**
   * By the index, or, where no item has it, the item of this id that is still open: xAI gives an id more than once. Where
   * a server gives one index to several items, the id decides.
   */
  #find(id: string | undefined, index: number | undefined): OpenItem | undefined {
    const indexed = index === undefined ? undefined : this.#byIndex.get(index)
    if (indexed !== undefined && (indexed.id === id || indexed.id === undefined)) return indexed
    const named = id === undefined ? undefined : this.#byId.get(id)
    if (indexed !== undefined) return named === undefined || named.reader.isClosed ? indexed : named
    return index !== undefined && named?.reader.isClosed === true ? undefined : named
  }

  #close(open: OpenItem, item: WireObject | undefined): void {
    const { reader } = open
    reader.isClosed = true
    reader.close(item && withFirstCallId(item, open))
    for (const source of arrayOf(object(item?.action)?.sources)) {
      const { title, url } = object(source) ?? {}
      if (typeof url !== "string" || url === "" || this.#sources.has(url)) continue
      this.#sources.add(url)
      this.response.source(text(title) === undefined ? { url } : { url, title: String(title) })
    }
  }
}

/** The whole item with the id that its call began with; the server may have given it another one since. */
const withFirstCallId = (whole: WireObject, { started, reader: { item } }: OpenItem): WireObject => {
  const id = callIdOf(whole)
  return item === started || (id !== undefined && id !== callIdOf(started))
    ? whole
    : { ...whole, call_id: item.call_id }
}

export const contentShape = objectOf({ type: string, text: string, refusal: string, annotations: array(objectOf()) })

const fieldsShape = objectOf({
  type: string,
  id: string,
  role: string,
  content: either(string, array(contentShape)),
  summary: array(contentShape),
  encrypted_content: string,
  call_id: string,
  name: string,
  arguments: either(string, objectOf()),
  input: either(string, objectOf()),
  code: string,
  result: string,
  revised_prompt: string
})

/** The fields of an item of which some are read; one of another type is kept whole. */
export const itemShape: Shape = (item) => (isObject(item) && isKeptWhole(item) ? undefined : fieldsShape(item))

export const responseShape = objectOf({ status: string, output: array(itemShape) })

/** A response that is still in progress finishes with `other` and its status, `queued` or `in_progress`. */
export const decodeResponse = (
  body: unknown,
  options: DecodeOptions
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  if (!isObject(body) || (!Array.isArray(body.output) && !isObject(body.error))) {
    return unreadable("there is no array `output`", body, options)
  }
  if (!Array.isArray(body.output)) return Result.fail(decodeError(body))
  const reader = new ResponseReader()
  const failure = reader.finish(body)
  return failure === undefined ? reader.response.fold(body, options, responseShape) : Result.fail(failure)
}

/** The id of a response that the server stores. */
export interface ResponseName extends CallRequest {
  readonly id: string
}

export type StoredResponse = ValueResponse<ChatResponse>

const storedCall = (method: "GET" | "POST", action: string): CallProtocol<ResponseName, StoredResponse> => ({
  id: protocolId,
  encodeRequest: ({ id }) =>
    Result.succeed({ method, path: `/responses/${encodeURIComponent(id)}${action}`, warnings: [] }),
  decodeResponse: (body, options) =>
    Result.map(decodeResponse(body, options), (value) => {
      const { id, model, usage } = value
      return { id, model, usage, value, warnings: [], attempts: [] }
    }),
  decodeError
})

/**
 * Gets a response that the server stores, as it is now, or cancels one that is in progress.
 *
 * @see https://platform.openai.com/docs/api-reference/responses/get
 * @see https://platform.openai.com/docs/api-reference/responses/cancel
 */
export const StoredResponses = { get: storedCall("GET", ""), cancel: storedCall("POST", "/cancel") }
