import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import { type ChatEvent, type ChatEventOf, isContent } from "../../domain/ChatEvent.ts"
import { ChatResponse } from "../../domain/ChatResponse.ts"
import { StreamInterruptedError } from "../../domain/errors/StreamInterruptedError.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import * as RateLimitHeaders from "../../transport/RateLimitHeaders.ts"
import { holds, redact } from "../../transport/Secrets.ts"
import type { FrameReader } from "../../transport/FrameReader.ts"
import type { Reading } from "./ByteStream.ts"
import { failed, type Head, overflow, placeOf, unparsed } from "./Call.ts"
import { type ChatCall, decodeWhole } from "./ChatCall.ts"

/** Blanks, line ends and the byte order mark. */
const ofNoAccount = new Set([0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf])

/**
 * The reading of one stream: bytes in, events out. A server that answers in one piece though a stream was asked for is
 * read too.
 *
 * @since 0.1.0
 * @category models
 */
export class StreamReading<Quirks extends object> implements Reading<ChatEvent> {
  /** Whether the answer is at its end, and how it ended. */
  ended: "no" | "complete" | ProviderError = "no"
  private readonly call: ChatCall<Quirks>
  private readonly head: Head
  private readonly clock: Clock.Clock
  private readonly began: number
  private readonly frames
  private readonly decoder
  private readonly seen: Array<ReadonlyArray<ChatEvent>> = []
  private firstToken: Duration.Duration | undefined
  private streams: boolean | undefined
  private readonly text = new TextDecoder()
  private whole = ""

  constructor(call: ChatCall<Quirks>, head: Head, clock: Clock.Clock, began: number) {
    this.call = call
    this.head = head
    this.clock = clock
    this.began = began
    this.frames = call.endpoint.framing.makeReader()
    this.decoder = call.endpoint.protocol.makeDecoder(call.decoding)
  }

  /** What the head of the answer says. */
  start(): ChatEventOf<"response-start"> {
    const start: ChatEvent = {
      ...placeOf(this.call, this.head),
      type: "response-start",
      rateLimits: RateLimitHeaders.decode(this.head.headers, this.clock.currentTimeMillisUnsafe()),
      warnings: this.call.warnings
    }
    this.seen.push([start])
    return start
  }

  /** What these bytes say. */
  read(chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<ChatEvent> {
    const events: Array<ChatEvent> = []
    for (const chunk of chunks) {
      if (this.streams === undefined) this.look(chunk)
      if (this.streams === false) this.whole += this.text.decode(chunk, { stream: true })
      else this.decode(this.frames.read(chunk), events)
      if (this.ended !== "no") break
    }
    return this.noted(events)
  }

  /** What the end of the bytes says. */
  close(): ReadonlyArray<ChatEvent> {
    const events: Array<ChatEvent> = []
    if (this.streams === false) {
      this.decodeWhole(events)
    } else {
      this.decode(this.frames.end(), events)
      if (this.ended === "no") this.ended = this.decoder.end(events) ? "complete" : "no"
    }
    const noted = this.noted(events)
    if (this.ended === "no") this.ended = this.interrupted()
    return noted
  }

  /** The error of a stream that broke off, with what had arrived. */
  interrupted(cause?: ProviderError): StreamInterruptedError {
    const { secrets } = this.call
    const partial = ChatResponse.fold(this.seen.flat())
    return new StreamInterruptedError({
      ...placeOf(this.call, this.head),
      detail: cause?.detail,
      partial: holds(partial, secrets) ? partial.with(redact({ ...partial }, secrets) as object) : partial,
      cause
    })
  }

  private look(chunk: Uint8Array): void {
    const { firstBytes } = this.call.endpoint.framing
    const first = firstBytes === undefined ? undefined : chunk.find((byte) => !ofNoAccount.has(byte))
    if (first !== undefined) this.streams = firstBytes?.has(first)
  }

  private decode(frames: ReturnType<FrameReader["read"]>, events: Array<ChatEvent>): void {
    if ("_tag" in frames) {
      this.ended = unparsed(this.call, this.head, "", frames.detail ?? frames.message, frames.cause)
      return
    }
    const read = Result.try({ try: () => this.decodeFrames(frames, events), catch: overflow })
    if (Result.isFailure(read)) {
      this.ended = unparsed(this.call, this.head, "", read.failure.detail ?? "", read.failure.cause)
    }
  }

  private decodeFrames(frames: ReadonlyArray<Frame>, events: Array<ChatEvent>): void {
    for (const frame of frames) {
      const failure = this.decoder.decode(frame, events)
      if (failure !== undefined) this.ended = failed(this.call, this.head, failure, this.now())
      else if (this.decoder.done) this.ended = "complete"
      if (this.ended !== "no") return
    }
  }

  private decodeWhole(events: Array<ChatEvent>): void {
    const whole = decodeWhole(this.call, this.head, this.whole + this.text.decode(), this.began, this.now())
    if (Result.isFailure(whole)) {
      this.ended = whole.failure
    } else {
      this.ended = "complete"
      events.push(...whole.success.events.filter(({ type }) => type !== "response-start"))
    }
  }

  private noted(events: Array<ChatEvent>): ReadonlyArray<ChatEvent> {
    const last = events.at(-1)
    if (last === undefined) return events
    if (this.firstToken === undefined && events.some(isContent)) this.firstToken = this.elapsed()
    if (last.type === "finish") events[events.length - 1] = this.stamped(last)
    this.seen.push(events)
    return events
  }

  private stamped(finish: ChatEventOf<"finish">): ChatEvent {
    const total = this.elapsed()
    return {
      ...finish,
      timings: { firstToken: this.firstToken, total },
      attempts: [{ model: `${this.call.decoding.provider}/${this.call.model}`, duration: total }]
    }
  }

  private elapsed(): Duration.Duration {
    return Duration.millis(this.now() - this.began)
  }

  private now(): number {
    return this.clock.currentTimeMillisUnsafe()
  }
}
