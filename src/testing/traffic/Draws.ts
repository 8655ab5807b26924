/**
 * Random numbers that depend only on the seed, the call, the provider and its attempt: whatever a policy does, the provider
 * behaves the same way to the same call, so that two policies can be compared call by call.
 */
export interface Draws {
  /** Evenly between 0 and 1. */
  readonly next: () => number
  /** Lognormal with this median; one of a hundred is beyond `p99`. */
  readonly around: (spread: Spread) => number
}

/** `median` and `p99` in one unit; without `p99` the value is always the median. */
export interface Spread {
  readonly median: number
  readonly p99?: number | undefined
}

/** The 99th percentile of the standard normal distribution. */
const z99 = 2.3263

const hashOf = (text: string): number => {
  let hash = 2166136261
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619)
  return hash >>> 0
}

/** SplitMix32: short, and good enough to draw latencies from. */
export const make = (seed: string): Draws => {
  let state = hashOf(seed)
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  const around = ({ median, p99 }: Spread) => {
    if (p99 === undefined || p99 <= median) return median
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    return median * Math.exp((normal * Math.log(p99 / median)) / z99)
  }
  return { next, around }
}
