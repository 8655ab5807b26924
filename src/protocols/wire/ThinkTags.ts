const open = "<think>"
const close = "</think>"

/**
 * Tells thinking from answer in text that begins with `<think>`, arriving in pieces. White space before and after the
 * tags, up to the first other character, is dropped; a tag further on is text.
 */
export class ThinkTags {
  #state: "start" | "before-thought" | "thought" | "before-text" | "text" = "start"
  #held = ""
  readonly #emit: (type: "text" | "reasoning", text: string) => void

  constructor(emit: (type: "text" | "reasoning", text: string) => void) {
    this.#emit = emit
  }

  push(piece: string): void {
    let text = this.#held + piece
    this.#held = ""
    while (text !== "") text = this.#step(text)
  }

  /** No more comes: what was held back is said as it is. */
  flush(): void {
    if (this.#held !== "") this.#emit(this.#state === "thought" ? "reasoning" : "text", this.#held)
    this.#held = ""
  }

  /** Takes what it can and returns what is left of it for the next state; holds back what it cannot decide. */
  #step(text: string): string {
    switch (this.#state) {
      case "text":
        this.#emit("text", text)
        return ""
      case "start": {
        const trimmed = text.trimStart()
        if (trimmed.startsWith(open)) {
          this.#state = "before-thought"
          return trimmed.slice(open.length)
        }
        if (open.startsWith(trimmed)) return this.#hold(text)
        this.#state = "text"
        return text
      }
      case "before-text":
      case "before-thought": {
        const trimmed = text.trimStart()
        if (trimmed !== "") this.#state = this.#state === "before-text" ? "text" : "thought"
        return trimmed
      }
      case "thought": {
        const end = text.indexOf(close)
        if (end >= 0) {
          if (end > 0) this.#emit("reasoning", text.slice(0, end))
          this.#state = "before-text"
          return text.slice(end + close.length)
        }
        let kept = Math.min(close.length - 1, text.length)
        while (kept > 0 && !close.startsWith(text.slice(text.length - kept))) kept--
        if (kept < text.length) this.#emit("reasoning", text.slice(0, text.length - kept))
        return this.#hold(text.slice(text.length - kept))
      }
    }
  }

  #hold(text: string): string {
    this.#held = text
    return ""
  }
}
