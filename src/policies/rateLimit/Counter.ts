import type { Claim, Settlement } from "../RateLimitStore.ts"
import { type Taken, TakenOfRate, TakenPlaces } from "./Taken.ts"

interface Waiter {
  readonly ticket: number
  readonly amount: number
}

interface Check {
  readonly isFree: boolean
  readonly retryAfterMillis: number | undefined
}

const free: Check = { isFree: true, retryAfterMillis: undefined }

/** What has been taken of one limit, and who waits for it. */
export class Counter {
  readonly #taken: Taken
  readonly #line = new Map<string, Waiter>()
  /** By all who wait. */
  #wanted = 0
  #pausedUntilMillis = 0
  /** What others have taken, as the provider says. */
  #others = 0
  #othersUntilMillis = 0

  constructor(type: Claim["type"]) {
    this.#taken = type === "rate" ? new TakenOfRate() : new TakenPlaces()
  }

  /** `ticket`: of one that waits. */
  check({ amount, limit, type }: Claim, ticket: number | undefined, now: number): Check {
    this.#trim(now)
    if (this.#pausedUntilMillis > now) return { isFree: false, retryAfterMillis: this.#pausedUntilMillis - now }
    let missing = this.#used + amount - limit
    if (ticket === undefined) missing += this.#wanted
    else if (missing <= 0) missing += this.#wantedBefore(ticket, -missing)
    if (missing <= 0) return free
    if (type === "concurrency") return { isFree: false, retryAfterMillis: undefined }
    const until = this.#freeAt(missing)
    return { isFree: false, retryAfterMillis: until && until - now }
  }

  /** Takes an amount, and returns what is left. */
  take(id: string, { amount, limit, millis }: Claim, now: number): number {
    this.#leave(id)
    this.#taken.take(id, amount, now, millis)
    return Math.max(0, limit - this.#used)
  }

  join(id: string, ticket: number, { amount }: Claim): void {
    // Who asks again keeps the place in line.
    if (this.#line.has(id)) return
    this.#line.set(id, { ticket, amount })
    this.#wanted += amount
  }

  #leave(id: string): void {
    if (this.#line.size === 0) return
    const waiter = this.#line.get(id)
    if (waiter === undefined) return
    this.#line.delete(id)
    this.#wanted -= waiter.amount
  }

  /** What is wanted by those who came before, as far as it matters: once it is more than `room`, all is said. */
  #wantedBefore(ticket: number, room: number): number {
    let wanted = 0
    for (const waiter of this.#line.values()) {
      if (waiter.ticket < ticket) wanted += waiter.amount
      if (wanted > room) break
    }
    return wanted
  }

  settle(id: string, { amount, claim, pauseMillis, remaining, resetMillis }: Settlement, now: number): void {
    this.#trim(now)
    this.#leave(id)
    this.#taken.settle(id, amount)
    if (pauseMillis !== undefined) this.#pausedUntilMillis = Math.max(this.#pausedUntilMillis, now + pauseMillis)
    if (remaining === undefined || resetMillis === undefined) return
    this.#others = Math.max(0, claim.limit - remaining - this.#taken.sum)
    this.#othersUntilMillis = now + resetMillis
  }

  renew(id: string, untilMillis: number): void {
    this.#taken.renew?.(id, untilMillis)
  }

  isIdle(now: number): boolean {
    this.#trim(now)
    return this.#taken.sum === 0 && this.#line.size === 0 && this.#pausedUntilMillis <= now && this.#others === 0
  }

  get #used(): number {
    return this.#taken.sum + this.#others
  }

  #trim(now: number): void {
    if (this.#othersUntilMillis <= now) this.#others = 0
    this.#taken.trim(now)
  }

  /** When so much will have become free; `undefined` where that depends on those who wait before. */
  #freeAt(missing: number): number | undefined {
    let freed = 0
    let others = this.#others
    for (const { amount, untilMillis } of this.#taken.ends()) {
      if (others > 0 && this.#othersUntilMillis <= untilMillis) {
        freed += others
        others = 0
        if (freed >= missing) return this.#othersUntilMillis
      }
      freed += amount
      if (freed >= missing) return untilMillis
    }
    return others > 0 && freed + others >= missing ? this.#othersUntilMillis : undefined
  }
}
