import * as Result from "effect/Result"
import type { ChatResponse, ResponseParseError } from "../../domain/ChatResponse.ts"
import type { Json } from "../../domain/Json.ts"
import { make, unknown, type Usage } from "../../domain/Usage.ts"
import type { DecodeOptions } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { stopReasons } from "../wire/Claude.ts"
import { type OpenPart, ResponseBuilder } from "../wire/response/ResponseBuilder.ts"
import { array as arrayOf, object as objectOf, requiredString, string } from "../wire/response/Shape.ts"
import { decodeInputText, inputObject } from "../wire/request/Tools.ts"
import { countsOf, usageTable } from "../wire/response/Usage.ts"
import { array, compact, setOf, filled, isObject, object, text, type WireObject } from "../wire/WireObject.ts"
import { decodeError } from "./Errors.ts"
import { callOptions, decodeBlock, decodeCitation, decodeThinking, protocolId } from "./Messages.ts"
import { unreadable } from "../wire/response/ErrorBody.ts"

const totals = { cacheOutsideInput: true }

const counters = usageTable(
  {
    input: "input_tokens",
    cacheRead: "cache_read_input_tokens",
    cacheWrite: "cache_creation_input_tokens",
    cacheWrite5m: "cache_creation.ephemeral_5m_input_tokens",
    cacheWrite1h: "cache_creation.ephemeral_1h_input_tokens",
    output: "output_tokens",
    reasoning: "output_tokens_details.thinking_tokens"
  },
  totals
)

/**
 * What a compaction consumed is only in `iterations` and is added; what an advisor consumed is billed as another model's
 * and stays in `raw`.
 * Sources: https://platform.claude.com/docs/en/api/messages/create and
 * https://platform.claude.com/docs/en/build-with-claude/compaction-threshold
 */
const decodeUsage = (usage: WireObject | undefined): Usage => {
  if (usage === undefined) return unknown
  const counts = { ...counters.read(usage) }
  for (const iteration of array(usage.iterations)) {
    if (!isObject(iteration) || iteration.type !== "compaction") continue
    const consumed = counters.read(iteration)
    for (const counter of Object.keys(counts) as Array<keyof typeof counts>) {
      counts[counter] = (counts[counter] ?? 0) + (consumed[counter] ?? 0)
    }
  }
  const region = text(usage.inference_geo)
  return make(
    { ...counts, ...totals },
    compact({
      toolRequests: countsOf(usage.server_tool_use),
      serviceTier: usage.speed === "fast" ? "fast" : text(usage.service_tier),
      region: region === "not_available" ? undefined : region,
      raw: usage as Json
    })
  )
}

/** The wire has no unknown total, which becomes 0. */
export const encodeUsage = (usage: Usage): { readonly [key: string]: Json } => {
  const { cache_creation: byTtl, ...counts } = counters.write(usage) as { readonly [key: string]: Json }
  return compact({
    input_tokens: 0,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: null,
    output_tokens: 0,
    ...counts,
    cache_creation: isObject(byTtl)
      ? { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0, ...byTtl }
      : undefined,
    server_tool_use: usage.toolRequests,
    service_tier: usage.serviceTier,
    inference_geo: usage.region
  })
}

/**
 * `pause_turn` is `other`: the response is not complete, and continues when it is sent back as it is.
 * Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
 */
export const { decode: decodeStopReason, encode: encodeStopReason } = stopReasons(
  { refusal: "content-filter", pause_turn: "other", compaction: "other" },
  { "content-filter": "refusal", other: "end_turn" }
)

/** The known fields of a message, and of the events that say how it goes on. */
const messageKeys = setOf("type id role model content stop_reason stop_sequence usage delta error")

/** Reads a message and its blocks, each whole or in pieces. */
export class MessageReader {
  readonly response = new ResponseBuilder({
    protocol: protocolId,
    callIdPrefix: "toolu_",
    usage: decodeUsage,
    events: /^(?:message|content_block|error)/
  })
  stopReason: string | undefined
  #stopSequence: string | undefined

  /** A whole message, or the beginning of one: a continued response begins with whole blocks. */
  message(message: WireObject): void {
    this.response.count(message.usage)
    this.response.identify(text(message.id), text(message.model))
    for (const block of array(message.content).filter(isObject)) {
      if (lacksContent(block)) this.response.addProvider(block)
      else this.close(this.open(undefined, block))
    }
    this.update(message)
  }

