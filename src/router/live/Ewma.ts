/** A latency that jumps to each peak and decays from there: Finagle's peak-EWMA. Times in milliseconds. */
export class PeakEwma {
  readonly #decayMillis: number
  #value = 0
  #atMillis = 0
  #isKnown = false

  constructor(decayMillis: number) {
    this.#decayMillis = decayMillis
  }

  add(sample: number, now: number): void {
    const current = this.#isKnown ? this.#value : sample
    const kept = Math.exp(-Math.max(0, now - this.#atMillis) / this.#decayMillis)
    this.#value = sample > current ? sample : current * kept + sample * (1 - kept)
    this.#atMillis = now
    this.#isKnown = true
  }

  /** The value at the last sample; `undefined` before the first. */
  get value(): number | undefined {
    return this.#isKnown ? this.#value : undefined
  }

  /** When the last sample was taken. */
  get atMillis(): number {
    return this.#atMillis
  }
}

/** A share of calls, in which recent ones count most. */
export class DecayingRate {
  readonly #decayMillis: number
  #hits = 0
  #all = 0
  #atMillis = 0

  constructor(decayMillis: number) {
    this.#decayMillis = decayMillis
  }

  add(isHit: boolean, now: number, weight = 1): void {
    this.#decay(now)
    this.#all += weight
    if (isHit) this.#hits += weight
  }

  /** From 0 to 1. With few samples it is near 0: one failure alone is no rate. */
  value(now: number, prior = 0): number {
    this.#decay(now)
    return this.#all === 0 ? 0 : this.#hits / (this.#all + prior)
  }

  #decay(now: number): void {
    const kept = Math.exp(-Math.max(0, now - this.#atMillis) / this.#decayMillis)
    this.#hits *= kept
    this.#all *= kept
    this.#atMillis = now
  }
}
