import * as Result from "effect/Result"
import { readdirSync, readFileSync, unlinkSync } from "node:fs"
import type { Journal } from "effect-llm/policies/BudgetStoreBuffered"
import { AppendedFile } from "./AppendedFile.ts"

/** As much is in one file. */
const mostBytes = 1_000_000

const named = /^budgets-(\d+)\.ndjson$/

/** A file that is written, and the last operation in it. */
interface Written {
  readonly file: AppendedFile
  position: number
}

/**
 * A journal in files of a directory that is its owner's alone, named after their first operations. A line is a position and an
 * operation; one that the death of the process has cut off was seen by nobody.
 */
export class BudgetJournal implements Journal {
  readonly #directory: string
  /** Files of processes before this one, by the last operation of each. */
  readonly #left = new Map<string, number>()
  #written: ReadonlyArray<Written> = []
  #current: Written | undefined
  #hasFailed = false

  constructor(directory: string) {
    this.#directory = directory
  }

  append(position: number, operation: string): void {
    const current = (this.#current ??= this.#open(position))
    // Whatever a failure has left is a line of its own.
    const line = this.#hasFailed ? `\n${position} ${operation}\n` : `${position} ${operation}\n`
    this.#hasFailed = true
    current.file.append(line)
    this.#hasFailed = false
    current.position = position
    if (current.file.bytes >= mostBytes) this.#end()
  }

  #open(position: number): Written {
    const written = { file: new AppendedFile(`${this.#directory}/budgets-${position}.ndjson`), position }
    this.#written = [...this.#written, written]
    return written
  }

  #end(): void {
    this.#current?.file.end()
    this.#current = undefined
  }

  read(): ReadonlyArray<{ readonly position: number; readonly operation: string }> {
    const firstOf = (name: string): number => Number(named.exec(name)?.[1])
    const names = readdirSync(this.#directory).filter((name) => named.test(name))
    return names
      .toSorted((a, b) => firstOf(a) - firstOf(b))
      .flatMap((name) => {
        const path = `${this.#directory}/${name}`
        const lines = readFileSync(path, "utf8").split("\n").slice(0, -1)
        const operations = lines.flatMap((line) => {
          const [, position, operation] = /^(\d+) (\[.*\])$/.exec(line) ?? []
          return position === undefined || operation === undefined ? [] : [{ position: Number(position), operation }]
        })
        this.#left.set(path, operations.at(-1)?.position ?? 0)
        return operations
      })
  }

  forget(position: number): void {
    for (const [path, last] of this.#left) {
      if (last > position) continue
      this.#left.delete(path)
      Result.try(() => unlinkSync(path))
    }
    const isOver = (written: Written) => written.position <= position
    for (const written of this.#written.filter(isOver)) {
      if (written === this.#current) this.#current = undefined
      written.file.close()
      Result.try(() => unlinkSync(written.file.path))
    }
    this.#written = this.#written.filter((written) => !isOver(written))
  }

  /** The files that may not be on the disk yet. */
  get files(): ReadonlyArray<AppendedFile> {
    return this.#written.map(({ file }) => file)
  }

  close(): void {
    for (const { file } of this.#written) file.close()
  }
}
