import * as Result from "effect/Result"
import * as Base64 from "effect/encoding/Base64"
import type { ChatResponse, ResponseParseError } from "../../domain/ChatResponse.ts"
import type { Json } from "../../domain/Json.ts"
import { make, unknown, type Usage } from "../../domain/Usage.ts"
import type { DecodeOptions } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { stopReasons } from "../wire/Claude.ts"
import { isUnusable, unusable } from "../wire/response/FinishReasons.ts"
import { type OpenPart, ResponseBuilder } from "../wire/response/ResponseBuilder.ts"
import { array as arrayOf, either, object as objectOf, string } from "../wire/response/Shape.ts"
import { countsOf, usageTable } from "../wire/response/Usage.ts"
import {
  array,
  compact,
  setOf,
  isBlank,
  isObject,
  nonNegativeInt,
  object,
  ofOneKind,
  text,
  type WireObject
} from "../wire/WireObject.ts"
import { decodeError, isError } from "./Errors.ts"
import { protocolId } from "./Media.ts"
import { callFields, decodeBlock, decodeCitation } from "./Messages.ts"
import { unreadable } from "../wire/response/ErrorBody.ts"

const totals = { cacheOutsideInput: true }

const counters = usageTable(
  {
    input: "inputTokens",
    cacheRead: ["cacheReadInputTokens", "cacheReadInputTokenCount"],
    cacheWrite: ["cacheWriteInputTokens", "cacheWriteInputTokenCount"],
    output: "outputTokens"
  },
  totals
)

/**
 * `serviceTier` is beside the usage on the wire.
 * Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html and
 * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
const decodeUsage = (usage: WireObject | undefined, serviceTier: unknown): Usage => {
  if (usage === undefined) return unknown
  const written = (ttl: string): number | undefined => {
    const details = array(usage.cacheDetails).filter((detail) => isObject(detail) && detail.ttl === ttl)
    return details.length === 0
      ? undefined
      : details.reduce<number>((sum, detail) => sum + (nonNegativeInt(object(detail)?.inputTokens) ?? 0), 0)
  }
  return make(
    { ...counters.read(usage), ...totals, cacheWrite5m: written("5m"), cacheWrite1h: written("1h") },
    compact({
      toolRequests: countsOf(usage.serverToolUsage),
      serviceTier: text(object(serviceTier)?.type),
      raw: usage as Json
    })
  )
}

/** The wire has no unknown total, which becomes 0. */
export const encodeUsage = (usage: Usage): { readonly [key: string]: Json } => {
  const { cacheRead = 0, cacheWrite = 0, cacheWrite1h, cacheWrite5m } = usage.inputTokens
  const counts = { inputTokens: 0, outputTokens: 0, ...counters.write(usage) }
  const details = [
    ...(cacheWrite1h === undefined ? [] : [{ ttl: "1h", inputTokens: cacheWrite1h }]),
    ...(cacheWrite5m === undefined ? [] : [{ ttl: "5m", inputTokens: cacheWrite5m }])
  ]
  return compact({
    ...counts,
    totalTokens: counts.inputTokens + cacheRead + cacheWrite + counts.outputTokens,
    cacheDetails: details.length === 0 ? undefined : details,
    serverToolUsage: usage.toolRequests
  })
}

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const { decode: decodeStopReason, encode: encodeStopReason } = stopReasons(
  {
    guardrail_intervened: "content-filter",
    content_filtered: "content-filter",
    malformed_model_output: "other",
    malformed_tool_use: "other"
  },
  { "content-filter": "content_filtered", other: "malformed_model_output" }
)

/** The known fields of a response, and of the events that end a stream. */
const responseKeys = setOf("output stopReason usage serviceTier")

/** Servers send empty fields of other kinds beside the one that counts. */
const kinds = [
  "text",
  "citation",
  "citationsContent",
  "reasoningContent",
  "toolUse",
  "toolResult",
  "image",
  "audio",
  "video",
  "document",
  "guardContent",
  "searchResult"
]

