import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Json } from "../../domain/Json.ts"
import type { Warning } from "../../domain/Warning.ts"
import { unknown as unknownUsage, type Usage } from "../../domain/Usage.ts"
import type { ProviderFailure } from "../ProviderFailure.ts"
import { AnswerMetadata, withMetadata } from "../wire/AnswerMetadata.ts"
import { filled, isBlank } from "../wire/Blank.ts"
import { bodyKeys, choiceKeys, deltaKeys } from "./wire/KnownFields.ts"
import { isPlainDelta } from "./wire/ChunkShape.ts"
import { AudioReader } from "./client/AudioReader.ts"
import { decodeAnnotation, decodeSources } from "./wire/Citations.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { mergeUsage } from "../wire/CountedUsage.ts"
import { isUnusable, unusable } from "../wire/Unusable.ts"
import { spliced } from "../wire/Spliced.ts"
import * as FinishReasons from "./wire/FinishReasons.ts"
import { decodeLogprobs } from "./wire/Logprobs.ts"
import type { OpenAiChatQuirks } from "./Quirks.ts"
import { ReasoningReader } from "./client/ReasoningReader.ts"
import { TextReader } from "./Content.ts"
import { ToolCallReader } from "./ToolCalls.ts"
import { array, isObject, nonNegativeInt, object, protocolId, text, type WireObject } from "./wire/Wire.ts"
import { decodeUsage } from "./Usage.ts"

/**
 * Reads one answer, from the chunks of a stream or from the one body of a unary answer: both say the same in fields of
 * the same names (`delta`, `message`). Only the first choice is the answer, whatever its number (FastChat's is 1,
 * https://github.com/lm-sys/FastChat/pull/873), in pieces where choices have no number (Claude at GitHub Copilot,
 * https://github.com/HKUDS/nanobot/pull/1555).
 */
export class AnswerReader {
  readonly #quirks: OpenAiChatQuirks
  readonly #from: "delta" | "message"
  readonly #texts: TextReader
  readonly #reasoning = new ReasoningReader()
  readonly #calls: ToolCallReader
  #audio: AudioReader | undefined
  readonly #metadata = new AnswerMetadata(protocolId)
  /** How many fields the last chunk had whose other fields were read: most chunks have the same. */
  #bodySize = 0
  #choiceSize = 0
  #refusal = false
  #parts = 0

  /** The number of the choice that is read. */
  #choice: number | undefined
  #id: string | undefined
  /** Whether the id has come more than once. */
  #repeated = false
  /** The id of a chunk that seems to begin another response; that it comes again proves it. */
  #other: string | undefined
  #model: string | undefined
  #serviceTier: string | undefined
  #usage: WireObject | undefined
  #finishWord: string | undefined
  #stopSequence: string | undefined
  #sources: WireObject | undefined
  #extra: Json | undefined
  #decoded: Usage | undefined

  constructor(quirks: OpenAiChatQuirks, from: "delta" | "message") {
    this.#quirks = quirks
    this.#from = from
    this.#texts = new TextReader(quirks, this.#reasoning)
    this.#calls = new ToolCallReader(() => this.#id)
  }

  /** Whether the server has said why it stopped. */
  get finished(): boolean {
    return this.#finishWord !== undefined && this.#finishWord !== ""
  }

