import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** For each clock, how far its time of day was ahead of its monotonic time at the first reading, in milliseconds. */
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

/** A double is exact to a quarter of a microsecond here: anything this close below a whole millisecond is that millisecond. */
const roundingMillis = 0.0005

/**
 * Milliseconds since the epoch that advance with the monotonic clock, so that changes of the system time do not affect them.
 * Use it for timeouts, latencies, pauses and TTLs in memory, and `Clock.currentTimeMillis` for the time of day.
 */
export const steadyMillis = (clock: Clock.Clock): number =>
  Math.floor(offsetOf(clock) + Number(clock.monotonicTimeNanosUnsafe()) / 1e6 + roundingMillis)

/** The steady milliseconds of the fiber's clock. */
export const currentSteadyMillis: Effect.Effect<number> = Effect.map(Clock.Clock, steadyMillis)

const steadyClocks = new WeakMap<Clock.Clock, Clock.Clock>()

/** A clock whose `currentTimeMillis` is steady, for code of others that measures durations with it. */
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
