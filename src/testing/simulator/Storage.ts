import type { Json } from "../../domain/Json.ts"

/** A file that was uploaded, or that a batch has made. */
export interface SimulatedFile {
  readonly bytes: Uint8Array
  readonly document: { readonly id: string; readonly [field: string]: Json }
}

/** A batch, and how far it is by now. */
export interface SimulatedBatch {
  readonly document: { readonly id: string; readonly [field: string]: Json }
}

/** What one account keeps, the oldest first. */
export class Account {
  readonly files = new Map<string, SimulatedFile>()
  readonly batches = new Map<string, SimulatedBatch>()
}

/** What the accounts of a simulator keep: each key has an account of its own, and ids are unique among them. */
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
