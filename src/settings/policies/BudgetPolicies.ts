import * as Effect from "effect/Effect"
import type { Pricing } from "effect-llm/catalog/Pricing"
import type { BudgetExceededError } from "effect-llm/domain/ChatResponse"
import type { PolicyStoreError } from "effect-llm/domain/PolicyErrors"
import * as Budget from "effect-llm/policies/Budget"
import type { Budgets } from "effect-llm/policies/Budgets"
import { CurrentAnnotations } from "effect-llm/policies/Journal"
import type { CallInfo, Policy } from "effect-llm/policies/Policy"
import type { Budget as BudgetSettings } from "../schema/Access.ts"
import { budgetsOf, calledFor, type Each } from "./EachBudget.ts"

/** The policies that enforce budgets: those that refuse models without a price, and those that allow them. */
export const budgetPolicies = (
  budgets: ReadonlyArray<readonly [name: string, settings: BudgetSettings]>,
  whenStoreFails: "allow" | "fail" | undefined
): ReadonlyArray<Policy<BudgetExceededError | PolicyStoreError, Budgets | Pricing>> =>
  (["refuse", "allow"] as const).flatMap((unpriced) => {
    const some = budgets.filter(([, settings]) => (settings.unpriced ?? "refuse") === unpriced)
    if (some.length === 0) return []
    const all = some.map(([name, settings]): Each => ({ budget: budgetOf([name, settings]), each: settings.each }))
    const scopes = ({ request }: CallInfo) =>
      Effect.map(CurrentAnnotations, (annotations) => budgetsOf(all, calledFor(annotations, request)))
    const isSame = all.every(({ each }) => each === undefined)
    return [Budget.enforce(isSame ? all.map(({ budget }) => budget) : scopes, { unpriced, whenStoreFails })]
  })

/** A budget of settings. Throws where the zone or the day is none. */
export const budgetOf = ([name, { every, raise, tokens, usd, warnAt, within, zone }]: readonly [
  string,
  BudgetSettings
]): Budget.Budget => {
  const per: Budget.Window =
    every !== undefined ? { calendar: every, zone } : within !== undefined ? { rolling: within } : "all"
  const input = { per, warnAt, raised: raise && { limit: raise.to, until: raise.until } }
  return usd === undefined
    ? Budget.tokens(name, { ...input, limit: tokens ?? 0 })
    : Budget.usd(name, { ...input, limit: usd })
}
