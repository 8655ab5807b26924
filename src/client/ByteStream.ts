import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import type { Limits } from "../domain/Limits.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { TimeoutError } from "../domain/ChatResponse.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import { fromPull, leavable, type Leave } from "../model/PullStream.ts"
import type { Framing as Name } from "../protocols/Protocol.ts"
import type { FastPathResponse } from "../transport/FastPath.ts"
import type { FrameReader } from "../transport/FrameReader.ts"
import * as ResponseBody from "../transport/ResponseBody.ts"
import type { Bytes } from "../transport/WebBody.ts"
import { type Call, type Head, headOf, isSuccess, toProviderError, toNetworkError } from "./Call.ts"
import * as Sending from "./Sending.ts"

/** A response that is read as it arrives. */
export interface ByteStream {
  readonly head: Head
  readonly pull: Bytes
  /** How the wait of a pull can be left, where the client can do that. */
  readonly leave: Leave | undefined
  /** Lets the server end a response that is complete, and ends. */
  readonly drain: Pull.Pull<never>
  /** The error for a response that broke off. */
  readonly toNetworkError: (error: HttpClientError.HttpClientError) => ProviderError
  readonly limits: Limits
  /** Fails when the call takes longer than its limit; absent where it has none. */
  readonly within: (<A, E>(pull: Effect.Effect<A, E>) => Effect.Effect<A, E | TimeoutError>) | undefined
}

/** Sends a request and fails unless the status is 2xx. The connection is closed with the scope. */
export const open = (
  sender: Sending.Sender,
  call: Call,
  http: HttpClientRequest.HttpClientRequest,
  clock: Clock.Clock,
  startedAtMillis: number
): Effect.Effect<ByteStream, ProviderError, Scope.Scope> =>
  Effect.flatMap(Sending.limitsOf(sender), (limits) => {
    const within = limits.totalTimeout === Infinity ? undefined : withinTotal(call, limits, clock, startedAtMillis)
    const executed = Effect.mapError(
      Sending.execute(sender, limits, http),
      toNetworkError(call, clock, startedAtMillis)
    )
    // Between the head and the body, nobody but the scope can close the connection.
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(within === undefined ? executed : within(executed)), (response) => {
        const head = headOf(response)
        const lost = toNetworkError(call, clock, startedAtMillis, head)
        if (isSuccess(head)) {
          return Effect.map(ResponseBody.open(response, head.headers, limits), (pull) => ({
            head,
            pull,
            leave: within === undefined ? leaveIn(response, head) : undefined,
            drain: drainOf(response, pull),
            toNetworkError: lost,
            limits,
            within
          }))
        }
        return Effect.flatMap(restore(Effect.mapError(Sending.readError(response, head, limits), lost)), (body) =>
          Effect.fail(toProviderError(call, head, Sending.textOf(body), clock.currentTimeMillisUnsafe()))
        )
      })
    )
  })

const withinTotal =
  (call: Call, limits: Limits, clock: Clock.Clock, startedAtMillis: number) =>
  <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | TimeoutError> =>
    Effect.suspend(() => {
      const orElse = () => Effect.fail(Sending.totalReached(call, limits))
      const duration = startedAtMillis + limits.totalTimeout - steadyMillis(clock)
      // Where the next chunk is there already it would win every race.
      return duration > 0 ? Effect.timeoutOrElse(effect, { duration, orElse }) : orElse()
    })

/** The reading of one response: bytes in, events out. */
export interface Reading<Event> {
  /** Whether and how the response has ended. */
  readonly ended: "no" | "complete" | ProviderError
  /** The event for the head. */
  readonly start: () => Event
  /** The events of these bytes. */
  readonly read: (chunks: ReadonlyArray<Uint8Array>) => ReadonlyArray<Event>
  /** The events at the end of the bytes. */
  readonly close: () => ReadonlyArray<Event>
  /** The error for a response that broke off, with what had arrived. */
  readonly interrupted: (cause: ProviderError) => ProviderError
}

