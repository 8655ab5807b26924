import * as BigDecimal from "effect/BigDecimal"
import type { Balance, Charge, Demand, ReserveRequest, ReserveResult, WhenAbandoned } from "../BudgetStore.ts"
import { keptMillis, pruneMillis, settled, sum, zero } from "./Amounts.ts"
import { Recent } from "./Recent.ts"

/** As many beginnings of windows an account has a sum for: budgets with the same account may have several. */
const mostStarts = 4

/** What was spent at a time, or since one. */
interface Spent {
  readonly millis: number
  amount: BigDecimal.BigDecimal
}

/** Amounts by the time of spending, and their sums since the windows that were asked for last began. */
class Account {
  #amounts = new Map<number, Spent>()
  /** The amount that was added to last: most are added to it too. */
  #last: Spent | undefined
  readonly #totals: Array<Spent> = []
  #prunedAt = 0

  /** What was spent since a time, where its sum is known. */
  known(start: number): BigDecimal.BigDecimal | undefined {
    for (const { amount, millis } of this.#totals) if (millis === start) return amount
    return undefined
  }

  /** Sums up what was spent since a time: `before` elsewhere, and the amounts here. */
  know(start: number, before: BigDecimal.BigDecimal): BigDecimal.BigDecimal {
    const total = sum([before, ...this.#from(start)])
    const same = this.#totals.find(({ millis }) => millis === start)
    if (same !== undefined) same.amount = total
    else if (this.#totals.push({ millis: start, amount: total }) > mostStarts) this.#totals.shift()
    return total
  }

  *#from(start: number): Iterable<BigDecimal.BigDecimal> {
    for (const { amount, millis } of this.#amounts.values()) if (millis >= start) yield amount
  }

  add(at: number, amount: BigDecimal.BigDecimal): void {
    const spent = this.#last?.millis === at ? this.#last : this.#at(at)
    spent.amount = BigDecimal.sum(spent.amount, amount)
    for (const total of this.#totals) if (at >= total.millis) total.amount = BigDecimal.sum(total.amount, amount)
  }

  #at(millis: number): Spent {
    const spent = this.#amounts.get(millis) ?? { millis, amount: zero }
    this.#amounts.set(millis, spent)
    return (this.#last = spent)
  }

  /** Adds up what needs not be kept by time any longer, under time 0. */
  prune(now: number): void {
    if (now - this.#prunedAt <= pruneMillis) return
    this.#prunedAt = now
    const starts = this.#totals.map(({ millis }) => millis).filter((start) => start !== 0)
    const before = Math.min(now - keptMillis, ...starts)
    for (const { amount, millis } of this.#amounts.values()) {
      if (millis === 0 || millis >= before) continue
      this.#amounts.delete(millis)
      const oldest = this.#at(0)
      oldest.amount = BigDecimal.sum(oldest.amount, amount)
    }
  }

  take(): Iterable<Spent> {
    const taken = this.#amounts
    this.#amounts = new Map()
    this.#last = undefined
    return taken.values()
  }
}

/** A part of a reservation. */
interface Part {
  readonly account: string
  readonly at: number
  amount: BigDecimal.BigDecimal
}

/** A reservation that was not settled. */
export interface Reservation {
  status: "open" | "abandoned"
  expiresAt: number
  parts: Array<Part>
}

/** By how much the amount of an account at a time changes. */
export interface Change {
  readonly account: string
  readonly at: number
  readonly by: BigDecimal.BigDecimal
}

/** The changes that the database behind a ledger does not have yet. */
export interface Changes {
  readonly amounts: ReadonlyArray<Change>
  /** Reservations as they are; those that are over are `undefined`. */
  readonly reservations: ReadonlyMap<string, Reservation | undefined>
}

/** As many settlements are remembered as such, at least. */
const mostSettled = 10_000

/** From so many accounts on, those over a database are forgotten: it can be asked again. */
export const mostAccounts = 10_000

/** What a store in memory is: all of it, or what is new over a database, which then has to be asked for the rest. */
export class MemoryLedger {
  readonly #accounts = new Map<string, Account>()
  readonly #reservations = new Map<string, Reservation>()
  /** When settlements are forgotten. */
  readonly #settled = new Recent<number>(mostSettled)
  /** With a database behind: which reservations it has, and what it does not know yet. */
  readonly #stored: Set<string> | undefined
  readonly #changed = { accounts: new Set<string>(), reservations: new Set<string>() }

  /** `stored` and `settled`: what the database behind has of calls. */
  constructor(stored?: ReadonlyMap<string, Reservation>, settled: Iterable<string> = []) {
    if (stored === undefined) return
    for (const id of settled) this.#settled.set(id, Infinity)
    this.#stored = new Set(stored.keys())
    for (const [id, reservation] of stored) this.#reservations.set(id, reservation)
  }

  #account(name: string): Account {
    const known = this.#accounts.get(name)
    if (known !== undefined) return known
    const account = new Account()
    this.#accounts.set(name, account)
    return account
  }

  #since(name: string, start: number): BigDecimal.BigDecimal {
    const account = this.#account(name)
    return account.known(start) ?? account.know(start, zero)
  }

  /** Whether a ledger over a database can say what an account has spent since a time. */
  isKnown(account: string, start: number): boolean {
    return this.#accounts.get(account)?.known(start) !== undefined
  }

  /** Learns what the database has of an account since a time. */
  know(account: string, start: number, inDatabase: BigDecimal.BigDecimal): void {
    this.#account(account).know(start, inDatabase)
  }

  /** Whether a reservation can be granted; changes nothing. */
  judge(request: ReserveRequest): ReserveResult {
    return this.#judge(request, this.isSettled(request.id))
  }

  #judge({ demands }: ReserveRequest, isSettled: boolean): ReserveResult {
    const totals: Array<BigDecimal.BigDecimal> = []
    for (const { account, amount, limit, start } of demands) {
      const total = BigDecimal.sum(this.#since(account, start), amount)
      if (!isSettled && !BigDecimal.isZero(amount) && BigDecimal.isGreaterThan(total, limit))
        return { granted: false, refused: totals.length, balance: this.balance(account, start) }
      totals.push(total)
    }
    return { granted: true, totals }
  }

  /** Reserves what was granted, of a call that is not settled. */
  book({
    demands,
    expiresAt,
    id
  }: Omit<ReserveRequest, "demands"> & { readonly demands: ReadonlyArray<Amount> }): void {
    const reservation: Reservation = this.#reservations.get(id) ?? { status: "open", expiresAt, parts: [] }
    reservation.status = "open"
    reservation.expiresAt = expiresAt
    for (const demand of demands) this.#book(reservation.parts, demand)
    this.#reservations.set(id, reservation)
    this.#noteReservation(id)
  }

  reserve(request: ReserveRequest): ReserveResult {
    const isSettled = request.isNew !== true && this.isSettled(request.id)
    const result = this.#judge(request, isSettled)
    if (result.granted && !isSettled) this.book(request)
    return result
  }

  #book(parts: Array<Part>, { account, amount, at }: Amount): void {
    const same = parts.find((part) => part.account === account && part.at === at)
    if (same === undefined) parts.push({ account, at, amount })
    else same.amount = BigDecimal.sum(same.amount, amount)
    this.#add(account, at, amount)
  }

  #add(name: string, at: number, amount: BigDecimal.BigDecimal): void {
    const account = this.#account(name)
    if (this.#stored === undefined) account.prune(at)
    else this.#changed.accounts.add(name)
    account.add(at, amount)
  }

  #noteReservation(id: string): void {
    if (this.#stored !== undefined) this.#changed.reservations.add(id)
  }

  isSettled(id: string): boolean {
    return !this.#reservations.has(id) && this.#settled.has(id)
  }

  settle(id: string, charges: ReadonlyArray<Charge>, expiresAt: number): void {
    if (!this.isSettled(id)) this.end(id, charges, expiresAt)
  }

  /** Settles a call that is not settled. */
  end(id: string, charges: ReadonlyArray<Charge>, expiresAt: number): void {
    const parts = this.#reservations.get(id)?.parts ?? []
    for (const charge of charges) this.#charge(parts, charge)
    this.#forget(id)
    this.#settled.set(id, expiresAt)
  }

  #charge(parts: ReadonlyArray<Part>, { account, amount, at }: Charge): void {
    const first = parts.find((part) => part.account === account)
    if (first === undefined) return this.#add(account, at, amount)
    if (parts.length === 1) return this.#correct(first, amount)
    const own = parts.filter((part) => part.account === account)
    const reserved = own.map(({ amount }) => amount)
    const left = settled(reserved, amount)
    own.forEach((part, index) => this.#correct(part, left[index] ?? zero))
  }

  #forget(id: string): void {
    this.#reservations.delete(id)
    if (this.#stored === undefined) return
    // A reservation that came and went is nothing to a database.
    if (this.#stored.has(id)) this.#changed.reservations.add(id)
    else this.#changed.reservations.delete(id)
  }

  #correct(part: Part, amount: BigDecimal.BigDecimal): void {
    this.#add(part.account, part.at, BigDecimal.subtract(amount, part.amount))
    part.amount = amount
  }

  renew(ids: ReadonlyArray<string>, expiresAt: number): void {
    for (const id of ids) {
      const reservation = this.#reservations.get(id)
      if (reservation?.status !== "open") continue
      reservation.expiresAt = expiresAt
      this.#noteReservation(id)
    }
  }

  expire(now: number, whenAbandoned: WhenAbandoned): number {
    this.#settled.forget((expiresAt) => expiresAt <= now)
    let ended = 0
    for (const [id, reservation] of this.#reservations) {
      if (reservation.expiresAt > now) continue
      if (reservation.status === "open") {
        ended++
        reservation.status = "abandoned"
        reservation.expiresAt = now + pruneMillis
        if (whenAbandoned === "release") for (const part of reservation.parts) this.#correct(part, zero)
        this.#noteReservation(id)
      } else this.#forget(id)
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
    return { spent: BigDecimal.subtract(this.#since(account, start), total), reserved: total }
  }

  /** What the database behind does not have yet: it is its own from here on. */
  take(): Changes {
    const { accounts, reservations } = this.#changed
    const amounts = [...accounts].flatMap((account) =>
      Array.from(this.#account(account).take(), ({ amount, millis }) => ({ account, at: millis, by: amount }))
    )
    const now = new Map(
      [...reservations].map((id) => {
        const reservation = this.#reservations.get(id)
        if (reservation === undefined) this.#stored?.delete(id)
        else this.#stored?.add(id)
        return [
          id,
          reservation && {
            ...reservation,
            parts: reservation.parts.map(({ account, amount, at }) => ({ account, amount, at }))
          }
        ]
      })
    )
    accounts.clear()
    reservations.clear()
    if (this.#accounts.size > mostAccounts) this.#accounts.clear()
    return { amounts: amounts.filter(({ by }) => !BigDecimal.isZero(by)), reservations: now }
  }
}

type Amount = Pick<Demand, "account" | "amount" | "at">
