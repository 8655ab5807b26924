import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import { toEvents } from "../../domain/ChatFold.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { make as makeUsage } from "../../domain/Usage.ts"
import type { EncodeResponseOptions, StreamEncoder } from "../../protocols/ChatProtocol.ts"
import type { RawScenario, RespondScenario, Fault, Pace } from "../Scenario.ts"
import type { Dialect } from "./Dialect.ts"
import type { Exchange } from "./Exchange.ts"
import * as FrameWriter from "./FrameWriter.ts"
import * as EstimatedTokens from "./EstimatedTokens.ts"

/** Where a response goes, in which dialect, and how fast. */
export interface ResponseTarget {
  readonly exchange: Exchange
  readonly dialect: Dialect
  readonly requestId: string
  readonly pace: Pace
  readonly headers: { readonly [name: string]: string } | undefined
}

/** Writes an error response. */
export const writeError = (error: ProviderError, target: ResponseTarget): Effect.Effect<void> => {
  const { body, status } = target.dialect.protocol.encodeError(asProvider(error, target.requestId))
  return Effect.andThen(
    pause(target.pace.latency),
    target.exchange.reply(error.status ?? status, JSON.stringify(body), headersOf(target))
  )
}

/** Writes the bytes of a response, piece by piece. */
export const writeRaw = Effect.fnUntraced(function* (
  { pieces, reset, status }: RawScenario,
  { exchange, headers, pace }: ResponseTarget
): Effect.fn.Return<void> {
  yield* pause(pace.latency)
  yield* exchange.head(status, { "content-type": "application/json", ...headers })
  for (const [index, piece] of pieces.entries()) {
    yield* index === 0 ? pause(pace.firstToken) : pause(gapOf(pace))
    if (piece.length > 0) yield* exchange.write(piece, 0)
  }
  yield* reset ? exchange.reset : exchange.end
})

/** Writes a non-streaming response once the time for all of it has passed. */
export const writeUnary = Effect.fnUntraced(function* (
  reply: ChatResponse,
  fault: RespondScenario["fault"],
  options: EncodeResponseOptions,
  target: ResponseTarget
): Effect.fn.Return<void> {
  const text = JSON.stringify(target.dialect.protocol.encodeResponse(reply, options))
  yield* writeWhole(text, { tokens: reply.usage.outputTokens.total ?? 0 }, fault, target)
})

/** Writes the body of a non-streaming response of this many tokens. */
export const writeWhole = Effect.fnUntraced(function* (
  body: string | Uint8Array,
  { mediaType = "application/json", tokens }: { readonly mediaType?: string; readonly tokens: number },
  fault: RespondScenario["fault"],
  target: ResponseTarget
): Effect.fn.Return<void> {
  const { exchange, pace } = target
  if (fault?.type === "error") return yield* writeError(fault.error, target)
  const half = body.slice(0, Math.floor(body.length / 2))
  const headers = { "content-type": mediaType, ...headersOf(target) }
  if (fault?.type !== "stall" || fault.after > 0) {
    yield* pause(pace.latency)
    yield* pause(pace.firstToken)
    yield* pause(Duration.times(gapOf(pace), Math.max(0, tokens - 1)))
  }
  switch (fault?.type) {
    case "cut":
    case "stall":
      yield* exchange.head(200, headers)
      if (fault.after > 0) yield* exchange.write(half, 0)
      if (fault.type === "stall") return yield* Effect.never
      return yield* fault.reset ? exchange.reset : exchange.end
    default:
      return yield* exchange.reply(200, fault?.type === "malformed" ? half : body, headers)
  }
})

