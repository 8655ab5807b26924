import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Frame } from "../../domain/Frame.ts"
import { unknown as unknownUsage, type Usage } from "../../domain/Usage.ts"
import type { StreamDecoder } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { AnswerMetadata, withMetadata } from "../wire/AnswerMetadata.ts"
import { isUnusable, unusable } from "../wire/Unusable.ts"
import { spliced } from "../wire/Spliced.ts"
import { isBlank } from "../wire/Blank.ts"
import { decodeFinishReason, finishWord } from "./wire/FinishReasons.ts"
import { array, isObject, object, parse, protocolId, text, type WireObject } from "./wire/Wire.ts"
import { decodeLogprobs } from "./wire/WireLogprobs.ts"
import { decodeUsage, laterUsage } from "./Usage.ts"
import { AnswerReader, candidateOf } from "./client/AnswerReader.ts"
import { blocked, decodeError } from "./Errors.ts"
import { note } from "../wire/Shape.ts"
import { chunkShape, isPlain } from "./wire/ChunkShape.ts"

const known = [
  "candidates",
  "usageMetadata",
  "promptFeedback",
  "modelVersion",
  "responseId",
  "createTime",
  "modelStatus"
]

/** Reasons for which there is nothing, beside those of content that was blocked. */
const withNothing: ReadonlySet<string> = new Set(["OTHER", "NO_IMAGE", "IMAGE_OTHER", "LANGUAGE"])

const bodyKeys: ReadonlySet<string> = new Set([
  "candidates",
  "usageMetadata",
  "modelVersion",
  "responseId",
  "createTime"
])
const candidateKeys: ReadonlySet<string> = new Set(["content", "finishReason", "index", "logprobsResult"])

/**
 * Reads one answer, in the pieces of a stream or whole. No frame says that it is the last: the answer is whole where the
 * bytes end after a finish reason, and what comes between counts.
 * Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
 */
export class GenerateStreamDecoder implements StreamDecoder {
  readonly done = false
  readonly #reader = new AnswerReader()
  readonly #metadata = new AnswerMetadata(protocolId)
  #isEnded = false
  #finishReason: string | undefined
  #id: string | undefined
  #model: string | undefined
  #usage: WireObject | undefined
  #candidate: WireObject = {}

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    const data = parse(frame.data)
    for (const chunk of Array.isArray(data) ? data : [data]) {
      if (isObject(chunk) && !isBlank(chunk.error)) return decodeError(chunk)
      if (!isObject(chunk) || !known.some((key) => Object.hasOwn(chunk, key))) {
        if (frame.data === "[DONE]") continue
        const message = isObject(chunk) ? "the data is no part of an answer" : "the data is not a JSON object"
        events.push({ type: "malformed-frame", frame, message })
        continue
      }
      const failure = this.add(chunk, events)
      if (failure !== undefined) return failure
    }
    if (!isObject(data) || !isPlain(data)) note(chunkShape, data, frame, events)
    return undefined
  }

  end(events: Array<ChatEvent>): boolean {
    if (this.#finishReason === undefined) return false
    this.finish(events)
    return true
  }

  /** Reads a piece of the answer, or the whole. */
  add(body: WireObject, events: Array<ChatEvent>): ProviderFailure | undefined {
    if (!this.#reader.isEmpty && this.#isOther(body)) return spliced(body)
    this.#identify(body, events)
    const candidate = candidateOf(body)
    this.#metadata.read(body, bodyKeys)
    if (candidate !== undefined) this.#metadata.read(candidate, candidateKeys)
    if (candidate !== undefined) this.#read(candidate, events)
    if (isObject(body.usageMetadata)) {
      this.#usage = laterUsage(this.#usage, body.usageMetadata)
      events.push({ type: "usage", usage: this.#counted() })
    }
    const feedback = object(body.promptFeedback) ?? {}
    const block = text(feedback.blockReason)
    if (
      block !== undefined &&
      block !== "BLOCKED_REASON_UNSPECIFIED" &&
      block !== "BLOCK_REASON_UNSPECIFIED" &&
      candidate === undefined &&
      this.#reader.isEmpty
    ) {
      return blocked("PROMPT_BLOCKED", block, text(feedback.blockReasonMessage), body)
    }
    const reason = finishWord(candidate?.finishReason)
    if (reason !== undefined && !this.#reader.hasContent && (isUnusable(reason) || withNothing.has(reason))) {
      return unusable(reason, text(candidate?.finishMessage), body, "INTERNAL")
    }
    return reason !== undefined && this.#reader.isEmpty && decodeFinishReason(reason, false) === "content-filter"
      ? blocked("RESPONSE_BLOCKED", reason, text(candidate?.finishMessage), body)
      : undefined
  }

  finish(events: Array<ChatEvent>): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#reader.end(this.#candidate, events)
    events.push({
      type: "finish",
      finishReason: decodeFinishReason(this.#finishReason, this.#reader.hasCalls),
      rawFinishReason: this.#finishReason,
      usage: this.#counted(),
      ...withMetadata(this.#metadata)
    })
  }

  /** Whether this belongs to another response, and says something of it. */
  #isOther(body: WireObject): boolean {
    const id = text(body.responseId)
    return id !== undefined && this.#id !== undefined && id !== this.#id && candidateOf(body) !== undefined
  }

  #identify(body: WireObject, events: Array<ChatEvent>): void {
    const id = text(body.responseId) ?? this.#id
    const model = text(body.modelVersion) ?? this.#model
    if (id === this.#id && model === this.#model) return
    this.#id = id
    this.#model = model
    this.#reader.scope = id
    events.push({ type: "response-metadata", id, model })
  }

  #read(candidate: WireObject, events: Array<ChatEvent>): void {
    for (const part of array(object(candidate.content)?.parts)) if (isObject(part)) this.#reader.add(part, events)
    this.#finishReason = finishWord(candidate.finishReason) ?? this.#finishReason
    const logprobs = decodeLogprobs(candidate.logprobsResult)
    if (logprobs.length > 0) events.push({ type: "logprobs", logprobs })
    for (const key of ["groundingMetadata", "urlContextMetadata", "citationMetadata"]) {
      const said = candidate[key]
      if (isObject(said)) this.#candidate = { ...this.#candidate, [key]: { ...object(this.#candidate[key]), ...said } }
    }
  }

  /** Google Maps says what it was asked for in the same words, and is no search of the web. */
  #counted(): Usage {
    const { groundingChunks, webSearchQueries } = object(this.#candidate.groundingMetadata) ?? {}
    const chunks = array(groundingChunks)
    const isMaps = chunks.length > 0 && chunks.every((chunk) => isObject(chunk) && isObject(chunk.maps))
    const searches = isMaps ? 0 : array(webSearchQueries).filter((query) => text(query) !== undefined).length
    return this.#usage === undefined ? unknownUsage : decodeUsage(this.#usage, searches)
  }
}
