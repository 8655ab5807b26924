import * as Result from "effect/Result"
import { readdirSync, readFileSync, unlinkSync } from "node:fs"
import type { Journal } from "effect-llm/policies/BudgetStoreBuffered"
import { AppendedFile } from "./AppendedFile.ts"
import * as Turn from "./Turn.ts"

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
 * operation; one that the death of the process has cut off was seen by nobody. Those of one turn of the event loop are written
 * together; after a failure each is written at once, so that it is known whether it was.
 */
export class BudgetJournal implements Journal {
  readonly #directory: string
  /** Files of processes before this one, by the last operation of each. */
  readonly #left = new Map<string, number>()
  #written: ReadonlyArray<Written> = []
  #current: Written | undefined
  #hasFailed = false
  #waiting: { readonly first: number; readonly last: number; readonly lines: string } | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  append(position: number, operation: string): void {
    const before = this.#waiting
    const lines = `${before?.lines ?? ""}${position} ${operation}\n`
    this.#waiting = { first: before?.first ?? position, last: position, lines }
    // The ledger has a call before it is charged.
    if (!this.#hasFailed) return Turn.writeLater(this)
    const written = this.#write()
    if (Result.isSuccess(written)) return
    // Who is told that it failed may do it again, or something else.
    this.#waiting = before
    throw written.failure
  }

  readonly write = (): void => void this.#write()

  readonly flush = Turn.flush

  #write(): Result.Result<void, unknown> {
    const waiting = this.#waiting
    if (waiting === undefined) return Result.succeed(undefined)
    const written = Result.try(() => {
      const current = (this.#current ??= this.#open(waiting.first))
      current.file.append(waiting.lines)
      this.#waiting = undefined
      current.position = waiting.last
      if (current.file.bytes >= mostBytes) this.#end()
    })
    this.#hasFailed = Result.isFailure(written)
    return written
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
    if (this.#waiting !== undefined && this.#waiting.last <= position) this.#waiting = undefined
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

  close(): void {
    this.#write()
    for (const { file } of this.#written) file.close()
  }
}
