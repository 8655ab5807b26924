import { ResponseTooLargeError } from "../domain/CallErrors.ts"
import type { Frame } from "../domain/Frame.ts"
import { Pieces } from "./Pieces.ts"
import type { FrameError, FrameReader } from "./FrameReader.ts"
import { Utf8Reader } from "./Utf8Reader.ts"

const maxLineSize = 16 * 1024 * 1024

/**
 * Turns the bytes of one stream of JSON lines into frames, wherever the bytes are split. Lines end in LF or CRLF, blank
 * ones say nothing, and the last one needs no end. A line over the size limit (in UTF-16 code units; 16 Mi where
 * nothing else is said) is a `ResponseTooLargeError`, given once the frames before it have been.
 *
 * @see https://github.com/ndjson/ndjson-spec
 */
export class NdjsonReader implements FrameReader {
  readonly #text = new Utf8Reader()
  readonly #maxSize: number
  readonly #partialLine = new Pieces<string>((pieces) => pieces.join(""))
  #partialSize = 0
  #failure: FrameError | undefined

  constructor(maxSize: number = maxLineSize) {
    this.#maxSize = maxSize
  }

  /** The frames that these bytes complete. */
  read(bytes: Uint8Array): ReadonlyArray<Frame> | FrameError {
    return this.#feed(this.#text.read(bytes))
  }

  /** The frame that was still open when the bytes ended: servers may leave out the last line end. */
  end(): ReadonlyArray<Frame> | FrameError {
    return this.#feed(this.#text.end() + "\n")
  }

  #feed(text: string): ReadonlyArray<Frame> | FrameError {
    if (this.#failure !== undefined) return this.#failure
    const frames: Array<Frame> = []
    let from = 0
    while (this.#failure === undefined) {
      const end = text.indexOf("\n", from)
      const piece = text.slice(from, end < 0 ? text.length : end)
      this.#partialSize += piece.length
      if (this.#partialSize > this.#maxSize) this.#fail()
      if (end < 0) {
        this.#partialLine.add(piece)
        break
      }
      const data = (this.#partialLine.isEmpty ? piece : this.#partialLine.take().join("") + piece).trim()
      this.#partialSize = 0
      from = end + 1
      if (data !== "" && this.#failure === undefined) frames.push({ data })
    }
    return this.#failure !== undefined && frames.length === 0 ? this.#failure : frames
  }

  #fail(): void {
    this.#failure = new ResponseTooLargeError({ limit: "frameBytes", bytes: this.#maxSize })
    this.#partialLine.take()
  }
}
