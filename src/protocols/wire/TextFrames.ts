/** With which OpenAI hides how long a piece is: a last field of random letters. */
const padding = '"obfuscation":"'
const paddingEnd = /^[A-Za-z0-9]*"\}$/

/** Whether a string of JSON writes a character in another way: a backslash or a control character. */
const isEscaped = (code: number): boolean => code < 0x20 || code === 0x5c

/**
 * Reads the text in frames that differ in nothing else from one that has been parsed, as nearly all of a stream do: to parse
 * them takes five times as long.
 */
export class TextFrames {
  #before = ""
  #after = ""
  #isPadded = false

  /** Learns from a frame whose only content is this text, in this field; false where its position is ambiguous. */
  learn(data: string, field: string, text: string): boolean {
    const literal = JSON.stringify(text)
    const at = data.indexOf(literal)
    const before = data.slice(0, at + 1)
    if (at < 0 || data.includes(literal, at + 1) || !before.slice(0, -1).trimEnd().endsWith(`"${field}":`)) return false
    const after = data.slice(at + literal.length - 1)
    const padded = after.lastIndexOf(padding)
    this.#before = before
    this.#isPadded = padded >= 0 && paddingEnd.test(after.slice(padded + padding.length))
    this.#after = this.#isPadded ? after.slice(0, padded + padding.length) : after
    return true
  }

  /** The text of such a frame. */
  textOf(data: string): string | undefined {
    const from = this.#before.length
    // Whole strings are compared faster than `startsWith` compares.
    if (from === 0 || data.slice(0, from) !== this.#before) return undefined
    const to = data.indexOf('"', from)
    const end = to + this.#after.length
    if (data.slice(to, end) !== this.#after) return undefined
    if (this.#isPadded ? !paddingEnd.test(data.slice(end)) : data.length !== end) return undefined
    for (let at = from; at < to; at++) if (isEscaped(data.charCodeAt(at))) return undefined
    return data.slice(from, to)
  }
}
