import type { Json } from "../../domain/Json.ts"

/** A file that was uploaded, or that a batch has made. */
export interface SimulatedFile {
  readonly bytes: Uint8Array
  readonly document: { readonly id: string; readonly [field: string]: Json }
}

/** A batch in its current state. */
export interface SimulatedBatch {
  readonly document: { readonly id: string; readonly [field: string]: Json }
}

/** The objects of one account, oldest first. */
export class Account {
  readonly files = new Map<string, SimulatedFile>()
  readonly batches = new Map<string, SimulatedBatch>()
}

/** The objects of all accounts of a simulator: each key has its own account, and ids are unique among them. */
export class Storage {
  readonly #accounts = new Map<string, Account>()
  #made = 0

  of(key: string | undefined): Account {
    const account = this.#accounts.get(key ?? "") ?? new Account()
    this.#accounts.set(key ?? "", account)
    return account
  }

  nextId(prefix: string): string {
    return `${prefix}sim${++this.#made}`
  }

  clear(): void {
    this.#accounts.clear()
  }
}
