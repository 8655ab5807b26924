import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import type { ChatResponse } from "effect-llm/domain/ChatResponse"
import type { Frame } from "effect-llm/domain/Frame"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import type { ChatProtocol, EncodeResponseOptions } from "effect-llm/protocols/ChatProtocol"

/** The half of a protocol with which responses are written. */
export type Writing = Pick<ChatProtocol, "id" | "encodeResponse" | "makeEncoder" | "framing">

/** The body of a whole response. */
export const whole = (protocol: Writing, response: ChatResponse, options: EncodeResponseOptions): string =>
  JSON.stringify(protocol.encodeResponse(response, options))

/** Writes the events of one stream as text. */
export interface StreamWriter {
  readonly contentType: string
  readonly write: (events: ReadonlyArray<ChatEvent>) => string
  readonly end: () => string
  /** Ends the stream with an error that every client of the dialect understands. */
  readonly fail: (error: ProviderError) => string
}

export const stream = (protocol: Writing, options: EncodeResponseOptions): StreamWriter => {
  const encoder = protocol.makeEncoder(options)
  const { contentType, text } = framings[protocol.framing === "ndjson" ? "ndjson" : "sse"]
  const join = (frames: ReadonlyArray<Frame>) => frames.map(text).join("")
  return {
    contentType,
    write: (events) => events.map((event) => join(encoder.encode(event))).join(""),
    end: () => join(encoder.end()),
    fail: (error) => join(encoder.fail(error))
  }
}

/** Server-sent events. */
export const sse = {
  contentType: "text/event-stream; charset=utf-8",
  text: ({ data, event }: Frame): string => `${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`
}

const framings = {
  sse,
  ndjson: { contentType: "application/x-ndjson", text: ({ data }: Frame) => `${data}\n` }
}
