import * as Effect from "effect/Effect"
import { close, fdatasync, openSync, writeSync } from "node:fs"

/** A file that lines are appended to. What was appended outlives the process; with `sync`, the machine. */
export class AppendedFile {
  readonly path: string
  readonly #fd: number
  bytes = 0
  #isTorn = false
  #isSynced = true
  #isEnded = false
  #isClosed = false

  constructor(path: string) {
    this.path = path
    this.#fd = openSync(path, "a", 0o600)
  }

  /** Appends whole lines; throws where not all of them could be written. */
  append(lines: string): void {
    // Whatever a failure has left is a line of its own.
    const text = this.#isTorn ? `\n${lines}` : lines
    this.#isTorn = true
    const bytes = writeSync(this.#fd, text)
    this.bytes += bytes
    this.#isSynced = false
    if (bytes < text.length) throw new Error(`the disk has no room for ${this.path}`)
    this.#isTorn = false
  }

  /** Brings what was appended to the disk. */
  readonly sync: Effect.Effect<void> = Effect.suspend(() => {
    if (this.#isSynced || this.#isClosed) return Effect.sync(() => this.#closeEnded())
    this.#isSynced = true
    return Effect.callback<void>((resume) =>
      fdatasync(this.#fd, () => {
        this.#closeEnded()
        resume(Effect.void)
      })
    )
  })

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Appends nothing more: it is closed once it is on the disk. */
  end(): void {
    this.#isEnded = true
  }

  #closeEnded(): void {
    if (this.#isEnded && this.#isSynced) this.close()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // To close a file may have to wait for the disk.
    close(this.#fd, () => undefined)
  }
}
