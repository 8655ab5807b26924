import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { Arrived, Exchange, Streaming } from "../domain/Capability.ts"
import { ChatResponse, StreamInterruptedError } from "../domain/ChatResponse.ts"
import { ResponseTooLargeError } from "../domain/CallErrors.ts"
import type { Limits } from "../domain/Limits.ts"
import { type ProviderError, withPartial } from "../domain/ProviderError.ts"
import { isSilent, rememberFrame, rememberHead } from "../domain/Wire.ts"
import { unknown as unknownUsage } from "../domain/Usage.ts"
import type { ProviderFailure, StreamDecoder } from "../protocols/Protocol.ts"
import { joinBytes, Pieces } from "../transport/Pieces.ts"
import * as ResponseHeaders from "../transport/ResponseHeaders.ts"
import { holds, redact, redactText } from "../transport/Secrets.ts"
import type { FrameReader, TextFrame } from "../transport/FrameReader.ts"
import type { ByteStream, Reading, Framing } from "./ByteStream.ts"
import { toError, type Head, overflow, placeOf, remembered, toFrameError, toParseError } from "./Call.ts"

import { decodeWhole, type OutgoingCall } from "./OutgoingCall.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"

/** Blanks, line ends and the byte order mark. */
const insignificantBytes = new Set([0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf])

/**
 * The reading of one stream: bytes in, events out. Also reads a server that responds to a streaming
 * request with a whole response.
 */
export class StreamReading<C extends Exchange, Quirks extends object> implements Reading<C["Event"]> {
  /** Whether and how the response has ended. */
  ended: "no" | "complete" | ProviderError = "no"
  readonly #call: OutgoingCall<C, Quirks>
  readonly #streaming: Streaming<C>
  readonly #decoder: StreamDecoder<C["Event"]>
  readonly #frames: FrameReader | undefined
  readonly #firstBytes: ReadonlySet<number> | undefined
  readonly #head: Head
  readonly #limits: Limits
  readonly #clock: Clock.Clock
  readonly #startedAtMillis: number
  readonly #arrived: Arrived<C> | undefined
  /** The id of the protocol, where frames are remembered. */
  readonly #remembers: string | undefined
  readonly #whole = new Pieces<Uint8Array>(joinBytes)
  #firstToken: Duration.Duration | undefined
  #failure: ProviderFailure | undefined
  #isStream: boolean | undefined
  #hasContent = false
  #unread: { readonly first: string; count: number } | undefined
  #size = 0