/** Streams a response. */
export const writeStream = Effect.fnUntraced(function* (
  reply: ChatResponse,
  fault: RespondScenario["fault"],
  options: EncodeResponseOptions,
  target: ResponseTarget
): Effect.fn.Return<void> {
  const { dialect, exchange, pace } = target
  const encoder = dialect.protocol.makeEncoder(options)
  const writer = yield* FrameWriter.load(dialect.protocol.framing)
  const gap = gapOf(pace)
  const breaking = fault === undefined || fault.type === "no-end" ? undefined : fault
  let last: Frame = { data: "{}" }
  let tokens = 0
  let isBroken = false
  const write = (frames: ReadonlyArray<Frame>) => {
    last = frames.at(-1) ?? last
    return frames.length === 0 ? Effect.void : exchange.write(Buffer.concat(frames.map(writer.write)), frames.length)
  }
  /** Whether the response goes on. */
  const inject = (fault: BreakingFault) => {
    isBroken = true
    return broken(fault, { encoder, last, write, target })
  }

  yield* pause(pace.latency)
  yield* exchange.head(200, {
    "content-type": writer.contentType,
    "cache-control": "no-cache",
    ...headersOf(target)
  })
  if (breaking?.after === 0 && !(yield* inject(breaking))) return
  for (const event of eventsOf(reply)) {
    const isToken = "delta" in event
    if (breaking !== undefined && !isBroken && event.type === "finish" && !(yield* inject(breaking))) return
    if (isToken) yield* tokens === 0 ? pause(pace.firstToken) : pause(gap)
    yield* write(encoder.encode(event))
    if (isToken && ++tokens === breaking?.after && !(yield* inject(breaking))) return
  }
  if (fault?.type !== "no-end") yield* write(encoder.end())
  yield* exchange.end
})

type BreakingFault = Exclude<Fault, { readonly type: "no-end" }>

const broken = Effect.fnUntraced(function* (
  fault: BreakingFault,
  writing: {
    readonly encoder: StreamEncoder
    readonly last: Frame
    readonly write: (frames: ReadonlyArray<Frame>) => Effect.Effect<void>
    readonly target: ResponseTarget
  }
): Effect.fn.Return<boolean> {
  const { encoder, last, target, write } = writing
  switch (fault.type) {
    case "cut":
      yield* fault.reset ? target.exchange.reset : target.exchange.end
      return false
    case "stall":
      return yield* Effect.never
    case "malformed":
      yield* write([{ ...last, data: last.data.slice(0, Math.floor(last.data.length / 2)) }])
      return true
    case "error":
      yield* write(encoder.fail(asProvider(fault.error, target.requestId)))
      yield* target.exchange.end
      return false
  }
})

/** The events of a response as providers stream them: input usage first, text in tokens. */
const eventsOf = (reply: ChatResponse): ReadonlyArray<ChatEvent> => {
  const { cacheRead, cacheWrite, total: input } = reply.usage.inputTokens
  const usage = makeUsage({ input, cacheRead, cacheWrite })
  return [{ type: "usage", usage }, ...toEvents(reply).flatMap(inTokens)]
}

const inTokens = (event: ChatEvent): ReadonlyArray<ChatEvent> =>
  "delta" in event ? Array.from(EstimatedTokens.split(event.delta), (delta) => ({ ...event, delta })) : [event]

export const headersOf = ({ dialect, headers, requestId }: ResponseTarget): { readonly [name: string]: string } => ({
  [dialect.requestIdHeader]: requestId,
  ...headers
})

/** The error as a provider words it, without our advice. */
const asProvider = (error: ProviderError, requestId: string): ProviderError =>
  Object.create(error, {
    message: { value: error.detail ?? error.message },
    requestId: { value: error.requestId ?? requestId }
  }) as ProviderError

export const pause = (wait: Duration.Input | undefined): Effect.Effect<void> => {
  const duration = Duration.fromInputUnsafe(wait ?? 0)
  return Duration.isZero(duration) ? Effect.void : Effect.sleep(duration)
}

export const gapOf = ({ tokensPerSecond }: Pace): Duration.Duration =>
  tokensPerSecond === undefined || tokensPerSecond <= 0 ? Duration.zero : Duration.millis(1000 / tokensPerSecond)
