/**
 * Removes tokens of the chat template from text that arrives in pieces. What may be the beginning of a token is held
 * back until the next piece decides; so the result does not depend on how the text is cut.
 *
 * @since 0.1.0
 * @category models
 */
export class StripTokens {
  #held = ""
  readonly #tokens: ReadonlyArray<string>
  readonly #longest: number
  readonly #first: RegExp

  constructor(tokens: ReadonlyArray<string>) {
    this.#tokens = [...tokens].filter((token) => token !== "").sort((a, b) => b.length - a.length)
    this.#longest = this.#tokens[0]?.length ?? 0
    const letters = [...new Set(this.#tokens.map((token) => token.charCodeAt(0).toString(16).padStart(4, "0")))]
    this.#first = letters.length === 0 ? /(?!)/g : new RegExp(`[${letters.map((code) => `\\u${code}`).join("")}]`, "g")
  }

  /** The text that is certain after this piece. */
  push(piece: string): string {
    const text = this.#held === "" ? piece : this.#held + piece
    this.#held = ""
    return this.#scan(text, false)
  }

  /** The text that was held back: no more comes. */
  flush(): string {
    const text = this.#held
    this.#held = ""
    return this.#scan(text, true)
  }

  #scan(text: string, last: boolean): string {
    let result = ""
    let from = 0
    let at = 0
    while (true) {
      this.#first.lastIndex = at
      at = this.#first.exec(text)?.index ?? -1
      if (at < 0) return from === 0 ? text : result + text.slice(from)
      const token = this.#tokens.find((token) => text.startsWith(token, at))
      const left = text.length - at
      if (!last && left < this.#longest) {
        const rest = text.slice(at)
        if (this.#tokens.some((token) => token.length > left && token.startsWith(rest))) {
          this.#held = rest
          return result + text.slice(from, at)
        }
      }
      if (token === undefined) at++
      else {
        result += text.slice(from, at)
        at += token.length
        from = at
      }
    }
  }
}
