import * as Result from "effect/Result"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { ChatResponse, ResponseParseError } from "../../domain/ChatResponse.ts"
import type { ToolCallPart } from "../../domain/ContentPart.ts"
import type { Frame } from "../../domain/Frame.ts"
import { unknown as unknownUsage } from "../../domain/Usage.ts"
import * as WrittenNumbers from "../../domain/WrittenNumbers.ts"
import type { DecodeOptions, StreamDecoder } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import {
  array,
  setOf,
  isBlank,
  isObject,
  nonNegativeInt,
  object,
  ofOneKind,
  parse,
  text,
  type WireObject
} from "../wire/WireObject.ts"
import { nameless } from "../wire/response/OpenPart.ts"
import { type OpenPart, ResponseBuilder, spliced, unnamedEvents } from "../wire/response/ResponseBuilder.ts"
import * as Shape from "../wire/response/Shape.ts"
import { isUnusable, unusable } from "../wire/response/FinishReasons.ts"
import { isErrorBody } from "../wire/response/ErrorBody.ts"
import { blocked, decodeError } from "./Errors.ts"
import { decodeGrounding } from "./Grounding.ts"
import {
  callIdPrefix,
  camel,
  decodePart,
  own,
  PartialArgs,
  partKinds,
  protocolId,
  textKeys,
  thoughtKeys
} from "./Parts.ts"
import { decodeFinishReason, decodeLogprobs, decodeUsage, finishWord, laterUsage } from "./Usage.ts"

const data = Shape.object({
  mimeType: Shape.string,
  mime_type: Shape.string,
  data: Shape.string,
  fileUri: Shape.string,
  file_uri: Shape.string
})

const call = Shape.object({
  id: Shape.string,
  name: Shape.string,
  args: Shape.object(),
  partialArgs: Shape.array(
    Shape.object({
      jsonPath: Shape.string,
      stringValue: Shape.string,
      numberValue: Shape.number,
      boolValue: Shape.boolean
    })
  ),
  willContinue: Shape.boolean
})

const part = Shape.object({
  text: Shape.string,
  thought: Shape.boolean,
  thoughtSignature: Shape.string,
  functionCall: call,
  function_call: call,
  inlineData: data,
  inline_data: data,
  fileData: data,
  file_data: data,
  toolCall: Shape.object({ id: Shape.string, toolType: Shape.string, args: Shape.object() }),
  executableCode: Shape.object({ code: Shape.string, language: Shape.string }),
  codeExecutionResult: Shape.object({ outcome: Shape.string, output: Shape.string })
})

const chunk = Shape.object({
  candidates: Shape.array(
    Shape.object({
      index: Shape.number,
      content: Shape.object({ parts: Shape.array(part) }),
      finishReason: Shape.either(Shape.string, Shape.number)
    })
  )
})

const chunks = Shape.array(chunk)

/** A chunk, a whole response, or several in an array. */
export const chunkShape: Shape.Shape = (value) => (Array.isArray(value) ? chunks : chunk)(value)

/** A whole response has one of these, a chunk one of those below. */
const contentKeys = ["candidates", "promptFeedback", "usageMetadata"]
const chunkKeys = [...contentKeys, "modelVersion", "responseId", "createTime", "modelStatus"]
/** Other fields are kept as metadata of the response. */
const knownChunkKeys = setOf("candidates usageMetadata modelVersion responseId createTime")
const knownCandidateKeys = setOf("content finishReason index logprobsResult")
const groundingKeys = ["groundingMetadata", "urlContextMetadata", "citationMetadata"]

/** Finish reasons of responses without content, besides those of content that was blocked. */
const emptyReasons = setOf("OTHER NO_IMAGE IMAGE_OTHER LANGUAGE")

/** The first candidate. More are asked for by `candidateCount` only. */
const candidateOf = (chunk: WireObject): WireObject | undefined =>
  array(chunk.candidates)
    .filter(isObject)
    .find(({ index }) => (nonNegativeInt(index) ?? 0) === 0)

