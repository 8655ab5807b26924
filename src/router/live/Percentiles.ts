/** Buckets grow by 4 %, so a percentile is within 2 % of the sample; from 1 ms to about 10 minutes. */
const growth = Math.log(1.04)
const buckets = 342

/** After this many samples, all of them are halved, so that older ones count less. */
const most = 8192

/** Percentiles of durations in bounded memory. */
export class Percentiles {
  readonly #counts = new Float64Array(buckets)
  #total = 0

  add(millis: number): void {
    const bucket = Math.min(buckets - 1, Math.max(0, Math.ceil(Math.log(Math.max(1, millis)) / growth)))
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    if (++this.#total < most) return
    this.#total = 0
    for (let index = 0; index < buckets; index++) {
      const half = Math.floor((this.#counts[index] ?? 0) / 2)
      this.#counts[index] = half
      this.#total += half
    }
  }

  /** The duration in milliseconds that this share of the calls did not exceed; `undefined` without any. */
  at(share: number): number | undefined {
    if (this.#total === 0) return undefined
    const rank = Math.max(1, Math.ceil(share * this.#total))
    let seen = 0
    for (let index = 0; index < buckets; index++) {
      seen += this.#counts[index] ?? 0
      if (seen >= rank) return Math.round(Math.exp(growth * (index - (index === 0 ? 0 : 0.5))))
    }
    return undefined
  }
}
