import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type ChatEvent, isContent } from "../domain/ChatEvent.ts"
import { ChatResponse } from "../domain/ChatResponse.ts"
import { StreamInterruptedError } from "../domain/errors/StreamInterruptedError.ts"
import type { Frame } from "../domain/Frame.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import * as RateLimitHeaders from "../transport/RateLimitHeaders.ts"
import * as RequestId from "../transport/RequestId.ts"
import { SseReader } from "../transport/SseReader.ts"
import { type ChatCall, decodeWhole, failed, type Head, unparsed, unreached } from "./ChatCall.ts"

type Chunk = readonly [ChatEvent, ...Array<ChatEvent>]

/**
 * How long the connection is kept after the last event for the server to close its answer, so that it can serve the
 * next call. Not every server closes.
 */
const lingering = Duration.millis(100)

/**
 * Sends the call and reads the answer as it is written. The connection is closed when the stream ends, fails or is
 * interrupted.
 *
 * @since 0.1.0
 * @category running
 */
export const stream = <Quirks extends object>(call: ChatCall<Quirks>): Stream.Stream<ChatEvent, ProviderError> =>
  Stream.unwrap(opened(call))

const opened = Effect.fnUntraced(function* <Quirks extends object>(
  call: ChatCall<Quirks>
): Effect.fn.Return<Stream.Stream<ChatEvent, ProviderError>, ProviderError, Scope.Scope> {
  const clock = yield* Clock.Clock
  const scope = yield* Scope.Scope
  const began = clock.currentTimeMillisUnsafe()
  const client = HttpClient.withScope(call.endpoint.client)
  const response = yield* Effect.mapError(client.execute(call.http), unreached(call))
  const contentType = response.headers["content-type"] ?? ""
  if (response.status >= 200 && response.status < 300 && !contentType.includes("application/json")) {
    const bytes = yield* Channel.toPullScoped(Stream.toChannel(response.stream), scope)
    return Stream.fromPull(Effect.succeed(new Reading(call, response, bytes, clock, began).pull))
  }
  // An error, or a server that does not stream.
  const text = yield* Effect.mapError(response.text, unreached(call, response))
  const whole = decodeWhole(call, response, text, began, clock.currentTimeMillisUnsafe())
  return Result.isSuccess(whole) ? Stream.fromArray(whole.success.events) : yield* Effect.fail(whole.failure)
})

type Bytes = Pull.Pull<ReadonlyArray<Uint8Array>, HttpClientError.HttpClientError>

/** The reading of one stream: bytes in, events out, one step a chunk. */
class Reading<Quirks extends object> {
  private readonly call: ChatCall<Quirks>
  private readonly head: Head
  private readonly bytes: Bytes
  private readonly clock: Clock.Clock
  private readonly began: number
  private readonly frames = new SseReader()
  private readonly decoder
  private readonly seen: Array<Chunk> = []
  private started = false
  private firstToken: Duration.Duration | undefined
  private ended: "no" | "complete" | ProviderError = "no"

  constructor(call: ChatCall<Quirks>, head: Head, bytes: Bytes, clock: Clock.Clock, began: number) {
    this.call = call
    this.head = head
    this.bytes = bytes
    this.clock = clock
    this.began = began
    this.decoder = call.endpoint.definition.protocol.makeDecoder(call.decoding)
  }

  readonly pull: Pull.Pull<Chunk, ProviderError> = Effect.suspend(() => {
    if (!this.started) return Effect.succeed(this.start())
    if (this.ended === "complete") return this.linger
    return this.ended === "no" ? this.next : Effect.fail(this.ended)
  })

  private start(): Chunk {
    this.started = true
    const { decoding, model, warnings } = this.call
    const start: Chunk = [
      {
        type: "response-start",
        provider: decoding.provider,
        model,
        requestId: RequestId.decode(this.head.headers),
        rateLimits: RateLimitHeaders.decode(this.head.headers, this.clock.currentTimeMillisUnsafe()),
        warnings
      }
    ]
    this.seen.push(start)
    return start
  }

  private readonly next: Pull.Pull<Chunk, ProviderError> = Effect.suspend(() =>
    Pull.matchEffect(this.bytes, {
      onSuccess: (chunks) => this.emit(this.read(chunks)),
      onFailure: (cause) => this.broken(cause),
      onDone: () => this.emit(this.close())
    })
  )

  private emit(events: Array<ChatEvent>): Pull.Pull<Chunk, ProviderError> {
    const last = events.at(-1)
    if (last === undefined) return this.pull
    if (this.firstToken === undefined && events.some(isContent)) this.firstToken = this.elapsed()
    if (last.type === "finish") events[events.length - 1] = this.stamped(last)
    const chunk = events as unknown as Chunk
    this.seen.push(chunk)
    return Effect.succeed(chunk)
  }

  private read(chunks: ReadonlyArray<Uint8Array>): Array<ChatEvent> {
    const events: Array<ChatEvent> = []
    for (const chunk of chunks) {
      const frames = this.frames.read(chunk)
      if ("_tag" in frames) {
        this.ended = unparsed(this.call, this.head, "", frames.detail ?? frames.message, frames.cause)
      } else {
        this.decode(frames, events)
      }
      if (this.ended !== "no") break
    }
    return events
  }

  private decode(frames: ReadonlyArray<Frame>, events: Array<ChatEvent>): void {
    for (const frame of frames) {
      const failure = this.decoder.decode(frame, events)
      if (failure !== undefined)
        this.ended = failed(this.call, this.head, failure, this.clock.currentTimeMillisUnsafe())
      else if (this.decoder.done) this.ended = "complete"
      if (this.ended !== "no") return
    }
  }

  /** The bytes are at their end. */
  private close(): Array<ChatEvent> {
    const events: Array<ChatEvent> = []
    const frames = this.frames.end()
    if (!("_tag" in frames)) this.decode(frames, events)
    if (this.ended !== "no") return events
    this.ended = this.decoder.end(events) ? "complete" : this.interrupted(events)
    return events
  }

  private broken(cause: Cause.Cause<HttpClientError.HttpClientError>): Pull.Pull<Chunk, ProviderError> {
    const error = Cause.findError(cause)
    if (Result.isFailure(error)) return Effect.failCause(error.failure)
    return Effect.fail(this.interrupted([], unreached(this.call, this.head)(error.success)))
  }

  private interrupted(last: ReadonlyArray<ChatEvent>, cause?: ProviderError): StreamInterruptedError {
    return new StreamInterruptedError({
      provider: this.call.decoding.provider,
      model: this.call.model,
      requestId: RequestId.decode(this.head.headers),
      detail: cause?.detail,
      partial: ChatResponse.fold([...this.seen.flat(), ...last]),
      cause
    })
  }

  private readonly linger: Pull.Pull<never> = Effect.suspend(() =>
    Effect.flatMap(Effect.timeoutOption(Effect.exit(this.drained), lingering), () => Cause.done())
  )

  private readonly drained: Pull.Pull<never, unknown> = Effect.suspend(() =>
    Effect.flatMap(this.bytes, () => this.drained)
  )

  private elapsed(): Duration.Duration {
    return Duration.millis(this.clock.currentTimeMillisUnsafe() - this.began)
  }

  private stamped(finish: Extract<ChatEvent, { readonly type: "finish" }>): ChatEvent {
    const total = this.elapsed()
    return {
      ...finish,
      timings: { firstToken: this.firstToken, total },
      attempts: [{ model: `${this.call.decoding.provider}/${this.call.model}`, duration: total }]
    }
  }
}