/** Reads a response and its blocks, each whole or in pieces. */
export class ResponseReader {
  readonly response = new ResponseBuilder({
    protocol: protocolId,
    callIdPrefix: "tooluse_",
    usage: (counters) => decodeUsage(counters, this.#serviceTier)
  })
  #serviceTier: unknown
  hasUsage = false
  /** The event, or the whole response, that says why it ended. */
  ending: WireObject | undefined

  /** A whole block. */
  add(block: WireObject): void {
    this.response.add(decodeBlock(this.#completed(block)))
  }

  /** A block begins with its start, or, which is the rule, with its first delta: either says the kind. */
  open(index: unknown, start: WireObject): OpenPart {
    const { response } = this
    const { citation, reasoningContent, text, toolUse } = this.#completed(start)
    if (isObject(toolUse) && typeof toolUse.toolUseId === "string" && typeof toolUse.name === "string") {
      return response.openCall(index, { id: toolUse.toolUseId, name: toolUse.name, ...callFields(toolUse) })
    }
    if (isObject(reasoningContent)) return response.open(index, "reasoning")
    return response.open(index, typeof text === "string" || isObject(citation) ? "text" : "provider")
  }

  /** False when a block of this kind has no such delta. */
  delta(part: OpenPart, delta: WireObject): boolean {
    const { response } = this
    switch (part.type) {
      case "text": {
        const { citation, text } = delta
        if (typeof text === "string") response.delta(part, text)
        if (isObject(citation)) response.cite(part, decodeCitation(citation))
        return typeof text === "string" || isObject(citation)
      }
      case "reasoning":
        return isObject(delta.reasoningContent) && this.#reason(part, delta.reasoningContent)
      case "tool-call": {
        const input = object(delta.toolUse)?.input
        if (typeof input !== "string") return false
        response.delta(part, input)
        return true
      }
      default:
        gather(part, delta)
        return true
    }
  }

  close(part: OpenPart | undefined): void {
    if (part?.type === "reasoning") this.response.close(part, { ...part.wire, protocol: protocolId })
    else if (part?.type === "provider") {
      const decoded = decodeBlock(part.wire)
      const isMedia = decoded.type === "image" || decoded.type === "audio"
      // An empty block is dropped.
      if (Object.keys(part.wire).length === 0) part.isOpen = false
      else this.response.close(part, isMedia ? { part: decoded } : {})
    } else if (part !== undefined) this.response.close(part)
  }

  /** The fields of a response besides its content, in a whole one or in `metadata`. */
  metadata(fields: WireObject): void {
    const { response } = this
    const routedTo = text(object(object(fields.trace)?.promptRouter)?.invokedModelId)
    response.keepUnknown(fields, responseKeys)
    response.identify(undefined, routedTo?.slice(routedTo.lastIndexOf("/") + 1))
    this.#serviceTier = fields.serviceTier ?? this.#serviceTier
    this.hasUsage ||= isObject(fields.usage)
    response.count(fields.usage)
  }

  /** The event that ends the content, or a whole response. */
  stop(fields: WireObject): void {
    this.ending = fields
    this.response.keepUnknown(fields, responseKeys)
    for (const part of this.response.openParts) this.close(part)
  }

  finish(): void {
    const word = text(this.ending?.stopReason)
    const fields = object(this.ending?.additionalModelResponseFields)
    this.response.finish({
      finishReason: decodeStopReason(word),
      rawFinishReason: word,
      // Where `additionalModelResponseFieldPaths` asked for it.
      stopSequence: text(fields?.stop_sequence) ?? text(object(fields?.delta)?.stop_sequence)
    })
  }

  /** Reasoning is either shown or hidden; its signature may come in pieces. */
  #reason(part: OpenPart, content: WireObject): boolean {
    const { encrypted, signature } = part.wire
    const words = text(content.text)
    const proof = text(content.signature)
    const hidden = text(content.redactedContent) ?? text(content.data)
    if (words !== undefined) this.response.delta(part, words)
    if (proof !== undefined) part.wire = { ...part.wire, signature: (text(signature) ?? "") + proof }
    if (hidden !== undefined) part.wire = { ...part.wire, encrypted: joined(text(encrypted), hidden) }
    return ["text", "signature", "redactedContent", "data"].some((key) => typeof content[key] === "string")
  }

  /** The block without empty fields of other kinds, with an id where it is a call without one. */
  #completed(wire: WireObject): WireObject {
    const block = ofOneKind(wire, kinds)
    const { toolUse } = block
    if (!isObject(toolUse) || text(toolUse.name) === undefined) return block
    const reported = text(toolUse.toolUseId)
    // What the provider ran keeps its id, by which its result is found.
    if (reported !== undefined && toolUse.type === "server_tool_use") return block
    return { ...block, toolUse: { ...toolUse, toolUseId: this.response.callId(reported) } }
  }
}

/** Gathers a result of a tool that the provider ran, an image, or a block of an unknown kind. */
const gather = (part: OpenPart, delta: WireObject): void => {
  const block: Record<string, unknown> = { ...part.wire }
  for (const [key, piece] of Object.entries(delta)) {
    const before = block[key]
    if (key === "toolResult" && Array.isArray(piece)) {
      block[key] = { ...object(before), content: appended(array(object(before)?.content), piece) }
    } else if (key === "image" && isObject(piece)) {
      const earlier = text(object(object(before)?.source)?.bytes)
      const bytes = text(object(piece.source)?.bytes)
      const source = bytes === undefined ? piece.source : { ...object(piece.source), bytes: joined(earlier, bytes) }
      block[key] = { ...object(before), ...piece, ...compact({ source }) }
    } else if (typeof before === "string" && typeof piece === "string") block[key] = before + piece
    else block[key] = isObject(before) && isObject(piece) ? { ...before, ...piece } : piece
  }
  part.wire = block
}

/** A text that continues in a later delta is one text. */
const appended = (content: ReadonlyArray<unknown>, more: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const last = object(content.at(-1))
  const [first, ...rest] = more
  const next = object(first)
  return typeof last?.text === "string" && typeof next?.text === "string"
    ? [...content.slice(0, -1), { ...last, text: last.text + next.text }, ...rest]
    : [...content, ...more]
}

/** Bytes that come in pieces, each in Base64. */
const joined = (earlier: string | undefined, piece: string): string => {
  if (earlier === undefined) return piece
  if (earlier.length % 4 === 0 && !earlier.endsWith("=")) return earlier + piece
  const [first, second] = [earlier, piece].map((base64) =>
    Result.getOrElse(Base64.decode(base64), () => new Uint8Array())
  )
  return Base64.encode(Uint8Array.from([...(first ?? []), ...(second ?? [])]))
}

const blockShape = objectOf({
  text: string,
  citationsContent: objectOf({ content: arrayOf(objectOf({ text: string })), citations: arrayOf(objectOf()) }),
  reasoningContent: objectOf({
    reasoningText: objectOf({ text: string, signature: string }),
    redactedContent: string,
    data: string
  }),
  toolUse: objectOf({ toolUseId: string, name: string, type: string, input: either(objectOf(), string) }),
  image: objectOf({ format: string, source: objectOf({ bytes: string }) })
})

const responseShape = objectOf({
  output: objectOf({ message: objectOf({ content: arrayOf(blockShape) }) }),
  stopReason: string
})

/** The response has no id; its model is known only where a prompt router chose it. */
export const decodeResponse = (
  body: unknown,
  options: DecodeOptions
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  if (isError(body)) return Result.fail(decodeError(body))
  const content = object(object(object(body)?.output)?.message)?.content
  if (!isObject(body) || !Array.isArray(content)) {
    return unreadable("there is no array `output.message.content`", body, options)
  }
  const word = text(body.stopReason)
  if (content.every(isBlank) && isUnusable(word)) return Result.fail(unusable(word, undefined, body))
  const reader = new ResponseReader()
  for (const block of content) if (isObject(block)) reader.add(block)
  reader.metadata(body)
  reader.stop(body)
  reader.finish()
  return reader.response.fold(body, options, responseShape)
}
