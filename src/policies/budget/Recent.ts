/** Remembers what was set last: as many entries as it is made for, and at most twice as many. */
export class Recent<A> {
  readonly #capacity: number
  #young = new Map<string, A>()
  #old = new Map<string, A>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  get(key: string): A | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  set(key: string, value: A): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#capacity) return
    // To forget entries one by one would make a `Map` search for its first each time.
    this.#old = this.#young
    this.#young = new Map()
  }

  forget(isOver: (value: A) => boolean): void {
    for (const map of [this.#young, this.#old]) for (const [key, value] of map) if (isOver(value)) map.delete(key)
  }
}
