import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Acquired, AcquireRequest, Claim, RateLimitStore, SettleRequest } from "../RateLimitStore.ts"
import { Counter } from "./Counter.ts"
import { Listeners } from "./Listeners.ts"

const checkMillis = 250
/** From so many keys on, those that count nothing are forgotten now and then. */
const manyKeys = 1000

export const makeMemory = (): typeof RateLimitStore.Service => {
  const counters = new Map<string, Counter>()
  const listeners = new Listeners()
  let nextTicket = 1
  let sweepAt = manyKeys

  const counterOf = ({ key, type }: Pick<Claim, "key" | "type">): Counter => {
    const known = counters.get(key)
    if (known !== undefined) return known
    const counter = new Counter(type)
    counters.set(key, counter)
    return counter
  }

  const sweep = (now: number) => {
    for (const [key, counter] of counters) if (counter.isIdle(now)) counters.delete(key)
    sweepAt = Math.max(manyKeys, counters.size * 2)
  }

  const acquire = ({ claims, id, ticket: given, waits }: AcquireRequest, now: number): Acquired => {
    if (counters.size >= sweepAt) sweep(now)
    const ticket = given ?? nextTicket++
    let blocking: number | undefined
    let longest: number | undefined
    const lacking: Array<number> = []
    const own: Array<Counter> = []
    for (const claim of claims) {
      const counter = counterOf(claim)
      const index = own.push(counter) - 1
      const { isFree, retryAfterMillis } = counter.check(claim, given, now)
      if (isFree) continue
      lacking.push(index)
      if (blocking === undefined || (retryAfterMillis ?? 0) > (longest ?? 0)) {
        blocking = index
        longest = retryAfterMillis
      }
    }
    if (blocking === undefined) {
      const remaining = claims.map((claim, index) => (own[index] as Counter).take(id, claim, now))
      if (given !== undefined) listeners.notify(claims.map(({ key }) => key))
      return { granted: true, remaining }
    }
    // One whose time depends on those before it looks again when they may have passed.
    const checkAfterMillis = longest === undefined ? checkMillis : Infinity
    if (waits) for (const index of lacking) (own[index] as Counter).join(id, ticket, claims[index] as Claim)
    return { granted: false, claim: blocking, retryAfterMillis: longest, checkAfterMillis, ticket }
  }

  const settle = ({ id, settlements }: SettleRequest, now: number): void => {
    for (const settlement of settlements) counterOf(settlement.claim).settle(id, settlement, now)
    if (!listeners.isEmpty) listeners.notify(settlements.map(({ claim }) => claim.key))
  }

  return {
    acquire: (request) => Effect.map(Clock.Clock, (clock) => acquire(request, monotonicMillis(clock))),
    settle: (request) => Effect.map(Clock.Clock, (clock) => settle(request, monotonicMillis(clock))),
    renew: (places) =>
      Effect.map(Clock.Clock, (clock) => {
        const now = monotonicMillis(clock)
        for (const { id, key, millis } of places) counterOf({ key, type: "concurrency" }).renew(id, now + millis)
      }),
    onFreed: listeners.add,
    atOnce: { acquire, settle }
  }
}

/** Milliseconds of a clock that never goes back. */
export const monotonicMillis = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
