/** Text without its byte order mark, for parsing. */
export const withoutMark = (text: string): string => (text.startsWith("\ufeff") ? text.slice(1) : text)

const whole = new TextDecoder("utf-8", { ignoreBOM: true })

/**
 * Reads text from bytes that come in chunks, without a byte order mark. A chunk that ends with a whole character, as nearly all
 * do, is decoded by itself: a decoder that remembers the rest of the last one takes half as long again.
 */
export class Utf8Reader {
  /** What remembers the beginning of a character. */
  #decoder: TextDecoder | undefined
  #isWithin = false
  #isFirst = true
  #mark = ""

  /** The text of more bytes. */
  read(bytes: Uint8Array): string {
    const isOpen = (bytes[bytes.length - 1] ?? 0) >= 0x80
    if (!this.#isWithin && !isOpen) return this.#withoutMark(whole.decode(bytes))
    this.#decoder ??= new TextDecoder("utf-8", { ignoreBOM: true })
    // Without bytes there is no end of a character.
    this.#isWithin = isOpen || bytes.length === 0
    return this.#withoutMark(this.#decoder.decode(bytes, { stream: true }))
  }

  /** The text of bytes that should have gone on. */
  end(): string {
    return this.#isWithin ? this.#withoutMark(this.#decoder?.decode() ?? "") : ""
  }

  /** The byte order mark that was left out, once. */
  takeMark(): string {
    const mark = this.#mark
    this.#mark = ""
    return mark
  }

  #withoutMark(text: string): string {
    if (!this.#isFirst || text === "") return text
    this.#isFirst = false
    if (!text.startsWith("\ufeff")) return text
    this.#mark = "\ufeff"
    return text.slice(1)
  }
}
