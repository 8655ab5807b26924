import * as Result from "effect/Result"
import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import { ChatFold } from "../../../domain/ChatFold.ts"
import { ChatResponse, type ChatResponseFields, ResponseParseError } from "../../../domain/ChatResponse.ts"
import type { Citation } from "../../../domain/ContentPart.ts"
import type { FinishReason } from "../../../domain/FinishReason.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Logprob } from "../../../domain/Logprob.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import type { Usage } from "../../../domain/Usage.ts"
import type { Warning } from "../../../domain/Warning.ts"
import type { DecodeOptions } from "../../ChatProtocol.ts"
import type { ProviderFailure } from "../../Protocol.ts"
import { mergeUsage } from "./Usage.ts"
import { CallIds, callOf, type CallStart, deltas, endOf, nameless, type OpenPart, type PartEnd } from "./OpenPart.ts"
import { mismatch, type Shape } from "./Shape.ts"
import { isBlank, isObject, parse, type WireObject } from "../WireObject.ts"

export type { CallStart, OpenPart, PartEnd }

/** What a builder needs to know about its protocol. */
export interface ResponseCodec {
  /** The protocol's id: provider parts and metadata belong to it. */
  readonly protocol: string
  /** The prefix of generated ids, for calls without one. */
  readonly callIdPrefix: string
  /** Reads the counters gathered so far; there are none where the server sent no usage. */
  readonly usage: (counters: WireObject | undefined) => Usage
  /** The names of the protocol's own events: data of others may be of any kind. By default all are its own. */
  readonly events?: RegExp
}

/** The events of protocols that name none but errors, by the names that servers give them. */
export const unnamedEvents = /^(?:$|error|message|data|chunk|delta|completion|chat\.completion)/

/** Why a response ended. */
export interface Ending {
  readonly finishReason: FinishReason
  readonly rawFinishReason: string | undefined
  readonly stopSequence?: string | undefined
}

/**
 * Builds one response as the events of `ChatEvent`. Stream decoders and unary decoders call the same methods, so that
 * folding a stream gives the unary response:
 *
 * ```ts
 * class Reader {
 *   readonly response = new ResponseBuilder({ protocol: "acme-chat", callIdPrefix: "call_", usage: usage.decode })
 *
 *   // The same fields in a chunk and in a whole response.
 *   read(message: WireObject) {
 *     const part = this.response.at("text") ?? this.response.open("text", "text")
 *     this.response.delta(part, message.content)
 *     this.response.count(message.usage)
 *   }
 *   finish(word: string | undefined) {
 *     const finishReason = finishReasons.decode(word, this.response.hasCalls)
 *     this.response.finish({ finishReason, rawFinishReason: word })
 *   }
 * }
 *
 * // A stream: `frame` parses, and names the array that events go into.
 * decode(frame: Frame, events: Array<ChatEvent>) {
 *   const data = response.frame(frame, events)
 *   if (data === undefined) return undefined
 *   reader.read(data)
 *   response.check(chunkShape, data)
 * }
 *
 * // A whole response: the same reader, and `fold`.
 * reader.read(body)
 * reader.finish(body.finish_reason)
 * return response.fold(body, options, responseShape)
 * ```
 */
export class ResponseBuilder {
  readonly #codec: ResponseCodec
  #callIds: CallIds | undefined
  readonly #parts = new Map<unknown, OpenPart>()
  #events: Array<ChatEvent> = []
  #frame: Frame | undefined
  #malformed: string | undefined
  /** The last frame that could not be decoded. */
  malformedFrame: Frame | undefined
  #counters: WireObject | undefined
  #metadata: Record<string, Json> | undefined
  #warnings: ReadonlyArray<Warning> | undefined
  #partCount = 0
  /** The latest id and model. */
  id: string | undefined
  model: string | undefined
  /** Whether `finish` has been emitted. */
  isFinished = false
  hasReasoning = false
  /** Whether there is more than reasoning. */
  hasContent = false
  /** Whether there are calls for the caller to run. */
  hasCalls = false

  constructor(codec: ResponseCodec) {
    this.#codec = codec
  }

  /** Whether no content has come, of any kind. */
  get isEmpty(): boolean {
    return !this.hasContent && !this.hasReasoning
  }

  /**
   * The object in a frame; events go into `events` from here on. None for `[DONE]`, for an `error` in plain text, and for
   * data that is no object, which is noted.
   */
  frame(frame: Frame, events: Array<ChatEvent>): WireObject | undefined {
    this.into(frame, events)
    const { data } = frame
    if (data.length < 16 && /^\s*(?:(?:null|\[DONE\])\s*)?$/.test(data)) return undefined
    const value = parse(data)
    if (isObject(value)) return value
    if (frame.event !== "error") this.unreadable("the data is not a JSON object")
    return undefined
  }

