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
