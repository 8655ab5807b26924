import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** By how many milliseconds the time of day was ahead of the monotonic time of a clock when it was first read here. */
const offsets = new WeakMap<Clock.Clock, number>()
let lastClock: Clock.Clock | undefined
let lastOffset = 0

const offsetOf = (clock: Clock.Clock): number => {
  if (clock === lastClock) return lastOffset
  const known = offsets.get(clock)
  const offset = known ?? clock.currentTimeMillisUnsafe() - Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  if (known === undefined) offsets.set(clock, offset)
  lastClock = clock
  return (lastOffset = offset)
}

/** A double holds nanoseconds since the epoch to within a quarter of a microsecond; so far below a millisecond is the millisecond. */
const roundingMillis = 0.0005

/**
 * Milliseconds since the epoch as of the first reading, and from there on by the monotonic clock: never set, neither back nor forth.
 * For timeouts, latencies, pauses and the times to live of what is in memory. The time of day is `Clock.currentTimeMillis`.
 */
export const steadyMillis = (clock: Clock.Clock): number =>
  Math.floor(offsetOf(clock) + Number(clock.monotonicTimeNanosUnsafe()) / 1e6 + roundingMillis)

/** Steady milliseconds of the fiber's clock. */
export const currentSteadyMillis: Effect.Effect<number> = Effect.map(Clock.Clock, steadyMillis)

const steadyClocks = new WeakMap<Clock.Clock, Clock.Clock>()

/** A clock whose time of day is steady too, for code that measures with it. */
export const steadyClock = (clock: Clock.Clock): Clock.Clock => {
  const known = steadyClocks.get(clock)
  if (known !== undefined) return known
  const millis = () => steadyMillis(clock)
  const steady: Clock.Clock = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
    currentTimeNanos: clock.currentTimeNanos,
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration)
  }
  steadyClocks.set(clock, steady)
  return steady
}
