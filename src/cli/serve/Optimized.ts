import * as Effect from "effect/Effect"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { setFlagsFromString } from "node:v8"

/**
 * A call runs through some thousand functions once. V8 optimizes a function after about 3,000 runs, and only once its types have
 * been stable for 500, so the first ten thousand calls of a gateway would take twice as long. With these flags it is two thousand.
 */
const thresholds = [
  "--invocation-count-for-maglev=150",
  "--invocation-count-for-turbofan=500",
  "--minimum-invocations-after-ic-update=100",
  // While the young generation is small at the start, much survives in it: V8 would then put what each stream makes into the old
  // one permanently, where it retains everything that it refers to until the next full collection.
  "--no-allocation-site-pretenuring"
]

/** The compilers that `Start.ts` turned off. */
const compilers = ["--sparkplug", "--opt", "--maglev-filter=*"]

const set = (flags: ReadonlyArray<string>): void => flags.forEach((flag) => setFlagsFromString(flag))

/** Lets V8 optimize code that is run often. */
export const optimized: Effect.Effect<void> = Effect.sync(() => set([...thresholds, ...compilers]))

/** As many requests as an idle server gets from health checks or a first look. */
const requestsOfIdle = 50

const requestStart = "http.server.request.start"

/** Does so after the first requests, since code that only the start-up runs is not worth optimizing. */
export const optimizedInUse: Effect.Effect<void> = Effect.sync(() => {
  set(thresholds)
  let count = 0
  const onRequest = (): void => {
    if (++count < requestsOfIdle) return
    unsubscribe(requestStart, onRequest)
    set(compilers)
  }
  subscribe(requestStart, onRequest)
})