  /** Appends what the body says. Returns the failure where the server says that it failed, or `false` for a body of another kind. */
  read(body: WireObject, events: Array<ChatEvent>): ProviderFailure | false | undefined {
    if ((body.error && !isBlank(body.error)) || body.object === "error" || isFailed(body.base_resp))
      return decodeError(body)
    const { choices } = body
    const groq = object(body.x_groq)
    if (text(groq?.error) !== undefined) return decodeError(groq)
    if (!Array.isArray(choices) && !isObject(body.usage) && body.object !== "chat.completion.chunk") {
      return text(body.message) !== undefined && (body.code ?? body.type) !== undefined ? decodeError(body) : false
    }
    const isSame = body.id === this.#id
    if (isSame) this.#repeated ||= this.#id !== undefined
    else if (this.#isOther(body)) return spliced(body)
    if (!isSame || body.model !== this.#model) this.#identify(text(body.id), text(body.model), events)
    if (typeof body.service_tier === "string" && body.service_tier !== this.#serviceTier) {
      this.#serviceTier = body.service_tier
      this.#decoded = undefined
    }
    if (!isBlank(body.citations) || !isBlank(body.search_results)) this.#sources = body
    let usage = object(body.usage) ?? object(groq?.usage)
    for (const choice of array(choices)) {
      if (!isObject(choice)) return false
      if (typeof choice.index === "number" && choice.index !== (this.#choice ??= firstIndex(body))) continue
      const failure = this.#readChoice(choice, events)
      if (failure !== undefined) return failure
      usage ??= object(choice.usage)
    }
    const size = Object.keys(body).length
    if (size !== this.#bodySize || usage !== undefined || this.finished) {
      this.#bodySize = size
      this.#metadata.read(body, bodyKeys)
    }
    if (usage !== undefined) {
      this.#usage = mergeUsage(this.#usage, usage)
      this.#decoded = undefined
      events.push({ type: "usage", usage: this.#usageSoFar })
    }
    return undefined
  }

  /** Says what was held back, though the answer is not whole. */
  flush(events: Array<ChatEvent>): void {
    this.#texts.flush(events)
  }

  /** The answer is whole: ends what is open, and finishes. */
  finish(events: Array<ChatEvent>): void {
    this.#texts.flush(events)
    this.#reasoning.end(events)
    this.#texts.end(events)
    if (this.#refusal) events.push({ type: "refusal-end", id: "refusal" })
    if (this.#extra !== undefined) this.#part(events, { extra_content: this.#extra })
    const audio = this.#audio?.part
    if (audio !== undefined) events.push({ type: "part", part: audio })
    this.#calls.end(events)
    for (const source of this.#sources === undefined ? [] : decodeSources(this.#sources)) {
      events.push({ type: "source", source })
    }
    events.push({
      type: "finish",
      finishReason: FinishReasons.decode(this.#finishWord, {
        calls: this.#calls.size > 0,
        empty: this.#isEmpty && !this.#reasoning.any
      }),
      rawFinishReason: this.#finishWord,
      stopSequence: this.#stopSequence,
      usage: this.#usageSoFar,
      ...withMetadata(this.#metadata),
      ...withWarnings(this.#texts.warnings)
    })
  }

  /** Whether there is nothing but reasoning. */
  get #isEmpty(): boolean {
    const isSilent = !this.#texts.started && !this.#refusal && this.#audio?.part === undefined
    return isSilent && this.#parts === 0 && this.#calls.size === 0
  }

  get #usageSoFar(): Usage {
    if (this.#usage === undefined) {
      return this.#serviceTier === undefined || this.#serviceTier === ""
        ? unknownUsage
        : { ...unknownUsage, serviceTier: this.#serviceTier }
    }
    const { reasoningOutsideOutput } = this.#quirks
    return (this.#decoded ??= decodeUsage(this.#usage, { serviceTier: this.#serviceTier, reasoningOutsideOutput }))
  }

  /**
   * Whether a chunk with another id belongs to another response. Some servers give each chunk an id of its own (llama.cpp,
   * https://github.com/ggml-org/llama.cpp/issues/5876), so one of the two ids must have come twice; and one that only counts
   * begins nothing.
   */
  #isOther({ choices, id }: WireObject): boolean {
    if (text(id) === undefined) return false
    if (id === this.#other) return true
    const delta = object(object(array(choices)[0])?.delta)
    if (this.#repeated && !isBlank(delta)) return true
    if (text(delta?.role) !== undefined && !this.#isEmpty) this.#other = text(id)
    return false
  }

  #identify(id: string | undefined, model: string | undefined, events: Array<ChatEvent>): void {
    if ((id === undefined || this.#id !== undefined) && (model === undefined || this.#model !== undefined)) return
    this.#id ??= id
    this.#model ??= model
    events.push({ type: "response-metadata", id: this.#id, model: this.#model })
  }

  #readChoice(choice: WireObject, events: Array<ChatEvent>): ProviderFailure | false | undefined {
    if (filled(choice.error) !== undefined) return decodeError(choice)
    // Perplexity sends both in both cases: the message of a chunk is the whole answer so far.
    const delta = object(choice[this.#from]) ?? object(choice.delta) ?? object(choice.message) ?? completionOf(choice)
    if (delta !== undefined && !this.#readDelta(delta, events)) return false
    const size = Object.keys(choice).length
    if (size !== this.#choiceSize || typeof choice.finish_reason === "string") {
      this.#choiceSize = size
      this.#metadata.read(choice, choiceKeys)
    }
    if (isObject(choice.logprobs)) {
      const logprobs = decodeLogprobs(choice.logprobs)
      if (logprobs.length > 0) events.push({ type: "logprobs", logprobs })
    }
    const native = text(choice.native_finish_reason) ?? text(choice.finish_reason)
    if (isUnusable(native) && this.#isEmpty) return unusable(native, undefined, choice)
    const word = choice.finish_reason
    if (typeof word !== "string") return undefined
    if (word !== "" || this.#finishWord === undefined) this.#finishWord = word
    this.#stopSequence = text(choice.stop_reason) ?? text(choice.matched_stop) ?? this.#stopSequence
    return FinishReasons.failureWords.has(word)
      ? {
          _tag: "ProviderFailure",
          code: word,
          type: "server_error",
          message: `the server ended the answer with finish_reason ${JSON.stringify(word)}`,
          body: choice
        }
      : undefined
  }

  /** Whether the fields have the types that they must have. */
  #readDelta(delta: WireObject, events: Array<ChatEvent>): boolean {
    const { content } = delta
    if (isPlainDelta(delta)) {
      if (delta.content !== "") this.#texts.read(delta.content, events)
      return true
    }
    this.#reasoning.read(delta, events)
    if (typeof content === "string") {
      if (content !== "") this.#texts.read(content, events)
    } else if (Array.isArray(content)) this.#texts.readParts(content, events)
    // In JSON mode, Cloudflare sends the value itself.
    else if (isObject(content)) this.#texts.read(JSON.stringify(content), events)
    else if (content !== null && content !== undefined) return false
    const refusal = text(delta.refusal)
    if (refusal !== undefined) this.#readRefusal(refusal, events)
    if (Array.isArray(delta.tool_calls) && delta.tool_calls.length > 0) {
      if (!delta.tool_calls.every(isObject)) return false
      this.#answer(events)
      this.#calls.read(delta.tool_calls, events)
    } else if (isObject(delta.function_call)) this.#calls.readFunctionCall(delta.function_call, events)
    if (isObject(delta.audio)) (this.#audio ??= new AudioReader()).read(delta.audio)
    if (Array.isArray(delta.images)) this.#readImages(delta.images, events)
    if (Array.isArray(delta.annotations)) this.#readAnnotations(delta.annotations, events)
    if (!isBlank(delta.extra_content)) this.#extra = delta.extra_content as Json
    this.#metadata.read(delta, deltaKeys)
    // The searches that Groq made itself.
    for (const tool of array(delta.executed_tools)) {
      const found = object(object(tool)?.search_results)?.results
      if (Array.isArray(found) && found.length > 0) this.#sources = { search_results: found }
    }
    return true
  }

  #readRefusal(refusal: string, events: Array<ChatEvent>): void {
    this.#answer(events)
    if (!this.#refusal) events.push({ type: "refusal-start", id: "refusal" })
    this.#refusal = true
    events.push({ type: "refusal-delta", id: "refusal", delta: refusal })
  }

  #readImages(images: ReadonlyArray<unknown>, events: Array<ChatEvent>): void {
    for (const image of images) {
      const url = text(object(object(image)?.image_url)?.url)
      if (url === undefined) continue
      this.#answer(events)
      this.#parts++
      events.push({ type: "part", part: { type: "image", data: url } })
    }
  }

  #readAnnotations(annotations: ReadonlyArray<unknown>, events: Array<ChatEvent>): void {
    for (const annotation of annotations) {
      if (!isObject(annotation)) continue
      const citation = decodeAnnotation(annotation)
      if (citation === undefined) this.#part(events, { annotations: [annotation as Json] })
      else events.push({ type: "citation", id: this.#texts.start(events), citation })
    }
  }

  #part(events: Array<ChatEvent>, value: Json): void {
    events.push({ type: "part", part: { type: "provider", protocol: protocolId, value } })
  }

  /** The answer proper goes on: thinking is over. */
  #answer(events: Array<ChatEvent>): void {
    if (this.#reasoning.open) this.#reasoning.end(events)
  }
}

const withWarnings = (warnings: ReadonlyArray<Warning> | undefined) => (warnings === undefined ? {} : { warnings })

/** MiniMax says with a number, in an answer of status 200, that it failed. */
const isFailed = (status: unknown): boolean => isObject(status) && (nonNegativeInt(status.status_code) ?? 0) > 0

/** The lowest number of the choices of a body: those of a whole response may come in any order. */
const firstIndex = ({ choices }: WireObject): number => {
  const indexes = array(choices).map((choice) => nonNegativeInt(object(choice)?.index) ?? 0)
  return Math.min(...indexes)
}

/** Some servers answer as they answer completions, with text and no message. */
const completionOf = ({ text: content }: WireObject): WireObject | undefined =>
  typeof content === "string" ? { content } : undefined
