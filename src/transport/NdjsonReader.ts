import { ResponseTooLargeError } from "../domain/CallErrors.ts"
import { Pieces } from "./Pieces.ts"
import type { FrameError, FrameReader, TextFrame } from "./FrameReader.ts"
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
  read(bytes: Uint8Array): ReadonlyArray<TextFrame> | FrameError {
    return this.#feed(this.#text.read(bytes))
  }

  /** The frame that was still open when the bytes ended: servers may leave out the last line end. */
  end(): ReadonlyArray<TextFrame> | FrameError {
    return this.#feed(this.#text.end() + "\n")
  }

  #feed(text: string): ReadonlyArray<TextFrame> | FrameError {
    const frames: Array<TextFrame> = []
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
      const line = this.#partialLine.isEmpty ? piece : this.#partialLine.take().join("") + piece
      const data = line.trim()
      this.#partialSize = 0
      from = end + 1
      if (data !== "" && this.#failure === undefined) frames.push(this.#frameOf(data, line))
    }
    return this.#failure !== undefined && frames.length === 0 ? this.#failure : frames
  }

  /** A frame, with its text where that is not its data and a line end. */
  #frameOf(data: string, line: string): TextFrame {
    const mark = this.#text.takeMark()
    return mark === "" && data.length === line.length ? { data } : { data, text: `${mark}${line}\n` }
  }

  #fail(): void {
    this.#failure = new ResponseTooLargeError({ limit: "frameBytes", bytes: this.#maxSize })
    this.#partialLine.take()
  }
}
