import * as Effect from "effect/Effect"
import type { Frame } from "../../domain/Frame.ts"
import type { ChatProtocol } from "../../protocols/ChatProtocol.ts"

/** How the frames of a stream are written. */
export interface FrameWriter {
  readonly contentType: string
  readonly write: (frame: Frame) => Uint8Array
}

/** Loads the writer of a framing. */
export const load = (framing: ChatProtocol["framing"]): Effect.Effect<FrameWriter> => writers[framing]

const encoder = new TextEncoder()

const writers: { readonly [framing in ChatProtocol["framing"]]: Effect.Effect<FrameWriter> } = {
  sse: Effect.succeed({
    contentType: "text/event-stream; charset=utf-8",
    write: ({ data, event }) => encoder.encode(`${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`)
  }),
  ndjson: Effect.succeed({
    contentType: "application/x-ndjson",
    write: ({ data }) => encoder.encode(`${data}\n`)
  }),
  "aws-event-stream": Effect.map(
    Effect.flatMap(
      Effect.promise(() => import("../../transport/EventStream.ts")),
      ({ EventStreamWriter, load }) => Effect.map(Effect.orDie(load), (codec) => [codec, EventStreamWriter] as const)
    ),
    ([codec, EventStreamWriter]) => {
      const writer = new EventStreamWriter(codec)
      return { contentType: "application/vnd.amazon.eventstream", write: (frame) => writer.write(frame) }
    }
  )
}
