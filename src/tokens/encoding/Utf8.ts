/**
 * Writes the code units from `start` to `end` as UTF-8 and returns how many bytes there are. A surrogate without its
 * other half becomes U+FFFD. The buffer has room for three bytes per code unit.
 */
export const writeUtf8 = (text: string, start: number, end: number, buffer: Uint8Array): number => {
  let length = 0
  for (let i = start; i < end; i++) {
    let unit = text.charCodeAt(i)
    if (unit < 0x80) {
      buffer[length++] = unit
      continue
    }
    if (unit < 0x800) {
      buffer[length++] = 0xc0 | (unit >> 6)
      buffer[length++] = 0x80 | (unit & 0x3f)
      continue
    }
    if ((unit & 0xf800) === 0xd800) {
      const low = i + 1 < end && unit < 0xdc00 ? text.charCodeAt(i + 1) : 0
      if ((low & 0xfc00) === 0xdc00) {
        const codePoint = 0x1_0000 + ((unit & 0x3ff) << 10) + (low & 0x3ff)
        buffer[length++] = 0xf0 | (codePoint >> 18)
        buffer[length++] = 0x80 | ((codePoint >> 12) & 0x3f)
        buffer[length++] = 0x80 | ((codePoint >> 6) & 0x3f)
        buffer[length++] = 0x80 | (codePoint & 0x3f)
        i++
        continue
      }
      unit = 0xfffd
    }
    buffer[length++] = 0xe0 | (unit >> 12)
    buffer[length++] = 0x80 | ((unit >> 6) & 0x3f)
    buffer[length++] = 0x80 | (unit & 0x3f)
  }
  return length
}

/**
 * Where in the text each of some byte positions of its UTF-8 form lies, in code units. A position inside a character
 * is that character's beginning. `lengths` are the distances between the positions.
 */
export const unitOffsets = (text: string, lengths: ReadonlyArray<number>): Int32Array => {
  const offsets = new Int32Array(lengths.length)
  let unit = 0
  let byte = 0
  let position = 0
  for (let i = 0; i < lengths.length; i++) {
    position += lengths[i] as number
    while (unit < text.length) {
      const codePoint = text.codePointAt(unit) as number
      const size = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4
      if (byte + size > position) break
      byte += size
      unit += codePoint < 0x1_0000 ? 1 : 2
    }
    offsets[i] = unit
  }
  return offsets
}

const unknown = new Uint8Array([0xef, 0xbf, 0xbd])

/**
 * Reads tokens as they arrive. A character may be spread over several tokens: what is not yet whole is kept back until
 * the rest of it comes, and is U+FFFD when it never does. An id that stands for nothing is U+FFFD too.
 */
export class TokenDecoder {
  readonly #bytesOf: (id: number) => Uint8Array
  readonly #text = new TextDecoder("utf-8", { ignoreBOM: true })

  constructor(bytesOf: (id: number) => Uint8Array) {
    this.#bytesOf = bytesOf
  }

  /** The text of the next tokens, as far as it is whole. */
  decode(ids: Iterable<number>): string {
    const parts: Array<Uint8Array> = []
    let length = 0
    for (const id of ids) {
      const bytes = this.#bytesOf(id)
      const part = bytes.length === 0 ? unknown : bytes
      parts.push(part)
      length += part.length
    }
    const bytes = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return this.#text.decode(bytes, { stream: true })
  }

  /** What is left when no more tokens come. */
  end(): string {
    return this.#text.decode()
  }
}
