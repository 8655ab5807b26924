import * as BigDecimal from "effect/BigDecimal"
import { fromNumber } from "../../catalog/Money.ts"
import type { Charge, Demand } from "../BudgetStore.ts"
import { type Amounts, type Budget, limitAt } from "./Limit.ts"
import * as Window from "./Window.ts"

/** The names under which a store keeps a budget. */
interface Names {
  readonly account: string
  /** Counts calls whose cost is not known. */
  readonly unpriced: string
}

const known = new WeakMap<Budget, Names>()

export const namesOf = (budget: Budget): Names => {
  const before = known.get(budget)
  if (before !== undefined) return before
  const { id, unit } = budget
  const names = { account: `${unit}:${id}`, unpriced: `unpriced:${id}` }
  known.set(budget, names)
  return names
}

export const amountOf = ({ unit }: Budget, { tokens, usd }: Amounts): BigDecimal.BigDecimal =>
  unit === "usd" ? usd : fromNumber(tokens)

/** Of budgets with one account, the one with the least limit. */
export const strictest = (budgets: ReadonlyArray<Budget>, now: number): ReadonlyArray<Budget> => {
  if (budgets.length <= 1) return budgets
  const byAccount = new Map<string, Budget>()
  for (const budget of budgets) {
    const { account } = namesOf(budget)
    const other = byAccount.get(account)
    if (other === undefined || BigDecimal.isLessThan(limitAt(budget, now), limitAt(other, now))) {
      byAccount.set(account, budget)
    }
  }
  return byAccount.size === budgets.length ? budgets : [...byAccount.values()]
}

/** The demand of a reservation on a budget at an instant. */
export interface Asked {
  readonly budget: Budget
  readonly period: Window.Period
  readonly demand: Demand
}

export const ask = (budget: Budget, amounts: Amounts, now: number): Asked => {
  const period = Window.at(budget.window, now)
  return {
    budget,
    period,
    demand: {
      account: namesOf(budget).account,
      amount: amountOf(budget, amounts),
      limit: limitAt(budget, now),
      start: period.start,
      at: Window.stepOf(period, now)
    }
  }
}

/** What a call is charged. */
export const chargesOf = (budgets: ReadonlyArray<Budget>, amounts: Amounts, now: number): ReadonlyArray<Charge> => {
  const charges: Array<Charge> = []
  for (const budget of budgets) {
    const { account, unpriced } = namesOf(budget)
    const at = Window.stepOf(Window.at(budget.window, now), now)
    charges.push({ account, amount: amountOf(budget, amounts), at })
    if (budget.unit === "usd" && amounts.isUnpriced === true) charges.push({ account: unpriced, amount: one, at })
  }
  return charges
}

const one = BigDecimal.make(1n, 0)
