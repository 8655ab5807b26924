import * as Result from "effect/Result"
import { existsSync, mkdirSync, unlinkSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"

/**
 * Which processes keep something of a database in memory: one alone, or several that then keep nothing. It is a lock of SQLite's on
 * a file of its own, which the system takes from a process that dies.
 */
export class Claim {
  readonly #lock: DatabaseSync
  readonly #wish: string
  #held: "alone" | "shared" | undefined

  /** Throws where the directory cannot be used. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    this.#lock = new DatabaseSync(`${directory}/budgets.lock`, { timeout: 0 })
    this.#wish = `${directory}/budgets.share`
  }

  get isAlone(): boolean {
    return this.#held === "alone"
  }

  get isShared(): boolean {
    return this.#held === "shared"
  }

  /** Whether no other process has it now. */
  takeAlone(): boolean {
    const taken = Result.try(() => this.#lock.exec("BEGIN EXCLUSIVE"))
    if (Result.isFailure(taken)) return false
    this.#held = "alone"
    this.#forgetWish()
    return true
  }

  /** Whether it could be shared now; a process that has it alone is told that others want it. */
  takeShared(): boolean {
    if (this.#held === "alone") {
      this.#lock.exec("ROLLBACK")
      this.#held = undefined
    }
    const taken = Result.try(() => {
      if (!this.#lock.isTransaction) this.#lock.exec("BEGIN")
      this.#lock.prepare("SELECT count(*) FROM sqlite_schema").get()
    })
    if (Result.isFailure(taken)) {
      Result.try(() => writeFileSync(this.#wish, ""))
      return false
    }
    this.#held = "shared"
    this.#forgetWish()
    return true
  }

  /** Whether another process wants to share it. */
  get isWanted(): boolean {
    return existsSync(this.#wish)
  }

  #forgetWish(): void {
    Result.try(() => unlinkSync(this.#wish))
  }

  release(): void {
    this.#held = undefined
    this.#lock.close()
  }
}