  constructor(
    call: OutgoingCall<C, Quirks>,
    streaming: Streaming<C>,
    decoder: StreamDecoder<C["Event"]>,
    framing: Framing | undefined,
    { head, limits }: Pick<ByteStream, "head" | "limits">,
    clock: Clock.Clock,
    startedAtMillis: number
  ) {
    this.#call = call
    this.#streaming = streaming
    this.#decoder = decoder
    this.#frames = framing?.makeReader(limits.frameBytes)
    this.#remembers = framing?.keepsText === true ? call.remembers : undefined
    this.#firstBytes = streaming.unfold === undefined ? undefined : framing?.firstBytes
    // Without a first byte that tells a stream from a whole response it is a stream.
    if (this.#firstBytes === undefined) this.#isStream = true
    this.#head = head
    this.#limits = limits
    this.#clock = clock
    this.#startedAtMillis = startedAtMillis
    this.#arrived = streaming.makePartial?.(limits.responseBytes)
  }

  /** The event for the head. */
  start(): C["Event"] {
    const { model, provider, requestId } = placeOf(this.#call, this.#head)
    const rateLimits = ResponseHeaders.rateLimits(this.#head.headers, this.#now())
    const ofHead = { type: "response-start", provider, model, requestId, rateLimits, warnings: this.#call.warnings }
    const start = this.#decoder.start === undefined ? ofHead : { ...this.#decoder.start, ...ofHead }
    this.#arrived?.add([start], 0)
    return this.#call.remembers === undefined ? start : rememberHead(start, this.#head)
  }

  /** The events of these bytes. */
  read(chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<C["Event"]> {
    const events: Array<C["Event"]> = []
    let bytes = 0
    for (const chunk of chunks) {
      bytes += chunk.length
      if (this.#isStream === undefined) this.#look(chunk)
      // What is blank so far may belong to a whole response.
      if (this.#isStream !== true) this.#gather(chunk)
      if (this.#isStream !== false) this.#decodeChunk(chunk, events)
      if (this.ended !== "no") break
    }
    const noted = this.#noted(events, bytes)
    this.#settle()
    return noted
  }

  /** The events at the end of the bytes. */
  close(): ReadonlyArray<C["Event"]> {
    const events: Array<C["Event"]> = []
    if (this.#isStream === false) {
      this.#decodeWhole(events)
    } else {
      if (this.#frames !== undefined) this.#decodeFrames(this.#frames.end(), events)
      const from = events.length
      if (this.ended === "no") this.#guard(() => void (this.ended = this.#decoder.end(events) ? "complete" : "no"))
      // What the end of the bytes says has no text.
      if (this.#remembers !== undefined && from < events.length)
        rememberFrame(events, from, { protocol: this.#remembers, text: "", data: "" })
    }
    const noted = this.#noted(events, 0)
    this.#settle()
    if (this.ended === "no") this.ended = this.interrupted()
    return noted
  }

  /** The error for a stream that broke off, with what had arrived. */
  interrupted(cause?: ProviderError, detail = cause?.detail): StreamInterruptedError {
    return new StreamInterruptedError({ ...placeOf(this.#call, this.#head), detail, partial: this.#partial(), cause })
  }

  #partial(): ChatResponse {
    const { model, provider, secrets } = this.#call
    const partial = this.#arrived?.partial() ?? ChatResponse.of({ ...noContent, provider, model })
    return holds(partial, secrets) ? partial.with(redact({ ...partial }, secrets) as object) : partial
  }

  /** An error after content holds what had arrived. */
  #settle(): void {
    if (typeof this.ended === "string") return
    if (this.#failure?.isInterrupted === true) this.ended = this.interrupted(undefined, this.ended.detail)
    else if (this.#firstToken !== undefined) withPartial(this.ended, this.#partial())
    this.#failure = undefined
  }

  #gather(chunk: Uint8Array): void {
    const { responseBytes: bytes } = this.#limits
    this.#size += chunk.length
    if (this.#size <= bytes) this.#whole.add(chunk)
    else this.ended = new ResponseTooLargeError({ ...placeOf(this.#call, this.#head), limit: "responseBytes", bytes })
  }

  #look(chunk: Uint8Array): void {
    const first = chunk.find((byte) => !insignificantBytes.has(byte))
    if (first !== undefined) this.#isStream = this.#firstBytes?.has(first) === true
  }

  #decodeChunk(chunk: Uint8Array, events: Array<C["Event"]>): void {
    if (this.#frames !== undefined) return this.#decodeFrames(this.#frames.read(chunk), events)
    this.#guard(() => this.#note(this.#decoder.decodeBytes?.(chunk, events)))
  }

  #decodeFrames(frames: ReturnType<FrameReader["read"]>, events: Array<C["Event"]>): void {
    if ("_tag" in frames) {
      this.ended = toFrameError(this.#call, this.#head, frames)
      return
    }
    this.#guard(() => this.#decode(frames, events))
  }

  /** Whatever a server sends ends as an error at most, not as a defect. */
  #guard(read: () => void): void {
    const done = Result.try({ try: read, catch: overflow })
    if (Result.isFailure(done)) {
      this.ended = toParseError(this.#call, this.#head, "", done.failure.detail ?? "", done.failure.cause)
    }
  }

  #decode(frames: ReadonlyArray<TextFrame>, events: Array<C["Event"]>): void {
    const protocol = this.#remembers
    for (const frame of frames) {
      const from = events.length
      if (frame.isSilent !== true) this.#note(this.#decoder.decode(frame, events))
      if (protocol !== undefined) {
        const text = frame.text ?? `${frame.data}\n`
        if (typeof this.ended === "string") rememberFrame(events, from, { protocol, text, data: frame.data })
        else remembered(this.#call, this.#head, text, this.ended, frame.data)
      }
      if (this.ended !== "no") return
    }
  }

  /** Records what a decoder returns besides events. */
  #note(failure: ProviderFailure | undefined): void {
    if (failure === undefined) {
      if (this.#decoder.done) this.ended = "complete"
      return
    }
    this.#failure = failure
    this.ended = toError(this.#call, this.#head, failure, this.#now())
  }

  #decodeWhole(events: Array<C["Event"]>): void {
    const bytes = joinBytes(this.#whole.take())
    const whole = decodeWhole(this.#call, this.#head, bytes, Duration.toMillis(this.#elapsed()), this.#now())
    if (Result.isFailure(whole)) {
      this.ended = whole.failure
    } else {
      this.ended = "complete"
      for (const event of this.#streaming.unfold?.(whole.success) ?? []) {
        if (event.type !== "response-start") events.push(event)
      }
    }
  }

  #noted(events: Array<C["Event"]>, bytes: number): ReadonlyArray<C["Event"]> {
    const last = events.at(-1)
    if (last === undefined) return events
    if (this.#firstToken === undefined && events.some(this.#streaming.isContent)) this.#firstToken = this.#elapsed()
    for (let index = 0; index < events.length; index++) {
      const event = events[index]
      if (event?.type === "malformed-frame") {
        const redacted = redact(event, this.#call.secrets) as C["Event"]
        events[index] = redacted
        this.#count(redacted.message ?? "")
      } else if (
        event?.type !== "finish" &&
        (this.#remembers === undefined || event === undefined || !isSilent(event))
      ) {
        this.#hasContent = true
      }
    }
    if (last.type === "finish") {
      const missing = this.#missing(last)
      if (missing !== undefined) {
        // What the end says of the usage still counts.
        events[events.length - 1] = { type: "usage", usage: last.usage }
        this.#arrived?.add(events, bytes)
        this.ended = this.interrupted(undefined, missing)
        return events
      }
      events[events.length - 1] = this.#stamped(last)
    }
    this.#arrived?.add(events, bytes)
    return events
  }

  #count(message: string): void {
    if (this.#unread === undefined) this.#unread = { first: message, count: 1 }
    else this.#unread.count++
  }

  /** Why a response that has its end may not be whole all the same. */
  #missing(finish: C["Event"]): string | undefined {
    if (this.#unread !== undefined) {
      const { count, first } = this.#unread
      const what = count === 1 ? "a message of the stream" : `${count} messages of the stream`
      return redactText(`${what} could not be read, so content may be missing: ${first}`, this.#call.secrets)
    }
    return this.#hasContent || this.#isStream === false || this.#streaming.mayBeEmpty?.(finish) === true
      ? undefined
      : "the stream ended without a response"
  }

  #stamped(finish: C["Event"]): C["Event"] {
    const total = this.#elapsed()
    const { model, provider } = this.#call
    const timings = { firstToken: this.#firstToken, total }
    return Object.assign({ ...finish }, { timings, attempts: [{ model: `${provider}/${model}`, duration: total }] })
  }

  #elapsed(): Duration.Duration {
    return Duration.millis(steadyMillis(this.#clock) - this.#startedAtMillis)
  }

  #now(): number {
    return this.#clock.currentTimeMillisUnsafe()
  }
}

const noContent = { content: [], finishReason: "other", usage: unknownUsage, warnings: [], attempts: [] } as const
