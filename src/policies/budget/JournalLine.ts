import * as BigDecimal from "effect/BigDecimal"
import { formatDecimal } from "../../catalog/Money.ts"
import type { Charge, ReserveRequest, WhenAbandoned } from "../BudgetStore.ts"
import type { MemoryLedger } from "./MemoryLedger.ts"

/** An amount of an account at a time. */
type Amount = readonly [account: string, at: number, amount: string]

/** An operation that changes a ledger. */
type Operation =
  | readonly ["reserve", id: string, expiresAt: number, amounts: ReadonlyArray<Amount>]
  | readonly ["settle", id: string, expiresAt: number, amounts: ReadonlyArray<Amount>]
  | readonly ["renew", ids: ReadonlyArray<string>, expiresAt: number]
  | readonly ["expire", now: number, whenAbandoned: WhenAbandoned]

const lineOf = (operation: Operation): string => JSON.stringify(operation)

/** The line of an operation with amounts, which most are. */
const lineWith = (
  operation: "reserve" | "settle",
  id: string,
  expiresAt: number,
  amounts: ReadonlyArray<Charge>
): string => `["${operation}",${JSON.stringify(id)},${expiresAt},[${amounts.map(textOf).join(",")}]]`

const textOf = ({ account, amount, at }: Charge): string =>
  `[${JSON.stringify(account)},${at},"${formatDecimal(amount)}"]`

const chargeOf = ([account, at, amount]: Amount): Charge => ({
  account,
  at,
  amount: BigDecimal.fromStringUnsafe(amount)
})

export const reserve = ({ demands, expiresAt, id }: ReserveRequest): string =>
  lineWith("reserve", id, expiresAt, demands)

export const settle = (id: string, charges: ReadonlyArray<Charge>, expiresAt: number): string =>
  lineWith("settle", id, expiresAt, charges)

export const renew = (ids: ReadonlyArray<string>, expiresAt: number): string => lineOf(["renew", ids, expiresAt])

export const expire = (now: number, whenAbandoned: WhenAbandoned): string => lineOf(["expire", now, whenAbandoned])

/** Replays a line. */
export const apply = (line: string, ledger: MemoryLedger): void => {
  const operation = JSON.parse(line) as Operation
  switch (operation[0]) {
    case "reserve": {
      const [, id, expiresAt, amounts] = operation
      if (!ledger.isSettled(id)) ledger.book({ id, expiresAt, demands: amounts.map(chargeOf) })
      return
    }
    case "settle": {
      const [, id, expiresAt, amounts] = operation
      return ledger.settle(id, amounts.map(chargeOf), expiresAt)
    }
    case "renew":
      return ledger.renew(operation[1], operation[2])
    case "expire":
      return void ledger.expire(operation[1], operation[2])
  }
}
