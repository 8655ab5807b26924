import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import { ChatResponse } from "../domain/ChatResponse.ts"
import { withPartial, type ProviderError } from "../domain/ProviderError.ts"
import { StreamInterruptedError } from "../domain/errors/StreamInterruptedError.ts"
import { UnsupportedParameterError } from "../domain/errors/UnsupportedParameterError.ts"
import { unknown as unknownUsage } from "../domain/Usage.ts"
import type { CallProtocol, CallStreamDecoder } from "../protocols/CallProtocol.ts"
import type { FrameReader } from "../transport/FrameReader.ts"
import * as ResponseHeaders from "../transport/ResponseHeaders.ts"
import { holds, redact } from "../transport/Secrets.ts"
import * as ByteStream from "./ByteStream.ts"
import { failed, type Head, overflow, placeOf, unframed, unparsed } from "./Call.ts"
import { type CapabilityCall, make } from "./CapabilityCall.ts"
import type { Endpoint } from "./Endpoint.ts"
import * as Framing from "./Framing.ts"

/**
 * Sends a request and reads the answer as it is made. The connection is closed with the scope: when the stream ends,
 * fails or is interrupted.
 */
export const open = Effect.fnUntraced(function* <
  Quirks extends object,
  Request extends CallRequest,
  Answer extends CallResponse,
  Event extends CallEvent
>(
  endpoint: Endpoint<Quirks>,
  protocol: CallProtocol<Request, Answer, Event>,
  model: string,
  request: Request
): Effect.fn.Return<Stream.Stream<Event, ProviderError>, ProviderError, Scope.Scope> {
  const { streaming } = protocol
  if (streaming === undefined) {
    const detail = "the answer only comes whole"
    return yield* Effect.fail(
      new UnsupportedParameterError({ provider: endpoint.definition.id, model, parameter: "stream", detail })
    )
  }
  const made = make(endpoint, protocol, model, request, true)
  if (Result.isFailure(made)) return yield* Effect.fail(made.failure)
  const call = made.success
  const clock = yield* Clock.Clock
  const startedAtMillis = clock.currentTimeMillisUnsafe()
  const bytes = yield* ByteStream.open(call.sender, call, call.http, clock, startedAtMillis)
  const { headers } = bytes.head
  const mediaType = headers["content-type"]?.split(";")[0]?.trim().toLowerCase()
  const options = { provider: call.provider, model, request, mediaType, headers }
  const framing = streaming.framing(options)
  const frames = framing === "bytes" ? undefined : (yield* Framing.load(framing)).makeReader(bytes.limits.frameBytes)
  return ByteStream.events(
    bytes,
    new Reading(
      call,
      bytes.head,
      streaming.makeDecoder({ ...options, mostKept: bytes.limits.responseBytes }),
      frames,
      clock,
      startedAtMillis
    )
  )
})

/** The reading of one stream: bytes in, events out. */
class Reading<Event extends CallEvent> implements ByteStream.Reading<Event> {
  /** Whether the answer is at its end, and how it ended. */
  ended: "no" | "complete" | ProviderError = "no"
  private readonly call: CapabilityCall
  private readonly head: Head
  private readonly decoder: CallStreamDecoder<Event>
  private readonly frames: FrameReader | undefined
  private readonly clock: Clock.Clock
  private readonly startedAtMillis: number

  constructor(
    call: CapabilityCall,
    head: Head,
    decoder: CallStreamDecoder<Event>,
    frames: FrameReader | undefined,
    clock: Clock.Clock,
    startedAtMillis: number
  ) {
    this.call = call
    this.head = head
    this.decoder = decoder
    this.frames = frames
    this.clock = clock
    this.startedAtMillis = startedAtMillis
  }

  start(): Event {
    return {
      ...this.decoder.start,
      ...placeOf(this.call, this.head),
      rateLimits: ResponseHeaders.rateLimits(this.head.headers, this.clock.currentTimeMillisUnsafe()),
      warnings: this.call.warnings
    }
  }

  read(chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<Event> {
    const events: Array<Event> = []
    for (const chunk of chunks) {
      if (this.frames === undefined) this.decode([chunk], events)
      else this.frame(this.frames.read(chunk), events)
      if (this.ended !== "no") break
    }
    return this.stamped(events)
  }

  close(): ReadonlyArray<Event> {
    const events: Array<Event> = []
    if (this.frames !== undefined) this.frame(this.frames.end(), events)
    if (this.ended === "no") {
      const last = Result.getOrUndefined(Result.try(() => this.decoder.end()))
      this.ended = last === undefined ? this.interrupted() : "complete"
      events.push(...(last ?? []))
    }
    return this.stamped(events)
  }

  interrupted(cause?: ProviderError, detail = cause?.detail): StreamInterruptedError {
    return new StreamInterruptedError({ ...placeOf(this.call, this.head), detail, partial: this.partial(), cause })
  }

  private partial(): ChatResponse {
    const partial = ChatResponse.of({
      provider: this.call.provider,
      model: this.call.model,
      content: this.decoder.partial,
      finishReason: "other",
      usage: unknownUsage,
      warnings: [],
      attempts: []
    })
    const { secrets } = this.call
    return holds(partial, secrets) ? partial.with(redact({ ...partial }, secrets) as object) : partial
  }

  /** An error after content holds what had arrived. */
  private withHeard(error: ProviderError): ProviderError {
    return this.decoder.partial.length === 0 ? error : withPartial(error, this.partial())
  }

  private frame(frames: ReturnType<FrameReader["read"]>, events: Array<Event>): void {
    if ("_tag" in frames) this.ended = this.withHeard(unframed(this.call, this.head, frames))
    else this.decode(frames, events)
  }

  private decode(pieces: ReadonlyArray<Parameters<CallStreamDecoder<Event>["decode"]>[0]>, events: Array<Event>): void {
    for (const piece of pieces) {
      const decoded = Result.try({ try: () => this.decoder.decode(piece), catch: overflow })
      if (Result.isFailure(decoded)) {
        const { cause, detail = "" } = decoded.failure
        this.ended = this.withHeard(unparsed(this.call, this.head, "", detail, cause))
      } else if ("_tag" in decoded.success) {
        const error = failed(this.call, this.head, decoded.success, this.clock.currentTimeMillisUnsafe())
        this.ended =
          decoded.success.isInterrupted === true ? this.interrupted(undefined, error.detail) : this.withHeard(error)
      } else {
        events.push(...decoded.success)
        if (this.decoder.done) this.ended = "complete"
      }
      if (this.ended !== "no") return
    }
  }

  private stamped(events: Array<Event>): ReadonlyArray<Event> {
    const last = events.at(-1)
    if (last?.type !== "finish") return events
    const total = Duration.millis(this.clock.currentTimeMillisUnsafe() - this.startedAtMillis)
    const attempts = [{ model: `${this.call.provider}/${this.call.model}`, duration: total }]
    events[events.length - 1] = { ...last, timings: { total }, attempts }
    return events
  }
}
