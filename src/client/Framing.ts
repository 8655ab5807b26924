import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type { ChatProtocol } from "../protocols/ChatProtocol.ts"
import type { FrameReader } from "../transport/FrameReader.ts"

/** How the bytes of a stream become frames. */
export interface Framing {
  /** The `accept` header. */
  readonly accept: string
  readonly makeReader: (frameBytes: number) => FrameReader
  /** The possible first bytes of a stream, which tell it from a unary response or none at all. */
  readonly firstBytes: ReadonlySet<number> | undefined
}

/** Loads the framing of a protocol. Only AWS event streams need a package that may be missing. */
export const load = <F extends ChatProtocol["framing"]>(framing: F): (typeof framings)[F] => framings[framing]

const framings: {
  readonly [F in ChatProtocol["framing"]]: Effect.Effect<
    Framing,
    F extends "aws-event-stream" ? Config.ConfigError : never
  >
} = {
  sse: Effect.map(
    Effect.promise(() => import("../transport/SseReader.ts")),
    ({ SseReader }) => ({
      accept: "text/event-stream",
      makeReader: (frameBytes) => new SseReader(frameBytes),
      // A field (data, event, id, retry) or a comment.
      firstBytes: new Set(Array.from("deir:", (letter) => letter.charCodeAt(0)))
    })
  ),
  ndjson: Effect.map(
    Effect.promise(() => import("../transport/NdjsonReader.ts")),
    ({ NdjsonReader }) => ({
      accept: "application/x-ndjson",
      makeReader: (frameBytes) => new NdjsonReader(frameBytes),
      // An object.
      firstBytes: new Set(["{".charCodeAt(0)])
    })
  ),
  "aws-event-stream": Effect.map(
    Effect.flatMap(
      Effect.promise(() => import("../transport/EventStream.ts")),
      ({ EventStreamReader, load }) => Effect.map(load, (codec) => [codec, EventStreamReader] as const)
    ),
    ([codec, EventStreamReader]) => ({
      accept: "application/vnd.amazon.eventstream",
      makeReader: (frameBytes) => new EventStreamReader(codec, frameBytes),
      // The most significant byte of the first message's length.
      firstBytes: new Set([0, 1])
    })
  )
}