  /** Some servers, and Anthropic itself for calls that code makes, send a block whole when it starts. */
  open(index: unknown, block: WireObject): OpenPart {
    const { response } = this
    this.close(response.at(index))
    switch (block.type) {
      case "text": {
        const part = response.open(index, "text")
        response.delta(part, text(block.text) ?? "")
        for (const citation of array(block.citations)) this.#cite(part, citation)
        return part
      }
      case "thinking": {
        const part = response.open(index, "reasoning", block)
        response.delta(part, text(block.thinking) ?? "")
        return part
      }
      case "tool_use":
      case "server_tool_use": {
        const { id: reported, input, name } = block
        if (typeof name !== "string") break
        const providerExecuted = block.type === "server_tool_use" ? true : undefined
        // What the provider ran keeps its id, by which its result is found.
        const id = (providerExecuted && text(reported)) ?? response.callId(reported)
        return response.openCall(index, { id, name, providerExecuted, providerOptions: callOptions(block), input })
      }
    }
    return response.open(index, "provider", block)
  }

  /** False when a block of this kind has no such delta. */
  delta(part: OpenPart, delta: WireObject): boolean {
    const { type } = delta
    switch (part.type) {
      case "text":
        if (type === "text_delta") return this.#append(part, delta.text)
        return type === "citations_delta" && this.#cite(part, delta.citation)
      case "reasoning":
        if (type === "thinking_delta") return this.#append(part, delta.thinking)
        if (type !== "signature_delta" || typeof delta.signature !== "string") return false
        part.wire = { ...part.wire, signature: delta.signature }
        return true
      case "tool-call":
        return type === "input_json_delta" && this.#append(part, delta.partial_json)
      default:
        if (part.wire.type === "redacted_thinking") return false
        gather(part, delta)
        return true
    }
  }

  close(part: OpenPart | undefined): void {
    if (part?.type === "reasoning") {
      const { raw, signature } = decodeThinking(part.wire, part.text, text(part.wire.signature))
      this.response.close(part, { signature, raw })
    } else if (part?.type === "provider") {
      const input = part.text === "" ? {} : { input: inputObject(decodeInputText(part.text)) }
      this.response.close(part, { part: decodeBlock({ ...part.wire, ...input }) })
    } else if (part !== undefined) this.response.close(part)
  }

  /** The fields that say how the message ends, in a whole one or in a `delta`. */
  update(fields: WireObject): void {
    this.response.keepUnknown(fields, messageKeys)
    this.stopReason = text(fields.stop_reason) ?? this.stopReason
    this.#stopSequence = text(fields.stop_sequence) ?? this.#stopSequence
    const refusal = text(object(fields.stop_details)?.explanation)
    if (refusal !== undefined) this.response.add({ type: "refusal", text: refusal, isExplanation: true })
  }

  finish(): void {
    for (const part of this.response.openParts) this.close(part)
    this.response.finish({
      finishReason: decodeStopReason(this.stopReason),
      rawFinishReason: this.stopReason,
      stopSequence: this.#stopSequence
    })
  }

  #append(part: OpenPart, piece: unknown): boolean {
    if (typeof piece !== "string") return false
    this.response.delta(part, piece)
    return true
  }

  #cite(part: OpenPart, citation: unknown): boolean {
    if (!isObject(citation)) return false
    this.response.cite(part, decodeCitation(citation))
    return true
  }
}

const lacksContent = (block: WireObject): boolean =>
  (block.type === "text" || block.type === "thinking") && typeof block[block.type] !== "string"

/** Gathers a block of an unknown kind by what its deltas look like. */
const gather = (part: OpenPart, delta: WireObject): void => {
  const block: Record<string, unknown> = { ...part.wire }
  for (const [key, piece] of Object.entries(delta)) {
    if (key === "type" || piece === null) continue
    const before = block[key]
    if (key === "partial_json") part.text += text(piece) ?? ""
    else if (key === "citation") block.citations = [...array(block.citations), piece]
    else if (typeof before === "string" && typeof piece === "string") block[key] = before + piece
    else if (Array.isArray(before) && Array.isArray(piece)) block[key] = [...before, ...piece]
    else block[key] = piece
  }
  part.wire = block
}

export const blockShape = objectOf({
  type: requiredString,
  text: string,
  thinking: string,
  signature: string,
  data: string,
  id: string,
  name: string,
  input: objectOf(),
  citations: arrayOf(objectOf())
})

export const messageShape = objectOf({
  content: arrayOf(blockShape),
  stop_reason: string,
  stop_details: objectOf({ explanation: string })
})

export const decodeResponse = (
  body: unknown,
  options: DecodeOptions
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  if (isObject(body) && (body.type === "error" || filled(body.error) !== undefined)) {
    return Result.fail(decodeError(body))
  }
  if (!isObject(body) || !Array.isArray(body.content)) {
    return unreadable("there is no array `content`", body, options)
  }
  const reader = new MessageReader()
  reader.message(body)
  reader.finish()
  return reader.response.fold(body, options, messageShape)
}
