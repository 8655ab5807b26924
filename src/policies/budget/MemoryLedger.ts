import * as BigDecimal from "effect/BigDecimal"
import type { Balance, Charge, Demand, ReserveRequest, ReserveResult, WhenAbandoned } from "../BudgetStore.ts"
import { keptMillis, pruneMillis, settled, sum, zero } from "./Amounts.ts"

/** Amounts by the time of spending, and their sum since the window that was asked for last began. */
class Account {
  readonly #amounts = new Map<number, BigDecimal.BigDecimal>()
  #start = 0
  #total = zero
  #prunedAt = 0

  since(start: number): BigDecimal.BigDecimal {
    if (start !== this.#start) {
      this.#start = start
      this.#total = sum(this.#from(start))
    }
    return this.#total
  }

  *#from(start: number): Iterable<BigDecimal.BigDecimal> {
    for (const [at, amount] of this.#amounts) if (at >= start) yield amount
  }

  add(at: number, amount: BigDecimal.BigDecimal): void {
    if (at - this.#prunedAt > pruneMillis) this.#prune(at)
    this.#amounts.set(at, BigDecimal.sum(this.#amounts.get(at) ?? zero, amount))
    if (at >= this.#start) this.#total = BigDecimal.sum(this.#total, amount)
  }

  #prune(now: number): void {
    this.#prunedAt = now
    const before = this.#start === 0 ? now - keptMillis : Math.min(this.#start, now - keptMillis)
    for (const [at, amount] of this.#amounts) {
      if (at === 0 || at >= before) continue
      this.#amounts.delete(at)
      this.#amounts.set(0, BigDecimal.sum(this.#amounts.get(0) ?? zero, amount))
    }
  }
}

/** A part of a reservation. */
interface Part {
  readonly account: string
  readonly at: number
  amount: BigDecimal.BigDecimal
}

interface Reservation {
  status: "open" | "abandoned" | "settled"
  expiresAt: number
  parts: Array<Part>
}

/** What a store in memory is. */
export class MemoryLedger {
  readonly #accounts = new Map<string, Account>()
  readonly #reservations = new Map<string, Reservation>()

  #account(name: string): Account {
    const account = this.#accounts.get(name) ?? new Account()
    this.#accounts.set(name, account)
    return account
  }

  reserve({ demands, expiresAt, id }: ReserveRequest): ReserveResult {
    const known = this.#reservations.get(id)
    const totals = demands.map(({ account, amount, start }) =>
      BigDecimal.sum(this.#account(account).since(start), amount)
    )
    if (known?.status === "settled") return { granted: true, totals }
    const refused = demands.findIndex(
      ({ amount, limit }, index) => !BigDecimal.isZero(amount) && BigDecimal.isGreaterThan(totals[index] ?? zero, limit)
    )
    const demand = demands[refused]
    if (demand !== undefined) {
      return { granted: false, refused, balance: this.balance(demand.account, demand.start) }
    }
    const reservation = known ?? { status: "open", expiresAt, parts: [] }
    reservation.status = "open"
    reservation.expiresAt = expiresAt
    for (const demand of demands) this.#book(reservation.parts, demand)
    this.#reservations.set(id, reservation)
    return { granted: true, totals }
  }

  #book(parts: Array<Part>, { account, amount, at }: Pick<Demand, "account" | "amount" | "at">): void {
    const same = parts.find((part) => part.account === account && part.at === at)
    if (same === undefined) parts.push({ account, at, amount })
    else same.amount = BigDecimal.sum(same.amount, amount)
    this.#account(account).add(at, amount)
  }

  settle(id: string, charges: ReadonlyArray<Charge>, expiresAt: number): void {
    const { parts = [], status } = this.#reservations.get(id) ?? {}
    if (status === "settled") return
    for (const { account, amount, at } of charges) {
      const own = parts.filter((part) => part.account === account)
      if (own.length === 0) this.#account(account).add(at, amount)
      else
        this.#correct(
          own,
          settled(
            own.map(({ amount }) => amount),
            amount
          )
        )
    }
    this.#reservations.set(id, { status: "settled", expiresAt, parts: [] })
  }

  #correct(parts: ReadonlyArray<Part>, amounts: ReadonlyArray<BigDecimal.BigDecimal>): void {
    parts.forEach((part, index) => {
      const amount = amounts[index] ?? zero
      this.#account(part.account).add(part.at, BigDecimal.subtract(amount, part.amount))
      part.amount = amount
    })
  }

  renew(ids: ReadonlyArray<string>, expiresAt: number): void {
    for (const id of ids) {
      const reservation = this.#reservations.get(id)
      if (reservation?.status === "open") reservation.expiresAt = expiresAt
    }
  }

  expire(now: number, whenAbandoned: WhenAbandoned): number {
    let ended = 0
    for (const [id, reservation] of this.#reservations) {
      if (reservation.expiresAt > now) continue
      if (reservation.status === "open") {
        ended++
        reservation.status = "abandoned"
        reservation.expiresAt = now + pruneMillis
        if (whenAbandoned === "release") this.#correct(reservation.parts, [])
      } else this.#reservations.delete(id)
    }
    return ended
  }

  balance(account: string, start: number): Balance {
    const reserved: Array<BigDecimal.BigDecimal> = []
    for (const { parts, status } of this.#reservations.values()) {
      if (status !== "open") continue
      for (const part of parts) if (part.account === account && part.at >= start) reserved.push(part.amount)
    }
    const total = sum(reserved)
    return { spent: BigDecimal.subtract(this.#account(account).since(start), total), reserved: total }
  }
}
