import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import type { ChatResponse } from "effect-llm/domain/ChatResponse"
import type { Frame } from "effect-llm/domain/Frame"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import type { ChatProtocol, EncodeResponseOptions } from "effect-llm/protocols/ChatProtocol"

/** The half of a protocol with which responses are written. */
export interface Writing extends Pick<ChatProtocol, "id" | "encodeResponse" | "makeEncoder"> {
  /** A `json-array` has the frames as its items. */
  readonly framing: ChatProtocol["framing"] | "json-array"
}

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
  const { framing } = protocol
  const { close, contentType, text } =
    framing === "json-array" ? array() : framings[framing === "ndjson" ? framing : "sse"]
  const join = (frames: ReadonlyArray<Frame>) => frames.map(text).join("")
  return {
    contentType,
    write: (events) => events.map((event) => join(encoder.encode(event))).join(""),
    end: () => join(encoder.end()) + close(),
    fail: (error) => join(encoder.fail(error)) + close()
  }
}

/** How frames are written, and what comes after the last. */
interface TextFraming {
  readonly contentType: string
  readonly text: (frame: Frame) => string
  readonly close: () => string
}

const nothing = () => ""

/** The frames of one stream as the items of an array. */
const array = (): TextFraming => {
  let isBegun = false
  return {
    contentType: "application/json; charset=utf-8",
    text: ({ data }) => {
      const before = isBegun ? ",\r\n" : "["
      isBegun = true
      return before + data
    },
    close: () => (isBegun ? "]" : "[]")
  }
}

/** Server-sent events. */
export const sse: TextFraming = {
  close: nothing,
  contentType: "text/event-stream; charset=utf-8",
  text: ({ data, event }) => `${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`
}

const framings: { readonly [framing in "sse" | "ndjson"]: TextFraming } = {
  sse,
  ndjson: { close: nothing, contentType: "application/x-ndjson", text: ({ data }) => `${data}\n` }
}
