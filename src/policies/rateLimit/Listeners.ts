/**
 * The waiters of this process by limit. Freed capacity wakes the longest waiter, who wakes the next after taking its part, so
 * that a thousand waiters do not all query the store for one place.
 */
export class Listeners {
  readonly #byKey = new Map<string, Set<() => void>>()

  readonly add = (key: string, listener: () => void): (() => void) => {
    const known = this.#byKey.get(key)
    if (known === undefined) this.#byKey.set(key, new Set([listener]))
    else known.add(listener)
    return () => {
      const listeners = this.#byKey.get(key)
      listeners?.delete(listener)
      if (listeners?.size === 0) this.#byKey.delete(key)
    }
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0
  }

  notify(keys: Iterable<string>): void {
    if (this.isEmpty) return
    for (const key of keys) {
      const [first] = this.#byKey.get(key) ?? []
      first?.()
    }
  }
}