/** Reads a response: a whole one, which is a stream of one chunk, or the chunks of a stream. */
class ResponseReader {
  readonly response = new ResponseBuilder({
    protocol: protocolId,
    callIdPrefix,
    events: unnamedEvents,
    usage: (counters) => (counters === undefined ? unknownUsage : decodeUsage(counters, this.#searches()))
  })
  finishReason: string | undefined
  #hasContent = false
  #grounding: WireObject = {}
  /** Texts of one kind that follow each other are one, up to a thought signature. */
  #text: OpenPart | undefined
  #texts: Array<OpenPart> = []
  #call: { readonly open: OpenPart; readonly call: ToolCallPart; readonly args: PartialArgs } | undefined

  /** Reads one chunk, or several in an array. A chunk has one of the `keys`. */
  readAll(data: unknown, keys: ReadonlyArray<string>): ProviderFailure | undefined {
    const chunks: ReadonlyArray<unknown> = Array.isArray(data) ? data : [data]
    if (chunks.length === 0) this.response.malformed("there is no chunk in the array")
    for (const chunk of chunks) {
      const isOwn = isObject(chunk) && keys.some((key) => chunk[key] !== undefined && chunk[key] !== null)
      if (!isObject(chunk)) this.response.unreadable("the data is not a JSON object")
      else if (!isBlank(chunk.error) || (!isOwn && isErrorBody(chunk))) return decodeError(chunk)
      else if (!isOwn) {
        this.response.unreadable("there is no array `candidates`", chunk)
      } else {
        const failure = this.#read(chunk)
        if (failure !== undefined) return failure
      }
    }
    return undefined
  }

  #read(chunk: WireObject): ProviderFailure | undefined {
    const { response } = this
    const candidate = candidateOf(chunk)
    const id = text(chunk.responseId)
    if (!response.isEmpty && candidate !== undefined && id !== undefined && id !== (response.id ?? id)) {
      return spliced(chunk)
    }
    response.identify(id, text(chunk.modelVersion))
    response.keepUnknown(chunk, knownChunkKeys)
    if (candidate !== undefined) this.#readCandidate(candidate)
    response.count(chunk.usageMetadata, laterUsage)
    const { blockReason, blockReasonMessage } = object(chunk.promptFeedback) ?? {}
    const block = text(blockReason)
    if (block !== undefined && !block.endsWith("_UNSPECIFIED") && candidate === undefined && response.isEmpty) {
      return blocked("PROMPT_BLOCKED", block, text(blockReasonMessage), chunk)
    }
    const reason = finishWord(candidate?.finishReason)
    if (reason === undefined) return undefined
    const message = text(candidate?.finishMessage)
    if (!this.#hasContent && (isUnusable(reason) || emptyReasons.has(reason))) {
      return unusable(reason, message, chunk, "INTERNAL")
    }
    return response.isEmpty && decodeFinishReason(reason, false) === "content-filter"
      ? blocked("RESPONSE_BLOCKED", reason, message, chunk)
      : undefined
  }

  finish(): void {
    const { finishReason, response } = this
    if (response.isFinished) return
    const { citations, sources } = decodeGrounding(this.#grounding, this.#texts)
    for (const { citation, text } of citations) response.cite(text, citation)
    this.#closePart()
    for (const source of sources) response.source(source)
    response.finish({
      finishReason: decodeFinishReason(finishReason, response.hasCalls),
      rawFinishReason: finishReason
    })
  }

  #readCandidate(candidate: WireObject): void {
    this.response.keepUnknown(candidate, knownCandidateKeys)
    for (const part of array(object(candidate.content)?.parts)) if (isObject(part)) this.#readPart(part)
    this.finishReason = finishWord(candidate.finishReason) ?? this.finishReason
    if (candidate.logprobsResult !== undefined) this.response.logprobs(decodeLogprobs(candidate.logprobsResult))
    for (const key of groundingKeys) {
      const more = candidate[key]
      if (isObject(more)) this.#grounding = { ...this.#grounding, [key]: { ...object(this.#grounding[key]), ...more } }
    }
  }

  #readPart(received: WireObject): void {
    const part = ofOneKind(received, partKinds)
    this.#hasContent ||= part.thought !== true && part.text !== ""
    if (isObject(part.functionCall)) this.#readCall(part, camel(part.functionCall))
    else if (typeof part.text === "string") this.#readText(part, part.text)
    else {
      this.#closePart()
      this.response.add(decodePart(part, this.#callId))
    }
  }

  /**
   * A text is closed by its thought signature, which may come with an empty piece.
   * Source: https://ai.google.dev/gemini-api/docs/thought-signatures
   */
  #readText(part: WireObject, piece: string): void {
    const { response } = this
    const type = part.thought === true ? "reasoning" : "text"
    const signature = text(part.thoughtSignature)
    const options = own.rest(part, type === "reasoning" ? thoughtKeys : textKeys)
    const isLast = signature !== undefined || options.providerOptions !== undefined
    if (piece === "" && !isLast) return
    if (this.#call !== undefined || this.#text?.type !== type) this.#closePart()
    if (this.#text === undefined) {
      this.#text = response.open(type, type)
      if (type === "text") this.#texts.push(this.#text)
    }
    response.delta(this.#text, piece)
    if (!isLast) return
    response.close(this.#text, type === "reasoning" ? { signature, protocol: protocolId, ...options } : options)
    this.#text = undefined
  }

  /** A call is whole, or its arguments arrive in pieces after its name. */
  #readCall(part: WireObject, received: WireObject): void {
    const { name, partialArgs, willContinue } = received
    if (text(name) === undefined && this.#call === undefined && !isBlank(received)) this.response.malformed(nameless)
    if (typeof name === "string" && name !== "") {
      this.#closePart()
      const call = decodePart(part, this.#callId)
      if (call.type !== "tool-call") return
      if (willContinue !== true && partialArgs === undefined) return this.response.add(call)
      this.#call = { open: this.response.openCall("call", call), call, args: new PartialArgs(call.input) }
    }
    this.#call?.args.add(partialArgs)
    if (willContinue !== true) this.#closeCall()
  }

  #closePart(): void {
    this.#closeCall()
    if (this.#text === undefined) return
    this.response.close(this.#text, this.#text.type === "reasoning" ? { protocol: protocolId } : {})
    this.#text = undefined
  }

  #closeCall(): void {
    if (this.#call === undefined) return
    const { args, call, open } = this.#call
    this.#call = undefined
    this.response.delta(open, JSON.stringify(args.value))
    this.response.close(open, { part: { ...call, input: args.value } })
  }

  /** Google Maps has its queries in the same field, and is no search of the web. */
  #searches(): number {
    const { groundingChunks, webSearchQueries } = object(this.#grounding.groundingMetadata) ?? {}
    const chunks = array(groundingChunks)
    const isMaps = chunks.length > 0 && chunks.every((chunk) => isObject(object(chunk)?.maps))
    return isMaps ? 0 : array(webSearchQueries).filter((query) => text(query) !== undefined).length
  }

  readonly #callId = (serverId: unknown): string => this.response.callId(serverId)
}

/**
 * No frame says that it is the last: the response is whole where the bytes end after a finish reason, and what comes
 * between counts.
 * Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
 */
export class GenerateStreamDecoder implements StreamDecoder {
  readonly done = false
  readonly #reader = new ResponseReader()

  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    const { response } = this.#reader
    response.into(frame, events)
    if (frame.data === "" || frame.data === "[DONE]") return undefined
    const data = parse(frame.data)
    if (frame.data.includes("functionCall")) WrittenNumbers.rememberRounded(data, frame.data)
    const failure = this.#reader.readAll(data, chunkKeys)
    if (failure === undefined) response.check(chunkShape, data)
    return failure
  }

  end(events: Array<ChatEvent>): boolean {
    if (this.#reader.finishReason === undefined) return false
    this.#reader.response.into(undefined, events)
    this.#reader.finish()
    return true
  }
}

/** Reads a whole response. An array is a stream that was asked for without `alt=sse`. */
export const decodeResponse = (
  body: unknown,
  options: DecodeOptions
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  const reader = new ResponseReader()
  const failure = reader.readAll(body, contentKeys)
  if (failure !== undefined) return Result.fail(failure)
  reader.finish()
  return reader.response.fold(body, options, chunkShape)
}
