import { ResponseTooLargeError } from "../domain/CallErrors.ts"
import type { FrameError, FrameReader, TextFrame } from "./FrameReader.ts"
import { maxFrameSize } from "./SseReader.ts"
import { Utf8Reader } from "./Utf8Reader.ts"

/** Two line ends; a CR at the end of the text may be half of one, which the beginning of the next piece shows. */
const blankLine = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))/g

/**
 * Reads what `SseReader` reads, and keeps the text of each message as it came. Comments and `retry:` lines that stand alone are
 * messages without data.
 */
export class SseTextReader implements FrameReader {
  readonly #decoder = new Utf8Reader()
  readonly #maxSize: number
  /** The beginning of an incomplete message: pieces without line ends, joined when one arrives. */
  #pieces: Array<string> = []
  #size = 0
  #isAfterCr = false
  /** Whether the LF after that CR has already been added to the message's text, because its lines end in CRLF. */
  #expectsLf = false
  /** Text before the next message that is not part of it: a byte order mark, or half of a line end. */
  #before = ""
  #failure: FrameError | undefined

  constructor(maxSize: number = maxFrameSize) {
    this.#maxSize = maxSize
  }

  /** The messages that these bytes complete. */
  read(bytes: Uint8Array): ReadonlyArray<TextFrame> | FrameError {
    return this.#feed(this.#decoder.read(bytes))
  }

  /** The message that was still open when the bytes ended: servers may leave out the blank line after the last one. */
  end(): ReadonlyArray<TextFrame> | FrameError {
    const rest = this.#decoder.end()
    if (this.#size + rest.length > 0) return this.#feed(`${rest}\n\n`)
    return this.#before === "" ? [] : [{ data: "", text: this.#before, isSilent: true }]
  }

  #feed(piece: string): ReadonlyArray<TextFrame> | FrameError {
    if (this.#failure !== undefined) return this.#failure
    const frames: Array<TextFrame> = []
    const isHalf = this.#isAfterCr && piece.startsWith("\n")
    const fed = isHalf ? piece.slice(1) : piece
    this.#before += this.#decoder.takeMark() + (isHalf && !this.#expectsLf ? "\n" : "")
    if (piece !== "") this.#isAfterCr = false
    if (fed.includes("\n") || fed.includes("\r")) this.#split(fed, frames)
    else if (fed !== "") this.#keep(fed)
    return this.#failure !== undefined && frames.length === 0 ? this.#failure : frames
  }

  #keep(piece: string): void {
    this.#pieces.push(piece)
    this.#size += piece.length
    if (this.#size > this.#maxSize) {
      this.#pieces = []
      this.#failure = new ResponseTooLargeError({ limit: "frameBytes", bytes: this.#maxSize })
    }
  }

  #split(piece: string, frames: Array<TextFrame>): void {
    const text = this.#pieces.length === 0 ? piece : this.#pieces.join("") + piece
    this.#pieces = []
    this.#size = 0
    const hasCr = text.includes("\r")
    let from = 0
    while (from < text.length) {
      const end = hasCr ? endOfBlock(text, from) : text.indexOf("\n\n", from) + 2
      if (end < 2) break
      if (end - from > this.#maxSize) return this.#keep(text.slice(from, end))
      const block = text.slice(from, end)
      const frame = frameOf(block)
      const isCut = end === text.length && block.endsWith("\r")
      this.#expectsLf = isCut && block.endsWith("\r\n\r")
      const whole = this.#before + block + (this.#expectsLf ? "\n" : "")
      frames.push(whole === block ? frame : { ...frame, text: whole })
      this.#before = ""
      this.#isAfterCr = isCut
      from = end
    }
    if (from < text.length) this.#keep(text.slice(from))
  }
}

/** Behind the blank line that ends the message; 0 where it has not come. */
const endOfBlock = (text: string, from: number): number => {
  blankLine.lastIndex = from
  return blankLine.test(text) ? blankLine.lastIndex : 0
}

const frameOf = (text: string): TextFrame => {
  if (text.startsWith("data: ") && text.indexOf("\n") === text.length - 2 && !text.includes("\r"))
    return { data: text.slice(6, -2), text }
  let event: string | undefined
  let data: string | undefined
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":")
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1)
    if (name === "event") event = value
    else if (name === "data") data = data === undefined ? value : `${data}\n${value}`
  }
  if (data === undefined) return { data: "", text, isSilent: true }
  return event === undefined || event === "" || event === "message" ? { data, text } : { event, data, text }
}
