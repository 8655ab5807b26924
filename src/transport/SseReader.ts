import * as Sse from "effect/encoding/Sse"
import { ResponseTooLargeError } from "../domain/CallErrors.ts"
import type { Frame } from "../domain/Frame.ts"
import type { FrameError } from "./FrameReader.ts"
import { Utf8Reader } from "./Utf8Reader.ts"

/**
 * The longest frame that is read, in UTF-16 code units, where nothing else is said: 16 Mi, which leaves room for an
 * image in base64.
 */
export const maxFrameSize = 16 * 1024 * 1024

/** So much of a line may wait for the rest of it, in UTF-16 code units. */
const fewUnits = 4096

/**
 * Turns the bytes of one server-sent event stream into frames, wherever the bytes are split. Comments and `retry:` lines
 * say nothing to us; line ends may be LF, CRLF or CR. A frame over the size limit is a `ResponseTooLargeError`, given once
 * the frames before it have been.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class SseReader {
  readonly #text = new Utf8Reader()
  readonly #parser: Sse.Parser
  readonly #maxSize: number
  #frames: Array<Frame> = []
  #failure: FrameError | undefined
  /** Whether the bytes so far end with a whole event: the parser holds nothing. */
  #isBetween = true
  /** The latest of a line that comes in small pieces, for the parser keeps each piece. */
  #waiting = ""

  constructor(maxSize: number = maxFrameSize) {
    this.#maxSize = maxSize
    this.#parser = Sse.makeParser(
      (event) => {
        if (event._tag === "Event") this.#frames.push(frameOf(event))
      },
      { maxEventSize: maxSize }
    )
  }

  /** The frames that these bytes complete. */
  read(bytes: Uint8Array): ReadonlyArray<Frame> | FrameError {
    const text = this.#text.read(bytes)
    const rest = this.#isBetween && !text.includes("\r") ? this.#skim(text) : text
    if (rest === "") return this.#taken()
    if (this.#waiting.length + rest.length >= Math.min(fewUnits, this.#maxSize) || /[\r\n]/.test(rest))
      return this.#feed(rest)
    this.#waiting += rest
    this.#isBetween = false
    return this.#failure ?? this.#taken()
  }

  /** The frame that was still open when the bytes ended: servers may leave out the blank line after the last one. */
  end(): ReadonlyArray<Frame> | FrameError {
    return this.#feed(this.#text.end() + "\n\n")
  }

  /** Reads the events of one line of data, which nearly all are, without the parser; gives the text after them. */
  #skim(text: string): string {
    let at = 0
    while (text.startsWith("data: ", at)) {
      const start = at + 6
      const end = text.indexOf("\n", start)
      if (end <= start || text[end + 1] !== "\n" || end - at > this.#maxSize) break
      this.#frames.push({ data: text.slice(start, end) })
      at = end + 2
    }
    return text.slice(at)
  }

  #feed(text: string): ReadonlyArray<Frame> | FrameError {
    if (this.#failure !== undefined) return this.#failure
    const error = this.#parser.feed(this.#waiting + text)
    this.#waiting = ""
    this.#isBetween = error === undefined && text.endsWith("\n\n")
    if (error !== undefined) this.#failure = new ResponseTooLargeError({ limit: "frameBytes", bytes: this.#maxSize })
    return this.#failure !== undefined && this.#frames.length === 0 ? this.#failure : this.#taken()
  }

  #taken(): ReadonlyArray<Frame> {
    const frames = this.#frames
    this.#frames = []
    return frames
  }
}

const frameOf = (event: Sse.Event): Frame =>
  event.event === "message" ? { data: event.data } : { event: event.event, data: event.data }
