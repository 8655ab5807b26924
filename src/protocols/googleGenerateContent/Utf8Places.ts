/** Converts between positions in a text and in its UTF-8 bytes, reading the text only once. */
export class Utf8Places {
  /** The number of bytes before each code unit, and before the end. */
  readonly #before: Uint32Array

  constructor(text: string) {
    const before = new Uint32Array(text.length + 1)
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      const isSecond = at > 0 && (code & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800
      // A lone surrogate is encoded as U+FFFD, which has three bytes; a pair has four.
      before[at + 1] = (before[at] ?? 0) + (isSecond ? 1 : code < 0x80 ? 1 : code < 0x800 ? 2 : 3)
    }
    this.#before = before
  }

  /** The number of bytes in this many code units. */
  bytesOf(units: number): number {
    return this.#before[Math.min(Math.max(0, units), this.#before.length - 1)] ?? 0
  }

  /** The number of complete code units in this many bytes. */
  unitsOf(bytes: number): number {
    let [least, most] = [0, this.#before.length - 1]
    while (least < most) {
      const middle = Math.ceil((least + most) / 2)
      if ((this.#before[middle] ?? 0) <= bytes) least = middle
      else most = middle - 1
    }
    return least
  }
}
