import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Exchange, Streaming } from "../domain/Capability.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { loadFraming } from "./ByteStream.ts"
import { isSuccess } from "./Call.ts"
import { decodingOf, type OutgoingCall } from "./OutgoingCall.ts"
import * as Sending from "./Sending.ts"
import { StreamReading } from "./StreamReading.ts"

/** The media types of streams that a whole response can be folded from, by framing. */
const named = { sse: /^text\/event-stream\b/i, ndjson: /^application\/(?:x-)?(?:ndjson|jsonl|json-lines)\b/i }

const isNamed = (framing: unknown): framing is keyof typeof named => framing === "sse" || framing === "ndjson"

/** Whether the response to a call that was not streamed is a stream nevertheless: events, or several lines of JSON. */
export const isStream = <C extends Exchange, Quirks extends object>(
  { protocol: { framing } }: OutgoingCall<C, Quirks>,
  { body, head }: Sending.WholeResponse
): boolean => {
  if (!isSuccess(head) || !isNamed(framing) || !named[framing].test(head.headers["content-type"] ?? "")) return false
  return framing === "sse" ? isOfEvents(body) : body.some((byte, at) => byte === brace && body[at - 1] === lineFeed)
}

/** SSE by its first letter, with which no JSON begins. */
const isOfEvents = (body: Uint8Array): boolean =>
  firstLetters.has(body.find((byte) => byte > blank && byte < beyondAscii) ?? 0)

/** The first letters of SSE's fields and comments. */
const firstLetters = new Set(Array.from("deir:", (letter) => letter.charCodeAt(0)))

const lineFeed = 0x0a
const blank = 0x20
const brace = 0x7b
const beyondAscii = 0x80

/** Reads a response that came as a stream from a server that only streams. */
export const read = Effect.fnUntraced(function* <C extends Exchange, Quirks extends object>(
  remembering: OutgoingCall<C, Quirks>,
  streaming: Streaming<C>,
  { body, head, startedAtMillis }: Sending.WholeResponse
): Effect.fn.Return<C["Response"] | undefined, ProviderError> {
  const { framing: name, makeDecoder } = remembering.protocol
  if (makeDecoder === undefined || !isNamed(name)) return undefined
  // The bytes received are not a whole response, so they cannot be passed on.
  const call = { ...remembering, remembers: undefined }
  const framing = yield* Effect.orDie(loadFraming(name))
  const limits = yield* Sending.limitsOf(call.sender)
  const decoder = makeDecoder(decodingOf(call, head))
  const clock = yield* Clock.Clock
  const reading = new StreamReading(call, streaming, decoder, framing, { head, limits }, clock, startedAtMillis)
  const fold = streaming.makeFold()
  fold.add(reading.start())
  for (const event of reading.read([body])) fold.add(event)
  if (reading.ended === "no") for (const event of reading.close()) fold.add(event)
  if (typeof reading.ended !== "string") return yield* Effect.fail(reading.ended)
  return fold.response()
})
