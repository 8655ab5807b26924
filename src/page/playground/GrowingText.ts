/** Runs tasks together before the next frame is painted, each once however often it is scheduled. */
const waiting = new Set<() => void>()

const beforeNextFrame = (task: () => void): void => {
  if (waiting.size === 0)
    requestAnimationFrame(() => {
      const tasks = [...waiting]
      waiting.clear()
      for (const each of tasks) each()
    })
  waiting.add(task)
}

/** Text that arrives in pieces. Its reader gets what was added, once a frame, and never the whole text again. */
export class GrowingText {
  #value = ""
  #shownLength = 0
  readonly #readers = new Set<(added: string) => void>()

  get value(): string {
    return this.#value
  }

  append(piece: string): void {
    this.#value += piece
    beforeNextFrame(this.#tell)
  }

  /** Passes on the text so far at once, and then everything that is added. */
  read(reader: (added: string) => void): () => void {
    reader(this.#value.slice(0, this.#shownLength))
    this.#readers.add(reader)
    return () => this.#readers.delete(reader)
  }

  readonly #tell = (): void => {
    const added = this.#value.slice(this.#shownLength)
    this.#shownLength = this.#value.length
    for (const reader of this.#readers) reader(added)
  }
}