/** The events of a response, as its bytes arrive. */
export const events = <Event>(bytes: ByteStream, reading: Reading<Event>): Stream.Stream<Event, ProviderError> => {
  type Events = Pull.Pull<readonly [Event, ...Array<Event>], ProviderError>
  let started = false
  const emit = (events: ReadonlyArray<Event>): Events =>
    events.length === 0 ? pull : Effect.succeed(events as readonly [Event, ...Array<Event>])
  const bytesNext = bytes.within === undefined ? bytes.pull : bytes.within(bytes.pull)
  const next = Pull.matchEffect(bytesNext, {
    onSuccess: (chunks) => emit(reading.read(chunks)),
    onFailure: (cause): Events => {
      const error = Cause.findError(cause)
      if (Result.isFailure(error)) return Effect.failCause(error.failure)
      const failure = error.success
      const broken = failure._tag === "TimeoutError" ? failure : bytes.toNetworkError(failure)
      // A server may leave the connection open after a response that is whole.
      const last = broken._tag === "TimeoutError" ? reading.close() : []
      return reading.ended === "complete" ? emit(last) : Effect.fail(reading.interrupted(broken))
    },
    onDone: () => emit(reading.close())
  })
  const pull: Events = Effect.suspend(() => {
    if (!started) {
      started = true
      return Effect.succeed([reading.start()] as const)
    }
    if (reading.ended === "no") return next
    return reading.ended === "complete" ? bytes.drain : Effect.fail(reading.ended)
  })
  return fromPull(leavable(pull, () => bytes.leave))
}

const leaveIn = (response: Partial<FastPathResponse>, { headers }: Head): Leave | undefined =>
  response.leave === undefined || headers["content-encoding"] !== undefined
    ? undefined
    : () => response.leave?.() === true

/** For how many milliseconds after the last event the server may close its response. Not every server closes. */
const drainMillis = 100

const drainOf = (
  response: HttpClientResponse.HttpClientResponse & Partial<FastPathResponse>,
  pull: ByteStream["pull"]
): Pull.Pull<never> => {
  if (response.drain !== undefined) {
    return Effect.suspend(() => {
      response.drain?.(drainMillis)
      return Cause.done()
    })
  }
  const drained: Pull.Pull<never, unknown> = Effect.suspend(() => Effect.flatMap(pull, () => drained))
  return Effect.flatMap(Effect.timeoutOption(Effect.exit(drained), drainMillis), () => Cause.done())
}

type Framed = Exclude<Name, "bytes">

/** How the bytes of a stream become frames. */
export interface Framing {
  readonly makeReader: (frameBytes: number) => FrameReader
  /** The possible first bytes of a stream, which tell it from a unary response or none at all. */
  readonly firstBytes: ReadonlySet<number> | undefined
  /** Whether messages come with their text as it came. */
  readonly keepsText?: boolean | undefined
}

/** The `accept` headers. */
export const mediaTypes: { readonly [F in Framed]: string } = {
  sse: "text/event-stream",
  ndjson: "application/x-ndjson",
  "aws-event-stream": "application/vnd.amazon.eventstream"
}

type Loaded = Framed | "sse-text"

const loaded = new Map<Loaded, Framing>()

/** Loads a framing, which keeps the text of messages where `remembers` asks for it. Only AWS event streams need a package that may be missing. */
export const loadFraming = (framed: Framed, remembers = false): Effect.Effect<Framing, Config.ConfigError> => {
  const name = remembers && framed === "sse" ? "sse-text" : framed
  const framing = loaded.get(name)
  if (framing !== undefined) return Effect.succeed(framing)
  return Effect.tap(framings[name], (framing) => Effect.sync(() => loaded.set(name, framing)))
}

// A field (data, event, id, retry) or a comment.
const sseBytes = new Set(Array.from("deir:", (letter) => letter.charCodeAt(0)))

const framings: { readonly [F in Loaded]: Effect.Effect<Framing, Config.ConfigError> } = {
  sse: Effect.map(
    Effect.promise(() => import("../transport/SseReader.ts")),
    ({ SseReader }) => ({
      makeReader: (frameBytes) => new SseReader(frameBytes),
      firstBytes: sseBytes
    })
  ),
  "sse-text": Effect.map(
    Effect.promise(() => import("../transport/SseTextReader.ts")),
    ({ SseTextReader }) => ({
      makeReader: (frameBytes) => new SseTextReader(frameBytes),
      firstBytes: sseBytes,
      keepsText: true
    })
  ),
  ndjson: Effect.map(
    Effect.promise(() => import("../transport/NdjsonReader.ts")),
    ({ NdjsonReader }) => ({
      makeReader: (frameBytes) => new NdjsonReader(frameBytes),
      // An object.
      firstBytes: new Set(["{".charCodeAt(0)]),
      keepsText: true
    })
  ),
  "aws-event-stream": Effect.map(
    Effect.flatMap(
      Effect.promise(() => import("../transport/EventStream.ts")),
      ({ EventStreamReader, load }) => Effect.map(load, (codec) => [codec, EventStreamReader] as const)
    ),
    ([codec, EventStreamReader]) => ({
      makeReader: (frameBytes) => new EventStreamReader(codec, frameBytes),
      // The most significant byte of the first message's length.
      firstBytes: new Set([0, 1])
    })
  )
}
