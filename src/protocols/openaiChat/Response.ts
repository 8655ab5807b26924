import * as Result from "effect/Result"
import type { ChatResponse, ResponseParseError } from "../../domain/ChatResponse.ts"
import { unknown as unknownUsage, type Usage } from "../../domain/Usage.ts"
import type { DecodeOptions } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError, isErrorBody, unreadable } from "../wire/response/ErrorBody.ts"
import { isUnusable, unusable } from "../wire/response/FinishReasons.ts"
import { decodeLogprobs } from "../wire/response/Logprobs.ts"
import type { OpenPart } from "../wire/response/OpenPart.ts"
import { ResponseBuilder, spliced, unnamedEvents } from "../wire/response/ResponseBuilder.ts"
import { filled, isBlank, array, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import { AudioReader, decodeAnnotation, decodeSources, TextReader } from "./Content.ts"
import { plainResponse } from "./PlainResponse.ts"
import { type OpenAiChatQuirks, withDefaults } from "./Quirks.ts"
import { ReasoningReader } from "./Reasoning.ts"
import { decodeFinishReason, failureWords, known, responseShape } from "./ResponseFields.ts"
import { ToolCallReader } from "./ToolCalls.ts"
import { decodeUsage } from "./Usage.ts"

/**
 * Reads one response, from the chunks of a stream or from one body: both have fields of the same names. Only the first
 * choice is the response, whatever its number (FastChat's is 1, https://github.com/lm-sys/FastChat/pull/873), in pieces
 * where choices have no number (Claude at GitHub Copilot, https://github.com/HKUDS/nanobot/pull/1555).
 */
export class ResponseReader {
  readonly response: ResponseBuilder
  readonly #messageField: "delta" | "message"
  readonly #text: TextReader
  readonly #reasoning: ReasoningReader
  readonly #calls: ToolCallReader
  #audio: AudioReader | undefined
  #refusal: OpenPart | undefined
  /** How many fields the last body and choice had whose unknown fields were read: most chunks have the same. */
  #bodySize = 0
  #choiceSize = 0
  /** The number of the choice that is read. */
  #choice: number | undefined
  /** The indexes of the other choices. */
  #otherChoices: Set<number> | undefined
  /** Whether the id of the response has come more than once. */
  #isIdRepeated = false
  /** The id of a chunk that seems to begin another response; that it comes again proves it. */
  #otherId: string | undefined
  #serviceTier: string | undefined
  #finishWord: string | undefined
  /** Whether the finish reason came with a call: Z.ai gives one with each call of a response. */
  #endsWithCall = false
  #hasUsage = false
  #stopSequence: string | undefined
  #sources: WireObject | undefined
  #extraContent: unknown
  readonly #reasoningOutsideOutput: boolean
  #decodedUsage: Usage | undefined

  constructor(protocol: string, quirks: Partial<OpenAiChatQuirks> | undefined, messageField: "delta" | "message") {
    const allQuirks = withDefaults(quirks)
    this.#reasoningOutsideOutput = allQuirks.reasoningOutsideOutput
    this.response = new ResponseBuilder({
      protocol,
      callIdPrefix: "call_",
      usage: (counters) => this.#usage(counters),
      events: unnamedEvents
    })
    this.#messageField = messageField
    this.#reasoning = new ReasoningReader(this.response)
    this.#text = new TextReader(this.response, this.#reasoning, allQuirks)
    this.#calls = new ToolCallReader(this.response, protocol)
  }

  /** Whether the server has said why it stopped. */
  get hasEnded(): boolean {
    return this.#finishWord !== undefined && this.#finishWord !== ""
  }

  /** Whether nothing can be missing, though no `[DONE]` has come. */
  get isWhole(): boolean {
    return this.hasEnded && (this.#hasUsage || !this.#endsWithCall)
  }

  /** Returns the failure where the body has one, or `false` for a body of another kind. */
  read(body: WireObject): ProviderFailure | false | undefined {
    if ((body.error && !isBlank(body.error)) || body.object === "error" || isFailed(body.base_resp))
      return decodeError(body)
    const { choices } = body
    const groq = object(body.x_groq)
    if (text(groq?.error) !== undefined) return decodeError(groq)
    if (!Array.isArray(choices) && !isObject(body.usage) && body.object !== "chat.completion.chunk") {
      if (isErrorBody(body)) return decodeError(body)
      if (choices !== null) return false
    }
    if (!this.#identify(body)) return spliced(body)
    if (typeof body.service_tier === "string" && body.service_tier !== this.#serviceTier) {
      this.#serviceTier = text(body.service_tier)
      this.#decodedUsage = undefined
    }
    if (!isBlank(body.citations) || !isBlank(body.search_results)) this.#sources = body
    let usage = object(body.usage) ?? object(groq?.usage)
    for (const choice of array(choices)) {
      if (!isObject(choice)) return false
      const index = nonNegativeInt(choice.index)
      if (index !== undefined && index !== (this.#choice ??= firstIndex(body))) {
        ;(this.#otherChoices ??= new Set()).add(index)
        continue
      }
      const failure = this.#readChoice(choice)
      if (failure !== undefined) return failure
      usage ??= object(choice.usage)
    }
    const size = Object.keys(body).length
    if (size !== this.#bodySize || usage !== undefined || this.hasEnded) {
      this.#bodySize = size
      this.response.keepUnknown(body, known.body)
    }
    if (usage !== undefined) {
      this.#hasUsage = true
      this.#decodedUsage = undefined
    }
    this.response.count(usage)
    return undefined
  }

  /** Reads a body that differs from an earlier one only in this text. */
  readText(piece: string): void {
    this.#bodySize = this.#choiceSize = 0
    if (piece !== "") this.#text.read(piece)
  }

  /** Writes what was held back, though the response is not whole. */
  flush(): void {
    this.#text.flush()
  }

  finish(): void {
    const { response } = this
    const word = this.#finishWord
    this.#text.flush()
    this.#reasoning.end()
    this.#text.end()
    if (this.#refusal !== undefined) response.close(this.#refusal)
    if (this.#extraContent !== undefined) response.addProvider({ extra_content: this.#extraContent })
    const audio = this.#audio?.part
    if (audio !== undefined) response.add(audio)
    this.#calls.end()
    if (this.#sources !== undefined) for (const source of decodeSources(this.#sources)) response.source(source)
    response.warn(this.#text.filter?.warnings)
    if (this.#otherChoices !== undefined) {
      const message = `the server sent ${this.#otherChoices.size + 1} choices; the first one is the response`
      response.warn([{ type: "other", message }])
    }
    // Without a finish reason, the model has stopped.
    const reason = word?.toLowerCase() || (word === undefined && response.isEmpty ? undefined : "stop")
    response.finish({
      finishReason: decodeFinishReason(reason, response.hasCalls),
      rawFinishReason: word,
      stopSequence: this.#stopSequence
    })
  }

  #usage(counters: WireObject | undefined): Usage {
    const serviceTier = this.#serviceTier
    if (counters === undefined) return serviceTier === undefined ? unknownUsage : { ...unknownUsage, serviceTier }
    const reasoningOutsideOutput = this.#reasoningOutsideOutput
    return (this.#decodedUsage ??= decodeUsage(counters, { serviceTier, reasoningOutsideOutput }))
  }

  /** Whether there is nothing but reasoning. */
  get #isEmpty(): boolean {
    return !this.response.hasContent && this.#calls.isEmpty && this.#audio?.part === undefined
  }

  /** Takes the id and the model; false where the body belongs to another response. */
  #identify(body: WireObject): boolean {
    const { response } = this
    if (body.id === response.id) this.#isIdRepeated ||= response.id !== undefined
    else if (this.#isOther(body)) return false
    if (response.id === undefined || response.model === undefined) {
      response.identify(response.id ?? text(body.id), response.model ?? text(body.model))
    }
    return true
  }

  /**
   * Whether a chunk with another id belongs to another response. Some servers give each chunk an id of its own (llama.cpp,
   * https://github.com/ggml-org/llama.cpp/issues/5876), so one of the two ids must have come twice; and one that only counts
   * begins nothing.
   */
  #isOther({ choices, id }: WireObject): boolean {
    if (text(id) === undefined) return false
    if (id === this.#otherId) return true
    const delta = object(object(array(choices)[0])?.delta)
    if (this.#isIdRepeated && !isBlank(delta)) return true
    if (text(delta?.role) !== undefined && !this.#isEmpty) this.#otherId = text(id)
    return false
  }

  #readChoice(choice: WireObject): ProviderFailure | false | undefined {
    if (filled(choice.error) !== undefined) return decodeError(choice)
    // Perplexity sends both in both cases: the message of a chunk is the whole response so far.
    const message =
      object(choice[this.#messageField]) ?? object(choice.delta) ?? object(choice.message) ?? completionOf(choice)
    if (message !== undefined && !this.#readMessage(message)) return false
    const size = Object.keys(choice).length
    if (size !== this.#choiceSize || typeof choice.finish_reason === "string") {
      this.#choiceSize = size
      this.response.keepUnknown(choice, known.choice)
    }
    if (isObject(choice.logprobs)) {
      const { content, refusal } = choice.logprobs
      this.response.logprobs(decodeLogprobs([...array(content), ...array(refusal)]))
    }
    const native = text(choice.native_finish_reason) ?? text(choice.finish_reason)
    if (isUnusable(native) && this.#isEmpty) return unusable(native, undefined, choice)
    const word = choice.finish_reason
    if (typeof word !== "string") return undefined
    if (word !== "" || this.#finishWord === undefined) this.#finishWord = word
    this.#endsWithCall = array(message?.tool_calls).length > 0
    this.#stopSequence = text(choice.stop_reason) ?? text(choice.matched_stop) ?? this.#stopSequence
    if (!failureWords.has(word)) return undefined
    const detail = `the server ended the response with finish_reason ${JSON.stringify(word)}`
    return { _tag: "ProviderFailure", code: word, type: "server_error", message: detail, body: choice }
  }

  /** Ends the reasoning and emits held-back text, before a part of another kind. */
  #endBefore(): void {
    this.#text.flush()
    this.#reasoning.end()
  }

  /** Whether the fields have the types that they must have. */
  #readMessage(message: WireObject): boolean {
    const { response } = this
    this.#reasoning.read(message)
    const { content } = message
    if (typeof content === "string") {
      if (content !== "") this.#text.read(content)
    } else if (Array.isArray(content)) this.#text.readParts(content)
    // In JSON mode, Cloudflare sends the value itself.
    else if (isObject(content)) this.#text.read(JSON.stringify(content))
    else if (content !== null && content !== undefined) return false
    const refusal = text(message.refusal)
    if (refusal !== undefined) {
      this.#reasoning.end()
      response.delta((this.#refusal ??= response.open("refusal", "refusal")), refusal)
    }
    if (Array.isArray(message.tool_calls) && message.tool_calls.length > 0) {
      if (!message.tool_calls.every(isObject)) return false
      this.#endBefore()
      this.#calls.read(message.tool_calls)
    } else if (isObject(message.function_call)) {
      if (!isBlank(message.function_call)) this.#endBefore()
      this.#calls.readFunctionCall(message.function_call)
    }
    if (isObject(message.audio)) (this.#audio ??= new AudioReader()).read(message.audio)
    for (const image of array(message.images)) {
      const url = text(object(object(image)?.image_url)?.url)
      if (url === undefined) continue
      this.#endBefore()
      response.add({ type: "image", data: url })
    }
    for (const annotation of array(message.annotations)) {
      if (!isObject(annotation)) continue
      const citation = decodeAnnotation(annotation)
      if (citation === undefined) response.addProvider({ annotations: [annotation] })
      else response.cite(this.#text.open(), citation)
    }
    if (!isBlank(message.extra_content)) this.#extraContent = message.extra_content
    response.keepUnknown(message, known.message)
    // The searches that Groq made itself.
    for (const tool of array(message.executed_tools)) {
      const results = object(object(tool)?.search_results)?.results
      if (Array.isArray(results) && results.length > 0) this.#sources = { search_results: results }
    }
    return true
  }
}

/** MiniMax reports a failure with a number, in a response of status 200. */
const isFailed = (status: unknown): boolean => isObject(status) && (nonNegativeInt(status.status_code) ?? 0) > 0

/** The lowest number of the choices of a body: those of a whole response may come in any order. */
const firstIndex = ({ choices }: WireObject): number =>
  Math.min(...array(choices).map((choice) => nonNegativeInt(object(choice)?.index) ?? 0))

/** Some servers respond as to legacy completions, with text and no message. */
const completionOf = ({ text: content }: WireObject): WireObject | undefined =>
  typeof content === "string" ? { content } : undefined

/** The decoder of whole responses for a protocol with this id. */
export const responseDecoder =
  (protocol: string) =>
  (
    body: unknown,
    options: DecodeOptions<OpenAiChatQuirks>
  ): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
    const plain = isObject(body) ? plainResponse(body, protocol, options) : undefined
    if (plain !== undefined) return Result.succeed(plain)
    const reader = new ResponseReader(protocol, options.quirks, "message")
    const choices = isObject(body) ? array(body.choices) : []
    const failure = isObject(body) ? reader.read(body) : false
    if (failure === false || (failure === undefined && choices.length === 0)) {
      return unreadable("the body is not a chat completion with a choice", body, options)
    }
    if (failure !== undefined) return Result.fail(failure)
    reader.finish()
    return reader.response.fold(body, options, responseShape)
  }
