import * as Result from "effect/Result"
import type { ChatResponse, ResponseParseError } from "../../domain/ChatResponse.ts"
import type { Json } from "../../domain/Json.ts"
import type { Logprob } from "../../domain/Logprob.ts"
import type { AssistantPart } from "../../domain/Message.ts"
import { make, unknown, type Usage } from "../../domain/Usage.ts"
import type { DecodeOptions } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { finishReasons } from "../wire/response/FinishReasons.ts"
import { nameless } from "../wire/response/OpenPart.ts"
import { type OpenPart, ResponseBuilder } from "../wire/response/ResponseBuilder.ts"
import { array as arrayOf, either, object as objectOf, string } from "../wire/response/Shape.ts"
import { usageTable } from "../wire/response/Usage.ts"
import { array, compact, setOf, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import { decodeCitation, isOfText, own, protocolId } from "./Content.ts"

/** The units that are billed. */
const billed = usageTable({ input: "billed_units.input_tokens", output: "billed_units.output_tokens" })

/** All tokens, with those that Cohere puts into every prompt. */
const tokens = usageTable({
  input: "tokens.input_tokens",
  output: "tokens.output_tokens",
  reasoning: "tokens.reasoning_tokens"
})

/**
 * Billed units come before tokens, which stand in for units that are missing. `cached_tokens` are a part of the tokens
 * but not of the units, so they stay in `raw`.
 * Source: https://docs.cohere.com/docs/how-does-cohere-pricing-work
 */
const decodeUsage = (usage: WireObject | undefined): Usage => {
  if (usage === undefined) return unknown
  const { reasoning, ...counts } = { ...tokens.read(usage), ...billed.read(usage) }
  const searches = nonNegativeInt(object(usage.billed_units)?.search_units)
  return make(
    { ...counts, reasoning: reasoning !== undefined && reasoning <= (counts.output ?? -1) ? reasoning : undefined },
    compact({ toolRequests: searches === undefined ? undefined : { search_units: searches }, raw: usage as Json })
  )
}

/** A usage object of this protocol is passed on unchanged. */
export const encodeUsage = (usage: Usage): Json => {
  const { raw, toolRequests } = usage
  if (isObject(raw) && isObject(raw.billed_units)) return raw as Json
  const units = {
    ...object(billed.write(usage).billed_units),
    ...compact({ search_units: toolRequests?.search_units })
  }
  return { billed_units: units, tokens: { ...object(tokens.write(usage).tokens) } } as Json
}

/** Source: https://docs.cohere.com/reference/chat */
export const { decode: decodeFinishReason, encode: encodeFinishReason } = finishReasons({
  words: {
    COMPLETE: "stop",
    STOP_SEQUENCE: "stop",
    MAX_TOKENS: "length",
    ERROR_LIMIT: "length",
    TOOL_CALL: "tool-calls",
    ERROR_TOXIC: "content-filter"
  },
  written: {
    stop: "COMPLETE",
    length: "MAX_TOKENS",
    "tool-calls": "TOOL_CALL",
    "content-filter": "ERROR_TOXIC",
    other: "OTHER"
  },
  unknown: /./
})

/** Marks the reasoning that is the plan of the calls after it. */
const plan = own.spread({ tool_plan: true })

/** The known fields of a response, and of the event that ends a stream. */
const responseKeys = setOf("id message finish_reason usage logprobs error")

const none: WireObject = {}

const callKeys = setOf("id type function")

/** Reads the parts of a response, each in pieces or whole. */
export class ResponseReader {
  readonly response = new ResponseBuilder({
    protocol: protocolId,
    callIdPrefix: "call_",
    usage: decodeUsage,
    events: /^(?:message|content|tool|citation|error)/
  })
  /** Citations of no text. */
  readonly #strays: Array<WireObject> = []
  #lastText: OpenPart | undefined

  /** A piece of the block of content at this index. */
  content(index: unknown, block: WireObject): void {
    const { response } = this
    const part = response.find(index) ?? this.#openContent(index, block)
    if (part === undefined) return
    if (part.type === "provider") part.wire = { ...part.wire, ...block }
    else {
      const piece = part.type === "text" ? block.text : block.thinking
      if (typeof piece === "string") response.delta(part, piece)
    }
  }

  #openContent(index: unknown, block: WireObject): OpenPart | undefined {
    const { response } = this
    if (typeof block.thinking === "string") return block.thinking === "" ? undefined : response.open(index, "reasoning")
    if (block.type === "thinking") return undefined
    if ((block.type ?? "text") !== "text") return response.open(index, "provider")
    return (this.#lastText = response.open(index, "text"))
  }

  end(key: unknown): void {
    const part = this.response.at(key)
    if (part !== undefined) this.response.close(part)
  }

  plan(piece: string): void {
    if (piece === "") return
    this.response.delta(this.response.at("plan") ?? this.response.open("plan", "reasoning"), piece)
  }

  #endPlan(): void {
    const open = this.response.at("plan")
    if (open !== undefined) this.response.close(open, plan)
  }

  /** A piece of the call with this key. */
  call(key: string, call: WireObject): void {
    const { response } = this
    const body = object(call.function) ?? none
    let part = response.at(key)
    if (part === undefined) {
      const name = text(body.name)
      if (name === undefined) return response.malformed(nameless)
      this.#endPlan()
      part = response.openCall(key, { id: response.callId(call.id), name, ...own.rest(call, callKeys) })
    }
    const input = body.arguments
    response.delta(part, typeof input === "string" ? input : isObject(input) ? JSON.stringify(input) : "")
  }

  /** A citation is of the text at its `content_index`, or else of the last one. */
  cite(citation: WireObject): void {
    const at = citation.content_index === undefined ? this.#lastText : this.response.find(citation.content_index)
    if (at?.type !== "text" || !isOfText(citation)) this.#strays.push(citation)
    else this.response.cite(at, decodeCitation(citation))
  }

  logprobs(list: unknown): void {
    if (list !== undefined && list !== null) this.response.logprobs([list].flat().flatMap(decodeLogprob))
  }

  /** All of a message. */
  message({ citations, content, tool_calls: calls, tool_plan: plan }: WireObject): void {
    const blocks = typeof content === "string" ? [{ type: "text", text: content }] : array(content)
    for (const [index, block] of blocks.entries()) {
      if (!isObject(block)) continue
      this.content(index, block)
      this.end(index)
    }
    for (const citation of array(citations)) if (isObject(citation)) this.cite(citation)
    this.plan(text(plan) ?? "")
    for (const [index, call] of array(calls).entries()) {
      if (!isObject(call)) continue
      this.call(`call ${index}`, call)
      this.end(`call ${index}`)
    }
  }

  /** The event that ends a stream, or a whole response; returns the failure where it ended with one. */
  finish(end: WireObject): ProviderFailure | undefined {
    const { response } = this
    const word = text(end.finish_reason)
    response.keepUnknown(end, responseKeys)
    response.count(end.usage)
    const failure = failureOf(word, end)
    if (failure !== undefined) return failure
    this.#endPlan()
    if (this.#strays.length > 0) response.addProvider({ citations: this.#strays })
    response.finish({ finishReason: decodeFinishReason(word, response.hasCalls), rawFinishReason: word })
    return undefined
  }
}

/** A response that ends with one of these words is not whole. */
const failureOf = (word: string | undefined, end: WireObject): ProviderFailure | undefined =>
  word === "ERROR" || word === "TIMEOUT"
    ? {
        _tag: "ProviderFailure",
        code: word,
        type: "server_error",
        message: text(end.error) ?? `the server ended the response with ${word}`,
        body: end
      }
    : undefined

/** The log probability of a piece of text; that of several tokens is their sum. */
const decodeLogprob = (u: unknown): ReadonlyArray<Logprob> => {
  if (!isObject(u) || typeof u.text !== "string") return []
  const values = array(u.logprobs).filter((value) => typeof value === "number")
  return values.length === 0 ? [] : [{ token: u.text, logprob: values.reduce((sum, value) => sum + value, 0) }]
}

/** The parts of an assistant's message, which a prompt has as a response has it. */
export const decodeAssistant = (message: WireObject): ReadonlyArray<AssistantPart> => {
  const reader = new ResponseReader()
  reader.message(message)
  reader.finish(none)
  return reader.response.content
}

const responseShape = objectOf({
  message: objectOf({
    content: either(string, arrayOf(objectOf({ type: string, text: string, thinking: string }))),
    tool_plan: string,
    tool_calls: arrayOf(
      objectOf({
        id: string,
        type: string,
        function: objectOf({ name: string, arguments: either(string, objectOf()) })
      })
    ),
    citations: arrayOf(objectOf())
  }),
  finish_reason: string
})

export const decodeResponse = (
  body: unknown,
  options: DecodeOptions
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  const message = object(object(body)?.message)
  if (!isObject(body) || message === undefined) {
    return isObject(body) && text(body.message) !== undefined
      ? Result.fail(decodeError(body))
      : unreadable("there is no object `message`", body, options)
  }
  const reader = new ResponseReader()
  reader.response.identify(text(body.id))
  reader.message(message)
  reader.logprobs(body.logprobs)
  const failure = reader.finish(body)
  return failure === undefined ? reader.response.fold(body, options, responseShape) : Result.fail(failure)
}
