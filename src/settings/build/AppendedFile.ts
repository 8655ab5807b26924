import * as Effect from "effect/Effect"
import { close, fdatasync, openSync, writeSync } from "node:fs"

/** A file that lines are appended to. What was appended outlives the process; with `sync`, the machine. */
export class AppendedFile {
  readonly path: string
  readonly #fd: number
  bytes = 0
  #isSynced = true
  #isEnded = false
  #isClosed = false

  constructor(path: string) {
    this.path = path
    this.#fd = openSync(path, "a", 0o600)
  }

  /** Throws where not all of it could be written. */
  append(text: string): void {
    const bytes = writeSync(this.#fd, text)
    this.bytes += bytes
    this.#isSynced = false
    if (bytes < text.length) throw new Error(`the disk has no room for ${this.path}`)
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
