import type { Warning } from "../../domain/Warning.ts"
import { StripTokens, warningsOf } from "./StripTokens.ts"
import { ThinkTags } from "./ThinkTags.ts"

/** What a server leaves in the text that is none of it. */
export interface TextQuirks {
  /** Tokens of the chat template, which are removed from the end. */
  readonly stripTokens: ReadonlyArray<string>
  /** Whether text that begins with `<think>` is reasoning up to `</think>`. */
  readonly thinkTags: boolean
}

/** Says a text that comes in pieces without what the quirks name, and the reasoning in it as such. */
export class TextFilter {
  readonly #say: (type: "text" | "reasoning", piece: string) => void
  readonly #strip: StripTokens | undefined
  readonly #tags: ThinkTags | undefined

  constructor({ stripTokens, thinkTags }: TextQuirks, say: (type: "text" | "reasoning", piece: string) => void) {
    this.#say = say
    if (stripTokens.length > 0) this.#strip = new StripTokens(stripTokens)
    if (thinkTags) this.#tags = new ThinkTags(say)
  }

  push(piece: string): void {
    const text = this.#strip === undefined ? piece : this.#strip.push(piece)
    if (text === "") return
    if (this.#tags === undefined) this.#say("text", text)
    else this.#tags.push(text)
  }

  /** No more comes: says what was held back. */
  flush(): void {
    const text = this.#strip?.flush() ?? ""
    if (this.#tags === undefined) {
      if (text !== "") this.#say("text", text)
    } else {
      this.#tags.push(text)
      this.#tags.flush()
    }
  }

  get warnings(): ReadonlyArray<Warning> | undefined {
    return warningsOf(this.#strip)
  }
}
