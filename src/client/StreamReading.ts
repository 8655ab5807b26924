import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import { type ChatEvent, type ChatEventOf, isContent } from "../domain/ChatEvent.ts"
import { ResponseTooLargeError } from "../domain/errors/ResponseTooLargeError.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import { withPartial, type ProviderError } from "../domain/ProviderError.ts"
import { StreamInterruptedError } from "../domain/errors/StreamInterruptedError.ts"
import type { Frame } from "../domain/Frame.ts"
import type { Limits } from "../domain/Limits.ts"
import type { ProviderFailure } from "../protocols/ProviderFailure.ts"
import { joinBytes, Pieces } from "../transport/Pieces.ts"
import * as ResponseHeaders from "../transport/ResponseHeaders.ts"
import { holds, redact, redactText } from "../transport/Secrets.ts"
import type { FrameReader } from "../transport/FrameReader.ts"
import { ArrivedEvents } from "../domain/ArrivedEvents.ts"
import type { Reading } from "./ByteStream.ts"
import { failed, type Head, overflow, placeOf, unframed, unparsed } from "./Call.ts"
import { type ChatCall, decodeWhole } from "./ChatCall.ts"
import { textOf } from "./Sending.ts"

/** Blanks, line ends and the byte order mark. */
const ofNoAccount = new Set([0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf])

/**
 * The reading of one stream: bytes in, events out. A server that answers in one piece though a stream was asked for is
 * read too.
 */
export class StreamReading<Quirks extends object> implements Reading<ChatEvent> {
  /** Whether the answer is at its end, and how it ended. */
  ended: "no" | "complete" | ProviderError = "no"
  private readonly call: ChatCall<Quirks>
  private readonly head: Head
  private readonly limits: Limits
  private readonly clock: Clock.Clock
  private readonly startedAtMillis: number
  private readonly frames
  private readonly decoder
  private readonly arrived: ArrivedEvents
  private firstToken: Duration.Duration | undefined
  private failure: ProviderFailure | undefined
  private streams: boolean | undefined
  private hasContent = false
  private unread: { readonly first: string; count: number } | undefined
  private readonly whole = new Pieces<Uint8Array>(joinBytes)
  private size = 0

  constructor(call: ChatCall<Quirks>, head: Head, limits: Limits, clock: Clock.Clock, startedAtMillis: number) {
    this.call = call
    this.head = head
    this.clock = clock
    this.startedAtMillis = startedAtMillis
    this.limits = limits
    this.arrived = new ArrivedEvents(limits.responseBytes)
    this.frames = call.endpoint.framing.makeReader(limits.frameBytes)
    this.decoder = call.endpoint.protocol.makeDecoder(call.decoding)
  }

  /** What the head of the answer says. */
  start(): ChatEventOf<"response-start"> {
    const start: ChatEvent = {
      ...placeOf(this.call, this.head),
      type: "response-start",
      rateLimits: ResponseHeaders.rateLimits(this.head.headers, this.clock.currentTimeMillisUnsafe()),
      warnings: this.call.warnings
    }
    this.arrived.add([start], 0)
    return start
  }

