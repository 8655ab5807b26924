import * as Effect from "effect/Effect"

/** What replaces the characters from `start` up to `end`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Where the text of a window is in the text as a whole. */
export interface View {
  /** Up to 64 characters that come before it, which have been released; none where those were replaced. */
  readonly before: string
  /** Whether the text ends with it. */
  readonly isLast: boolean
}

/** Sees one window, and says what is to be replaced in it. */
export type Inspect<E, R> = (text: string, view: View) => Effect.Effect<ReadonlyArray<Edit>, E, R>

const contextLength = 64

/**
 * Releases a text that arrives in pieces once it was inspected, window by window. A window has twice `size` characters, and the
 * next one begins in its middle: what is no longer than `size` is seen whole before any of it is released. Where windows begin
 * and end depends on the text alone, not on its pieces. An edit at the end of a window waits for what follows.
 */
export class Windows<E, R> {
  readonly #size: number
  readonly #inspect: Inspect<E, R>
  #pending = ""
  #before = ""
  #needed: number
  /** Whether anything was replaced. */
  isChanged = false

  constructor(size: number, inspect: Inspect<E, R>) {
    this.#size = size
    this.#inspect = inspect
    this.#needed = 2 * size
  }

  /** Adds a piece. */
  push(piece: string): void {
    this.#pending += piece
  }

  /** The next window that may be shown; `undefined` where more has to come, or, where no more comes, after the last. */
  next(isLast: boolean): Effect.Effect<string, E, R> | undefined {
    const length = isLast ? this.#pending.length : afterPair(this.#pending, this.#needed)
    if (length === 0 || length > this.#pending.length) return undefined
    const text = this.#pending.slice(0, length)
    return Effect.map(this.#inspect(text, { before: this.#before, isLast }), (edits) =>
      this.#apply(text, edits, isLast)
    )
  }

  #apply(text: string, edits: ReadonlyArray<Edit>, isLast: boolean): string {
    const decided = isLast ? text.length : afterPair(text, this.#size)
    let released = ""
    let end = 0
    for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
      // Text next to an edit is decided together with it, since its pattern may need the replaced text.
      const isDecided = isLast || edit.start < decided || (edit.start === end && end > 0)
      if (edit.start < end || !isDecided) continue
      if (edit.end >= text.length && !isLast) {
        this.#needed = text.length + this.#size
        return ""
      }
      released += text.slice(end, edit.start) + edit.text
      end = edit.end
    }
    const cut = Math.max(end, decided)
    released += text.slice(end, cut)
    if (released !== text.slice(0, cut)) this.isChanged = true
    this.#before = cut === end ? "" : (this.#before + text.slice(0, cut)).slice(-contextLength)
    this.#pending = this.#pending.slice(cut)
    this.#needed = 2 * this.#size
    return released
  }
}

/** The index, or the one after it where a surrogate pair would be cut. */
const afterPair = (text: string, index: number): number => {
  const unit = text.charCodeAt(index - 1)
  return unit >= 0xd800 && unit <= 0xdbff ? index + 1 : index
}

/** The text with all edits. */
export const edited = (text: string, edits: ReadonlyArray<Edit>): string => {
  let result = ""
  let end = 0
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < end) continue
    result += text.slice(end, edit.start) + edit.text
    end = edit.end
  }
  return result + text.slice(end)
}
