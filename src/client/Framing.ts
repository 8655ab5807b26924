import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type { Framing as Name } from "../protocols/Protocol.ts"
import type { FrameReader } from "../transport/FrameReader.ts"

type Framed = Exclude<Name, "bytes">

/** How the bytes of a stream become frames. */
export interface Framing {
  readonly makeReader: (frameBytes: number) => FrameReader
  /** The possible first bytes of a stream, which tell it from a unary response or none at all. */
  readonly firstBytes: ReadonlySet<number> | undefined
}

/** The `accept` headers. */
export const mediaTypes: { readonly [F in Framed]: string } = {
  sse: "text/event-stream",
  ndjson: "application/x-ndjson",
  "aws-event-stream": "application/vnd.amazon.eventstream"
}

const loaded = new Map<Framed, Framing>()

/** Loads a framing. Only AWS event streams need a package that may be missing. */
export const load = (name: Framed): Effect.Effect<Framing, Config.ConfigError> => {
  const framing = loaded.get(name)
  if (framing !== undefined) return Effect.succeed(framing)
  return Effect.tap(framings[name], (framing) => Effect.sync(() => loaded.set(name, framing)))
}

const framings: { readonly [F in Framed]: Effect.Effect<Framing, Config.ConfigError> } = {
  sse: Effect.map(
    Effect.promise(() => import("../transport/SseReader.ts")),
    ({ SseReader }) => ({
      makeReader: (frameBytes) => new SseReader(frameBytes),
      // A field (data, event, id, retry) or a comment.
      firstBytes: new Set(Array.from("deir:", (letter) => letter.charCodeAt(0)))
    })
  ),
  ndjson: Effect.map(
    Effect.promise(() => import("../transport/NdjsonReader.ts")),
    ({ NdjsonReader }) => ({
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
      makeReader: (frameBytes) => new EventStreamReader(codec, frameBytes),
      // The most significant byte of the first message's length.
      firstBytes: new Set([0, 1])
    })
  )
}
