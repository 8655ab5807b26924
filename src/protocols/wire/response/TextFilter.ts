import type { Warning } from "../../../domain/Warning.ts"

/** What a server may leave in a text that does not belong there. */
export interface TextQuirks {
  /** Tokens of the chat template, which are removed from the end. */
  readonly stripTokens: ReadonlyArray<string>
  /** Whether text that begins with `<think>` is reasoning up to `</think>`. */
  readonly thinkTags: boolean
}

/** Emits a text that arrives in pieces without what the quirks name, and the reasoning in it as reasoning. */
export class TextFilter {
  readonly #emit: (type: "text" | "reasoning", piece: string) => void
  readonly #strip: StripTokens | undefined
  readonly #tags: ThinkTags | undefined

  constructor({ stripTokens, thinkTags }: TextQuirks, emit: (type: "text" | "reasoning", piece: string) => void) {
    this.#emit = emit
    if (stripTokens.length > 0) this.#strip = new StripTokens(stripTokens)
    if (thinkTags) this.#tags = new ThinkTags(emit)
  }

  push(piece: string): void {
    const text = this.#strip === undefined ? piece : this.#strip.push(piece)
    if (text === "") return
    if (this.#tags === undefined) this.#emit("text", text)
    else this.#tags.push(text)
  }

  /** Emits the text that was held back, before anything other than text and at the end. */
  flush(): void {
    const text = this.#strip?.flush() ?? ""
    if (this.#tags === undefined) {
      if (text !== "") this.#emit("text", text)
    } else {
      this.#tags.push(text)
      this.#tags.flush()
    }
  }

  get warnings(): ReadonlyArray<Warning> | undefined {
    return warningsOf(this.#strip)
  }
}

const open = "<think>"
const close = "</think>"

/**
 * Separates the reasoning from text that begins with `<think>`, arriving in pieces. White space before and after the
 * tags, up to the first other character, is dropped; a tag further on is text.
 */
class ThinkTags {
  #state: "start" | "before-reasoning" | "reasoning" | "before-text" | "text" = "start"
  #pending = ""
  readonly #emit: (type: "text" | "reasoning", text: string) => void

  constructor(emit: (type: "text" | "reasoning", text: string) => void) {
    this.#emit = emit
  }

  push(piece: string): void {
    let text = this.#pending + piece
    this.#pending = ""
    while (text !== "") text = this.#step(text)
  }

  /** No more comes: emits what was held back, as it is. */
  flush(): void {
    if (this.#pending !== "") this.#emit(this.#state === "reasoning" ? "reasoning" : "text", this.#pending)
    this.#pending = ""
  }

  /** Consumes what it can and returns the rest for the next state; holds back what it cannot decide yet. */
  #step(text: string): string {
    switch (this.#state) {
      case "text":
        this.#emit("text", text)
        return ""
      case "start": {
        const trimmed = text.trimStart()
        if (trimmed.startsWith(open)) {
          this.#state = "before-reasoning"
          return trimmed.slice(open.length)
        }
        if (open.startsWith(trimmed)) return this.#hold(text)
        this.#state = "text"
        return text
      }
      case "before-text":
      case "before-reasoning": {
        const trimmed = text.trimStart()
        if (trimmed !== "") this.#state = this.#state === "before-text" ? "text" : "reasoning"
        return trimmed
      }
      case "reasoning": {
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
    this.#pending = text
    return ""
  }
}

const closing = "</s>"

/** Warns of the tokens that were removed, if there were any. */
const warningsOf = (strip: StripTokens | undefined): ReadonlyArray<Warning> | undefined => {
  const removed = strip?.removed.trim() ?? ""
  if (removed === "") return undefined
  return [{ type: "other", message: `the server leaked ${removed} into the end of the text; it was removed` }]
}

/**
 * Removes leaked tokens of the chat template from the end of a text that arrives in pieces. Anywhere else they are text: a
 * model that writes about `<|im_end|>`, or strikes a price out in HTML, means it. What may turn out to be such an end is
 * held back until more text, or the end, decides; so the result does not depend on how the text is cut.
 */
class StripTokens {
  /** The tokens that were removed from the end, as they came. */
  removed = ""
  readonly #tokens: ReadonlyArray<string>
  readonly #first: RegExp
  /** Whole tokens, and white space after them, with which the text may end. */
  #run = ""
  /** After them, what may be the beginning of another one. */
  #open = ""
  /** How many `<s>` of the text have no `</s>` yet. */
  #struck = 0
  #tail = ""

  constructor(tokens: ReadonlyArray<string>) {
    this.#tokens = [...tokens].filter((token) => token !== "").sort((a, b) => b.length - a.length)
    const letters = [...new Set(this.#tokens.map((token) => token.charCodeAt(0).toString(16).padStart(4, "0")))]
    this.#first = letters.length === 0 ? /(?!)/g : new RegExp(`[${letters.map((code) => `\\u${code}`).join("")}]`, "g")
  }

  /** The text that is certain after this piece. */
  push(piece: string): string {
    if (this.#run === "" && this.#open === "") return this.#scan(piece)
    const text = this.#open + piece
    const done = this.#advance(text, this.#open === "" ? text.length - text.trimStart().length : 0)
    if (done >= 0) {
      this.#hold(text, 0, done)
      return ""
    }
    const before = this.#run
    this.#run = this.#open = ""
    if (before.includes(closing)) this.#struck = Math.max(0, this.#struck - before.split(closing).length + 1)
    return this.#counted(before) + this.#scan(text)
  }

  /** No more comes: the text that was held back and does not consist of tokens. */
  flush(): string {
    let pending = this.#run + this.#open
    this.#run = this.#open = ""
    let kept = ""
    for (; this.#struck > 0 && pending.startsWith(closing); this.#struck--) {
      kept += closing
      pending = pending.slice(closing.length)
    }
    if (!this.#isRun(pending)) return kept + pending
    this.removed += pending
    return kept
  }

  #scan(text: string): string {
    this.#first.lastIndex = 0
    for (let match = this.#first.exec(text); match !== null; match = this.#first.exec(text)) {
      const done = this.#advance(text, match.index)
      if (done < 0) continue
      this.#hold(text, match.index, done)
      return this.#counted(text.slice(0, match.index))
    }
    return this.#counted(text)
  }

  #hold(text: string, from: number, to: number): void {
    this.#run += text.slice(from, to)
    this.#open = text.slice(to)
  }

  /** How far tokens reach, from `at`, where all that follows may be the beginning of one; otherwise -1. */
  #advance(text: string, at: number): number {
    let end = at
    while (end < text.length) {
      const rest = text.slice(end, end + (this.#tokens[0]?.length ?? 0))
      if (this.#tokens.some((token) => token.length > text.length - end && token.startsWith(rest))) return end
      const token = this.#tokens.find((token) => rest.startsWith(token))
      if (token === undefined) return -1
      end += token.length
      while (end < text.length && text.charAt(end).trim() === "") end++
    }
    return end
  }

  /** Whether nothing but tokens and white space is there, to the end. */
  #isRun(text: string): boolean {
    let rest = text
    while (rest !== "") {
      const token = this.#tokens.find((token) => rest.startsWith(token))
      if (token === undefined) return false
      rest = rest.slice(token.length).trimStart()
    }
    return true
  }

  /** Notes the `<s>` of a text, also one that two pieces share. */
  #counted(text: string): string {
    if (this.#tail !== "" || text.includes("<")) {
      const joined = this.#tail + text
      this.#struck += joined.split(/<s[ >]/).length - 1
      this.#tail = joined.endsWith("<") ? "<" : joined.endsWith("<s") ? "<s" : ""
    }
    return text
  }
}
