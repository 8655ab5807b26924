import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Exchange, Streaming } from "../domain/Capability.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { loadFraming } from "./ByteStream.ts"
import { type Head, isSuccess } from "./Call.ts"
import { decodingOf, type OutgoingCall } from "./OutgoingCall.ts"
import * as Sending from "./Sending.ts"
import { StreamReading } from "./StreamReading.ts"

/** Whether a response that was not to be streamed is a stream of events all the same, by its first letter; JSON begins otherwise. */
export const isStream = ({ body, head }: Sending.WholeResponse): boolean =>
  isSuccess(head) && firstLetters.has(body.find((byte) => byte > blank && byte < beyondAscii) ?? 0) && isNamed(head)

const isNamed = ({ headers }: Head): boolean => /^text\/event-stream\b/i.test(headers["content-type"] ?? "")

/** Of fields and comments. */
const firstLetters = new Set(Array.from("deir:", (letter) => letter.charCodeAt(0)))

const blank = 0x20
const beyondAscii = 0x80

/** Reads a response that came as a stream of events from a server that only streams. */
export const read = Effect.fnUntraced(function* <C extends Exchange, Quirks extends object>(
  remembering: OutgoingCall<C, Quirks>,
  streaming: Streaming<C>,
  { body, head, startedAtMillis }: Sending.WholeResponse
): Effect.fn.Return<C["Response"] | undefined, ProviderError> {
  const { makeDecoder } = remembering.protocol
  if (makeDecoder === undefined) return undefined
  // What came is no whole response that could be passed on.
  const call = { ...remembering, remembers: undefined }
  const framing = yield* Effect.orDie(loadFraming("sse"))
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
