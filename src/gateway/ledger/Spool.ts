import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { mkdirSync, statSync, unlinkSync, utimesSync } from "node:fs"
import { AppendedFile } from "../../settings/stores/AppendedFile.ts"
import * as Turn from "../../settings/stores/Turn.ts"
import type { LedgerEntry } from "./LedgerRow.ts"
import * as SpoolFile from "./SpoolFile.ts"

/** Entries that wait to be written together. */
export interface Segment {
  readonly path: string | undefined
  /** Not in memory where too many are; then the file has them. */
  entries: ReadonlyArray<LedgerEntry> | undefined
  readonly count: number
  readonly bytes: number
}

export interface SpoolOptions {
  /** Without one, entries wait in memory alone, and are lost with the process. */
  readonly directory: string | undefined
  readonly instance: string
  /** As much as may wait in files; further entries are lost, and counted. */
  readonly maxBytes: number
}

/** As many entries are in one file, and written in one transaction. */
const mostInSegment = 500

/** As many entries wait in memory. */
const mostInMemory = 10_000

/**
 * What the ledger has not written yet. An entry is in a file at the end of the turn in which it came, before the response that it is
 * about ends, so that the death of the process loses none; files reach the disk with `sync`.
 */
export class Spool {
  readonly #options: SpoolOptions
  #sealed: Array<Segment> = []
  #entries: Array<LedgerEntry> = []
  #file: AppendedFile | undefined
  /** Files that may not be on the disk yet. */
  readonly #files = new Set<AppendedFile>()
  #number = 0
  #bytes = 0
  #inMemory = 0
  /** The lines of this turn, and how many they are. */
  #lines = ""
  #kept = 0
  /** Entries of the current segment that its file does not have, and will not. */
  #unwritten = 0
  /** Entries that were lost, because there was no room for them. */
  dropped = 0
  /** Why entries are not in a file, where that is so. */
  failure: unknown

  constructor(options: SpoolOptions) {
    this.#options = options
    const { directory } = options
    if (directory === undefined) return
    const made = Result.try(() => mkdirSync(directory, { recursive: true, mode: 0o700 }))
    if (Result.isFailure(made)) this.failure = made.failure
  }

  /** How many entries wait. */
  get waiting(): number {
    return this.#entries.length + this.#sealed.reduce((sum, { count }) => sum + count, 0)
  }

  append(entry: LedgerEntry): boolean {
    const line = this.#options.directory === undefined ? "" : SpoolFile.lineOf(entry)
    const isKept = line !== "" && this.#bytes + this.#lines.length + line.length <= this.#options.maxBytes
    if (isKept) {
      this.#lines += line
      this.#kept++
      Turn.write(this)
    }
    // Where memory is full, it must be known that a file has it.
    if (this.#inMemory >= mostInMemory && !(isKept && this.#write())) {
      if (isKept) this.#unwritten--
      this.dropped++
      return false
    }
    this.#entries.push(entry)
    this.#inMemory++
    if (!isKept) this.#unwritten++
    if (this.#entries.length >= mostInSegment) this.#seal()
    return true
  }

  readonly write = (): void => void this.#write()

  /** Writes what came in this turn. What the file does not take stays in memory. */
  #write(): boolean {
    const lines = this.#lines
    const kept = this.#kept
    if (kept === 0) return true
    this.#lines = ""
    this.#kept = 0
    const written = Result.try(() => {
      const file = (this.#file ??= this.#open())
      const before = file.bytes
      file.append(lines)
      this.#bytes += file.bytes - before
    })
    this.failure = Result.isFailure(written) ? written.failure : undefined
    if (Result.isSuccess(written)) return true
    this.#unwritten += kept
    return false
  }

  #open(): AppendedFile {
    const file = new AppendedFile(
      `${this.#options.directory}/${SpoolFile.nameOf(this.#options.instance, ++this.#number)}`
    )
    this.#files.add(file)
    return file
  }

  #seal(): void {
    if (this.#entries.length === 0) return
    this.#write()
    const { bytes, path } = this.#file ?? { bytes: 0, path: undefined }
    const count = this.#entries.length
    // What only memory has stays there.
    const isCrowded = this.#inMemory > mostInMemory && path !== undefined && this.#unwritten === 0
    if (isCrowded) this.#inMemory -= count
    this.#sealed.push({ path, entries: isCrowded ? undefined : this.#entries, count, bytes })
    this.#file?.end()
    this.#file = undefined
    this.#entries = []
    this.#unwritten = 0
  }

  /** The oldest entries that wait; they stay until they are removed. */
  next(): Segment | undefined {
    if (this.#sealed.length === 0) this.#seal()
    return this.#sealed[0]
  }

  entriesOf(segment: Segment): Result.Result<SpoolFile.Contents, unknown> {
    const { entries, path } = segment
    return entries === undefined && path !== undefined
      ? Result.try(() => SpoolFile.read(path))
      : Result.succeed({ entries: entries ?? [], torn: 0 })
  }

  remove(segment: Segment): void {
    this.forget(segment)
    const { path } = segment
    // Another process may have written and removed it too.
    if (path !== undefined) Result.try(() => unlinkSync(path))
  }

  /** Waits for a segment no more, and leaves its file alone. */
  forget(segment: Segment): void {
    this.#sealed = this.#sealed.filter((other) => other !== segment)
    if (segment.entries !== undefined) this.#inMemory -= segment.count
    this.#bytes -= segment.bytes
  }

  /** Takes over what processes that died have left. */
  adopt(nowMillis: number): number {
    const { directory, instance } = this.#options
    if (directory === undefined) return 0
    const own = new Set(this.#sealed.map(({ path }) => path))
    const orphans = Result.getOrElse(
      Result.try(() => SpoolFile.orphans(directory, instance, nowMillis)),
      () => []
    )
    const paths = orphans.filter((path) => !own.has(path))
    for (const path of paths) {
      const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      this.#bytes += bytes
      this.#sealed.push({ path, entries: undefined, count: 0, bytes })
    }
    return paths.length
  }

  /** Says that the files have an owner that lives. */
  touch(nowMillis: number): void {
    const paths = [this.#file?.path, ...this.#sealed.map(({ path }) => path)]
    for (const path of paths)
      if (path !== undefined) Result.try(() => utimesSync(path, nowMillis / 1000, nowMillis / 1000))
  }

  /** Brings what was appended to the disk. */
  readonly sync: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forEach(
      [...this.#files],
      (file) =>
        Effect.andThen(
          file.sync,
          Effect.sync(() => void (file.isClosed && this.#files.delete(file)))
        ),
      { discard: true }
    )
  )

  close(): void {
    this.#seal()
    for (const file of this.#files) file.close()
    this.#files.clear()
  }
}
