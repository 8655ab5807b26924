import * as Sse from "effect/encoding/Sse"
import { ResponseParseError } from "../domain/errors/ResponseParseError.ts"
import type { Frame } from "../domain/Frame.ts"

/**
 * The longest frame that is read, in UTF-16 code units, where nothing else is said: 16 Mi, which leaves room for an
 * image in base64.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxFrameSize = 16 * 1024 * 1024

/**
 * Turns the bytes of one server-sent event stream into frames, wherever the bytes are split. Comments and `retry:` lines
 * say nothing to us; line ends may be LF, CRLF or CR. A frame over the size limit is a `ResponseParseError`, given once
 * the frames before it have been.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @since 0.1.0
 * @category models
 */
export class SseReader {
  private readonly text = new TextDecoder()
  private readonly parser: Sse.Parser
  private frames: Array<Frame> = []
  private failure: ResponseParseError | undefined

  constructor(maxSize: number = maxFrameSize) {
    this.parser = Sse.makeParser(
      (event) => {
        if (event._tag === "Event") this.frames.push(frameOf(event))
      },
      { maxEventSize: maxSize }
    )
  }

  /** The frames that these bytes complete. */
  read(bytes: Uint8Array): ReadonlyArray<Frame> | ResponseParseError {
    return this.feed(this.text.decode(bytes, { stream: true }))
  }

  /** The frame that was still open when the bytes ended: servers may leave out the blank line after the last one. */
  end(): ReadonlyArray<Frame> | ResponseParseError {
    return this.feed(this.text.decode() + "\n\n")
  }

  private feed(text: string): ReadonlyArray<Frame> | ResponseParseError {
    if (this.failure !== undefined) return this.failure
    const error = this.parser.feed(text)
    const frames = this.frames
    this.frames = []
    if (error === undefined) return frames
    this.failure = new ResponseParseError({ detail: error.message, cause: error })
    return frames.length === 0 ? this.failure : frames
  }
}

const frameOf = (event: Sse.Event): Frame =>
  event.event === "message" ? { data: event.data } : { event: event.event, data: event.data }
