/** Each bucket is a tenth wider than the one before; the last one is for half an hour and more. */
const growth = Math.log(1.1)
const buckets = 152
const mostSamples = 1000

/**
 * Percentiles of times in milliseconds, a tenth too long at most, in bounded memory. Older times count half as much with every
 * thousand newer ones.
 */
export class LatencySketch {
  readonly #counts = new Float64Array(buckets)
  #total = 0
  /** How many times were added in all. */
  samples = 0

  add(millis: number): void {
    this.samples++
    if (++this.#total > mostSamples) {
      this.#total = 0
      for (let index = 0; index < buckets; index++) this.#total += this.#counts[index] = (this.#counts[index] ?? 0) / 2
      this.#total++
    }
    const index = Math.min(buckets - 1, Math.max(0, Math.ceil(Math.log(Math.max(1, millis)) / growth)))
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  /** The time that this share of calls does not exceed. */
  percentile(share: number): number {
    let left = share * this.#total
    for (let index = 0; index < buckets; index++) {
      left -= this.#counts[index] ?? 0
      if (left <= 1e-9) return Math.exp(index * growth)
    }
    return Math.exp((buckets - 1) * growth)
  }
}
