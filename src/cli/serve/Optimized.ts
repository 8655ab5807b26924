import * as Effect from "effect/Effect"
import { setFlagsFromString } from "node:v8"

/**
 * A call runs once through some thousand functions. V8 compiles a function well after its 3,000th run, and not before it has
 * learnt nothing new of it for 500: a gateway would take twice the time for each of its first ten thousand calls. With these it
 * is there after two thousand.
 */
const thresholds = [
  "--invocation-count-for-maglev=150",
  "--invocation-count-for-turbofan=500",
  "--minimum-invocations-after-ic-update=100"
]

/** Lets V8 compile what serves requests early; what the start runs is left alone. */
export const optimized: Effect.Effect<void> = Effect.sync(() => thresholds.forEach((flag) => setFlagsFromString(flag)))
