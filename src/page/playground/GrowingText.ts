/** Runs tasks together before the next frame is painted, each once however often it was asked for. */
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

/** Text that arrives in pieces. What shows it hears of what was added, once a frame, and never of the whole again. */
export class GrowingText {
  #value = ""
  #told = 0
  readonly #readers = new Set<(added: string) => void>()

  get value(): string {
    return this.#value
  }

  append(piece: string): void {
    this.#value += piece
    beforeNextFrame(this.#tell)
  }

  /** Gives the text so far at once, and then all that is added. */
  read(reader: (added: string) => void): () => void {
    reader(this.#value.slice(0, this.#told))
    this.#readers.add(reader)
    return () => this.#readers.delete(reader)
  }

  readonly #tell = (): void => {
    const added = this.#value.slice(this.#told)
    this.#told = this.#value.length
    for (const reader of this.#readers) reader(added)
  }
}
