import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { StoreError } from "../store/Store.ts"
import type { Known } from "./Callers.ts"
import type { Changes } from "./records/Changes.ts"
import * as Secrets from "./Secrets.ts"

/** What a secret or a token was found to be, until a time. */
export interface Found {
  readonly is: Known | "unknown" | "blocked" | "expired" | "rotated"
  readonly untilMillis: number
  /** What it was made of, such as `key key_1`: when that changes, it is found anew. */
  readonly about: ReadonlyArray<string>
}

/** As many as are remembered, of those that hold and of those that do not. */
const capacity = 10_000

/** Caches callers by the hash of their secret. */
export class CallerCache {
  readonly #found = new Map<string, Found>()
  readonly #refused = new Map<string, Found>()
  readonly #running = new Map<string, Deferred.Deferred<Found, StoreError>>()
  /**
   * The hashes of keys that hold, by the keys. A map finds a text by V8's seeded hash of all of it, so that how long it takes says
   * nothing of how much of a key is right.
   */
  readonly #hashes = new Map<string, string>()
  /** Grows with every change: what was looked up across one may be old. */
  #version = 0

  constructor(changes: Changes["Service"]) {
    changes.listen((change) => {
      if (change === "anything") return this.clear()
      const about = `${change.kind} ${change.id}`
      this.#version++
      this.#refused.clear()
      this.#hashes.clear()
      for (const [hash, found] of this.#found) if (found.about.includes(about)) this.#found.delete(hash)
    })
  }

  clear(): void {
    this.#version++
    this.#found.clear()
    this.#refused.clear()
    this.#hashes.clear()
  }

  /** The hash of a secret, computed once for a valid key. */
  hashOf(secret: string): string {
    const known = this.#hashes.get(secret)
    if (known !== undefined) return known
    const hash = Secrets.hash(secret)
    if (this.#found.has(hash)) {
      if (this.#hashes.size >= capacity) this.#hashes.clear()
      this.#hashes.set(secret, hash)
    }
    return hash
  }

  /** The cached caller, if there is one. */
  get(hash: string, nowMillis: number): Found | undefined {
    const found = this.#found.get(hash) ?? this.#refused.get(hash)
    return found !== undefined && nowMillis < found.untilMillis ? found : undefined
  }

  /** Looks it up; of those that ask at the same time, one does. */
  find(hash: string, load: Effect.Effect<Found, StoreError>): Effect.Effect<Found, StoreError> {
    return Effect.suspend(() => {
      const running = this.#running.get(hash)
      if (running !== undefined) return Deferred.await(running)
      const result = Deferred.makeUnsafe<Found, StoreError>()
      this.#running.set(hash, result)
      const version = this.#version
      const loading = Effect.onExit(load, (exit) =>
        Effect.sync(() => {
          this.#running.delete(hash)
          if (exit._tag === "Success" && version === this.#version) this.#remember(hash, exit.value)
          Deferred.doneUnsafe(result, exit)
        })
      )
      // The caller that asked first may leave.
      return Effect.andThen(Effect.forkDetach(loading, { startImmediately: true }), Deferred.await(result))
    })
  }

  #remember(hash: string, found: Found): void {
    this.#found.delete(hash)
    this.#refused.delete(hash)
    const entries = typeof found.is === "string" ? this.#refused : this.#found
    entries.set(hash, found)
    const [oldest] = entries.size > capacity ? entries.keys() : []
    if (oldest !== undefined) entries.delete(oldest)
  }
}