  /** What these bytes say. */
  read(chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<ChatEvent> {
    const events: Array<ChatEvent> = []
    let bytes = 0
    for (const chunk of chunks) {
      bytes += chunk.length
      if (this.streams === undefined) this.look(chunk)
      // What is blank so far may belong to a whole response.
      if (this.streams !== true) this.gather(chunk)
      if (this.streams !== false) this.decode(this.frames.read(chunk), events)
      if (this.ended !== "no") break
    }
    const noted = this.noted(events, bytes)
    this.settle()
    return noted
  }

  /** What the end of the bytes says. */
  close(): ReadonlyArray<ChatEvent> {
    const events: Array<ChatEvent> = []
    if (this.streams === false) {
      this.decodeWhole(events)
    } else {
      this.decode(this.frames.end(), events)
      if (this.ended === "no") this.guard(() => void (this.ended = this.decoder.end(events) ? "complete" : "no"))
    }
    const noted = this.noted(events, 0)
    this.settle()
    if (this.ended === "no") this.ended = this.interrupted()
    return noted
  }

  /** The error of a stream that broke off, with what had arrived. */
  interrupted(cause?: ProviderError, detail = cause?.detail): StreamInterruptedError {
    return new StreamInterruptedError({ ...placeOf(this.call, this.head), detail, partial: this.partial(), cause })
  }

  private partial(): ChatResponse {
    const { secrets } = this.call
    const partial = this.arrived.partial()
    return holds(partial, secrets) ? partial.with(redact({ ...partial }, secrets) as object) : partial
  }

  /** An error after content holds what had arrived. */
  private settle(): void {
    const { ended, failure } = this
    if (typeof ended === "string") return
    if (failure?.isInterrupted === true) this.ended = this.interrupted(undefined, ended.detail)
    else if (this.firstToken !== undefined) withPartial(ended, this.partial())
    this.failure = undefined
  }

  private gather(chunk: Uint8Array): void {
    const { responseBytes: bytes } = this.limits
    this.size += chunk.length
    if (this.size <= bytes) this.whole.add(chunk)
    else this.ended = new ResponseTooLargeError({ ...placeOf(this.call, this.head), limit: "responseBytes", bytes })
  }

  private look(chunk: Uint8Array): void {
    const { firstBytes } = this.call.endpoint.framing
    const first = chunk.find((byte) => !ofNoAccount.has(byte))
    if (first !== undefined) this.streams = firstBytes === undefined || firstBytes.has(first)
  }

  private decode(frames: ReturnType<FrameReader["read"]>, events: Array<ChatEvent>): void {
    if ("_tag" in frames) {
      this.ended = unframed(this.call, this.head, frames)
      return
    }
    this.guard(() => this.decodeFrames(frames, events))
  }

  /** Whatever a server sends ends as an error at most, not as a defect. */
  private guard(read: () => void): void {
    const done = Result.try({ try: read, catch: overflow })
    if (Result.isFailure(done)) {
      this.ended = unparsed(this.call, this.head, "", done.failure.detail ?? "", done.failure.cause)
    }
  }

  private decodeFrames(frames: ReadonlyArray<Frame>, events: Array<ChatEvent>): void {
    for (const frame of frames) {
      const failure = this.decoder.decode(frame, events)
      if (failure !== undefined) {
        this.failure = failure
        this.ended = failed(this.call, this.head, failure, this.now())
      }
      if (failure === undefined && this.decoder.done) this.ended = "complete"
      if (this.ended !== "no") return
    }
  }

  private decodeWhole(events: Array<ChatEvent>): void {
    const whole = decodeWhole(
      this.call,
      this.head,
      textOf(joinBytes(this.whole.take())),
      this.startedAtMillis,
      this.now()
    )
    if (Result.isFailure(whole)) {
      this.ended = whole.failure
    } else {
      this.ended = "complete"
      events.push(...whole.success.events.filter(({ type }) => type !== "response-start"))
    }
  }

  private noted(events: Array<ChatEvent>, bytes: number): ReadonlyArray<ChatEvent> {
    const last = events.at(-1)
    if (last === undefined) return events
    for (const [index, event] of events.entries()) {
      if (event.type === "malformed-frame") events[index] = redact(event, this.call.secrets) as ChatEvent
    }
    if (this.firstToken === undefined && events.some(isContent)) this.firstToken = this.elapsed()
    for (const event of events) {
      if (event.type === "malformed-frame") this.note(event.message)
      else if (event.type !== "finish") this.hasContent = true
    }
    if (last.type === "finish") {
      const missing = this.missing(last)
      if (missing !== undefined) {
        // What the end says of the usage still counts.
        events[events.length - 1] = { type: "usage", usage: last.usage }
        this.arrived.add(events, bytes)
        this.ended = this.interrupted(undefined, missing)
        return events
      }
      events[events.length - 1] = this.stamped(last)
    }
    this.arrived.add(events, bytes)
    return events
  }

  private note(message: string): void {
    if (this.unread === undefined) this.unread = { first: message, count: 1 }
    else this.unread.count++
  }

  /** Why an answer that has its end may not be whole all the same. */
  private missing({ rawFinishReason }: ChatEventOf<"finish">): string | undefined {
    if (this.unread !== undefined) {
      const { count, first } = this.unread
      const what = count === 1 ? "a message of the stream" : `${count} messages of the stream`
      return redactText(`${what} could not be read, so that content may be missing: ${first}`, this.call.secrets)
    }
    return this.hasContent || rawFinishReason !== undefined || this.streams === false
      ? undefined
      : "the stream ended without a response"
  }

  private stamped(finish: ChatEventOf<"finish">): ChatEvent {
    const total = this.elapsed()
    return {
      ...finish,
      timings: { firstToken: this.firstToken, total },
      attempts: [{ model: `${this.call.provider}/${this.call.model}`, duration: total }]
    }
  }

  private elapsed(): Duration.Duration {
    return Duration.millis(this.now() - this.startedAtMillis)
  }

  private now(): number {
    return this.clock.currentTimeMillisUnsafe()
  }
}
