/** Parts of a window: amounts count for up to a tenth of a window longer than they should, never shorter. */
const parts = 10

/** The sum of amounts within the last window. */
export class RollingSum {
  readonly #partMillis: number
  readonly #sums = new Float64Array(parts + 1)
  #part = 0

  constructor(windowMillis: number) {
    this.#partMillis = Math.max(1, windowMillis / parts)
  }

  add(amount: number, now: number): void {
    this.#advance(now)
    const index = this.#part % this.#sums.length
    this.#sums[index] = (this.#sums[index] ?? 0) + amount
  }

  /** Corrects an amount that was added earlier, for as long as it counts. */
  correct(by: number, addedAt: number, now: number): void {
    this.#advance(now)
    const part = Math.floor(addedAt / this.#partMillis)
    if (part <= this.#part - this.#sums.length) return
    const index = part % this.#sums.length
    this.#sums[index] = (this.#sums[index] ?? 0) + by
  }

  sum(now: number): number {
    this.#advance(now)
    let sum = 0
    for (const one of this.#sums) sum += one
    return sum
  }

  /** Milliseconds until this much is free under a limit; infinite where the limit itself is less. */
  freeIn(amount: number, limit: number, now: number): number {
    if (amount > limit) return Infinity
    let left = this.sum(now)
    if (left + amount <= limit) return 0
    for (let age = parts; age >= 0; age--) {
      const part = this.#part - age
      left -= part < 0 ? 0 : (this.#sums[part % this.#sums.length] ?? 0)
      if (left + amount <= limit) return Math.max(1, (part + parts + 1) * this.#partMillis - now)
    }
    return Infinity
  }

  #advance(now: number): void {
    const part = Math.floor(now / this.#partMillis)
    const passed = part - this.#part
    if (passed <= 0) return
    for (let step = 1; step <= Math.min(passed, this.#sums.length); step++) {
      this.#sums[(this.#part + step) % this.#sums.length] = 0
    }
    this.#part = part
  }
}