  /**
   * Notes data that nothing is read from, unless it belongs to an event that the protocol does not have: servers and
   * proxies send pings and notes of their own between those with content.
   */
  unreadable(message: string, data?: WireObject): void {
    const name = this.#frame === undefined ? undefined : (this.#frame.event ?? data?.type)
    if (typeof name !== "string" || this.#codec.events?.test(name) !== false) this.malformed(message)
  }

  /** Events go into `events` from here on; `frame` is where they come from. */
  into(frame: Frame | undefined, events: Array<ChatEvent>): void {
    this.#frame = frame
    this.#events = events
  }

  /** Notes that something cannot be decoded: the frame of a stream goes on, a whole response fails. */
  malformed(message: string): void {
    const frame = (this.malformedFrame = this.#frame)
    if (frame === undefined) this.#malformed ??= message
    else this.#events.push({ type: "malformed-frame", frame, message })
  }

  /** Notes where the value of the frame is not of its shape, unless that has been noted. */
  check(shape: Shape, value: unknown): void {
    const frame = this.#frame
    const at = frame === undefined || frame === this.malformedFrame ? undefined : shape(value)
    if (frame === undefined || at === undefined) return
    // `finish` stays the last event.
    const end = this.#events.length - (this.isFinished ? 1 : 0)
    this.#events.splice(end, 0, { type: "malformed-frame", frame, message: mismatch(at, "the frame") })
  }

  /** Emits the id and the model, where they are new. */
  identify(id: string | undefined, model?: string): void {
    const newId = id ?? this.id
    const newModel = model ?? this.model
    if (newId === this.id && newModel === this.model) return
    this.id = newId
    this.model = newModel
    this.#events.push({ type: "response-metadata", id: newId, model: newModel })
  }

  /** The part with this key that has not ended. */
  at(key: unknown): OpenPart | undefined {
    const part = this.#parts.get(key)
    return part?.isOpen === true ? part : undefined
  }

  /** The last part with this key, which may have ended. */
  find(key: unknown): OpenPart | undefined {
    return this.#parts.get(key)
  }

  /** The parts that have not ended, in the order in which they began. */
  get openParts(): ReadonlyArray<OpenPart> {
    return [...this.#parts.values()].filter(({ isOpen }) => isOpen)
  }

  /** Begins text, reasoning, a refusal, or a part of the protocol's own, which is emitted when it ends. */
  open(
    key: unknown,
    type: Exclude<OpenPart["type"], "tool-call">,
    wire: WireObject = {},
    id = String(this.#partCount)
  ): OpenPart {
    const part = this.#begin(type, id, undefined, wire)
    this.#register(key, part)
    return part
  }

  /** Begins a call, with the id that `callId` gives. */
  openCall(key: unknown, call: CallStart, wire: WireObject = {}): OpenPart {
    const part = this.#begin("tool-call", call.id, call, wire)
    this.#register(key, part)
    return part
  }

  /** The id of the next call: the server's own, or a new one that is made of `scope`, the id of the response. */
  callId(serverId: unknown, scope = this.id): string {
    return (this.#callIds ??= new CallIds(this.#codec.callIdPrefix)).of(serverId, scope)
  }

  /** More text, reasoning or input of a call. */
  delta(part: OpenPart, piece: string): void {
    if (piece === "" || part.delta === undefined) return
    if (part.keepsText) part.text += piece
    this.#events.push({ type: part.delta, id: part.id, delta: piece })
  }

  cite(part: OpenPart, citation: Citation): void {
    this.#events.push({ type: "citation", id: part.id, citation })
  }

  /** Ends a part. A call's input is what was written of it, or the whole input that it began with. */
  close(part: OpenPart, end: PartEnd = {}): void {
    if (!part.isOpen) return
    part.isOpen = false
    const { id } = part
    switch (part.type) {
      case "text":
        this.#events.push({ type: "text-end", id, ...end })
        return
      case "reasoning":
        this.#events.push({ type: "reasoning-end", id, ...end })
        return
      case "refusal":
        this.#events.push({ type: "refusal-end", id, ...end })
        return
      case "tool-call": {
        const call = end.part?.type === "tool-call" ? end.part : callOf(part, end)
        if (call.name === "") this.malformed(nameless)
        this.#events.push({ type: "tool-call", id, call })
        return
      }
      default:
        if (end.part === undefined) this.addProvider(part.wire)
        else this.add(end.part)
    }
  }

  /** A part that comes whole. */
  add(part: AssistantPart): void {
    switch (part.type) {
      case "text":
      case "refusal":
      case "reasoning": {
        const open = this.#begin(part.type, String(this.#partCount), undefined, {})
        this.delta(open, part.text)
        if (part.type === "text") for (const citation of part.citations ?? []) this.cite(open, citation)
        this.close(open, endOf(part))
        return
      }
      case "tool-call": {
        const open = this.#begin("tool-call", part.id, part, {})
        this.delta(open, part.rawInput ?? JSON.stringify(part.input) ?? "")
        this.close(open, { part })
        return
      }
      default:
        this.hasContent = true
        this.#partCount++
        this.#events.push({ type: "part", part })
    }
  }

  /** A part that only this protocol knows. */
  addProvider(value: unknown): void {
    this.add({ type: "provider", protocol: this.#codec.protocol, value: value as Json })
  }

  /** A source of the response as a whole. */
  source(source: Citation): void {
    this.#events.push({ type: "source", source })
  }

  logprobs(logprobs: ReadonlyArray<Logprob>): void {
    if (logprobs.length > 0) this.#events.push({ type: "logprobs", logprobs })
  }

  /** A usage object; no counter falls below those of earlier ones in the stream. */
  count(usage: unknown, merge = mergeUsage): void {
    if (!isObject(usage)) return
    this.#counters = merge(this.#counters, usage)
    if (this.#frame !== undefined) this.#events.push({ type: "usage", usage: this.usage })
  }

  get usage(): Usage {
    return this.#codec.usage(this.#counters)
  }

  /**
   * Keeps the fields of an object of the wire that are not `known`, as metadata of the response. Of a field that comes
   * again the last value counts, and objects are merged.
   */
  keepUnknown(wire: WireObject, known: ReadonlySet<string>): void {
    for (const key in wire) {
      const value = wire[key]
      const earlier = this.#metadata?.[key]
      if (known.has(key) || value === earlier || isBlank(value)) continue
      this.#metadata ??= {}
      this.#metadata[key] = (isObject(earlier) && isObject(value) ? { ...earlier, ...value } : value) as Json
    }
  }

  warn(warnings: ReadonlyArray<Warning> | undefined): void {
    if (warnings !== undefined) this.#warnings = [...(this.#warnings ?? []), ...warnings]
  }

  /** The response is whole: ends the open parts and emits `finish`, once. */
  finish(ending: Ending): void {
    if (this.isFinished) return
    this.isFinished = true
    for (const part of this.#parts.values()) this.close(part)
    if (ending.finishReason === "tool-calls" && !this.hasCalls) {
      this.warn([{ type: "other", message: "the response ends with tool calls, but holds none that can be read" }])
    }
    const metadata = this.#metadata
    const warnings = this.#warnings
    const event: ChatEventOf<"finish"> = { type: "finish", ...ending, usage: this.usage }
    this.#events.push(
      metadata === undefined && warnings === undefined
        ? event
        : {
            ...event,
            ...(metadata && { providerMetadata: { [this.#codec.protocol]: metadata } }),
            ...(warnings && { warnings })
          }
    )
  }

  /** The parts of a message that has been read whole. */
  get content(): ReadonlyArray<AssistantPart> {
    return ChatResponse.of(this.#fields).content
  }

  /** The response of a unary decoder, which has read all of `body`. */
  fold(
    body: unknown,
    { model, provider }: DecodeOptions,
    shape: Shape
  ): Result.Result<ChatResponse, ResponseParseError> {
    const at = this.#malformed === undefined ? shape(body) : undefined
    const detail = at === undefined ? this.#malformed : mismatch(at, "the body")
    return detail === undefined
      ? Result.succeed(ChatResponse.of(this.#fields, { provider, raw: body as Json }))
      : Result.fail(new ResponseParseError({ provider, model, body, detail }))
  }

  get #fields(): ChatResponseFields {
    const fold = new ChatFold()
    for (const event of this.#events) fold.add(event)
    return fold.fields()
  }

  #begin(type: OpenPart["type"], id: string, call: CallStart | undefined, wire: WireObject): OpenPart {
    this.#partCount++
    if (type === "reasoning") this.hasReasoning = true
    else this.hasContent = true
    if (call !== undefined) {
      this.hasCalls ||= call.providerExecuted !== true
      const { name, providerExecuted, providerOptions } = call
      this.#events.push({ type: "tool-input-start", id, name, providerExecuted, providerOptions })
    } else if (type === "text" || type === "reasoning" || type === "refusal") {
      this.#events.push({ type: `${type}-start`, id })
    }
    return { type, id, delta: deltas[type], text: "", keepsText: true, isOpen: true, call, wire }
  }

  #register(key: unknown, part: OpenPart): void {
    this.#parts.delete(key)
    this.#parts.set(key, part)
  }
}

/**
 * The failure of a stream in which a second response begins before the first one has ended, as a proxy sends it that asks
 * again in the middle: the two are not one response.
 */
export const spliced = (body: unknown): ProviderFailure => ({
  _tag: "ProviderFailure",
  isInterrupted: true,
  message: "another response began in the middle of this one",
  body
})
