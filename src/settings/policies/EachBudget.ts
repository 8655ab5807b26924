import { hash } from "node:crypto"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import type * as Budget from "effect-llm/policies/Budget"
import type { Annotations } from "effect-llm/policies/Journal"
import type { Budget as BudgetSettings } from "../schema/Access.ts"

/** A budget, and what each has one of its own. */
export interface Each {
  readonly budget: Budget.Budget
  readonly each?: BudgetSettings["each"]
}

/** For whom a call is. */
export type Called = Annotations & { readonly endUser?: string | undefined }

/** The budgets of a call. Calls that do not say whose they are share one, so that nobody is spared by saying nothing. */
export const budgetsOf = (all: ReadonlyArray<Each>, called: Called): ReadonlyArray<Budget.Budget> =>
  all.flatMap((one) => (one.each === undefined ? [one.budget] : namedIn(one, called).map(({ budget }) => budget)))

/** A budget of one of those that have each their own: its name is empty for calls that do not say whose they are. */
export interface Named {
  readonly name: string
  readonly budget: Budget.Budget
}

/** The budgets of a call among those that each session, run and so on has. */
export const namedIn = ({ budget, each }: Each, called: Called): ReadonlyArray<Named> =>
  each === undefined
    ? []
    : namesOf(each, called).map((name) => ({
        name,
        budget: Object.assign({}, budget, { id: idOf(budget, each, name) })
      }))

/** What has a budget of its own, in a word. */
export const kindOf = (each: NonNullable<Each["each"]>): string => (typeof each === "object" ? `tag ${each.tag}` : each)

/** For whom a call is. */
export const calledFor = (annotations: Annotations, request: CallRequest | undefined): Called =>
  request?.user === undefined ? annotations : { ...annotations, endUser: request.user }

const namesOf = (each: NonNullable<Each["each"]>, called: Called): ReadonlyArray<string> => {
  if (typeof each === "object") return [called.tags?.[each.tag] ?? ""]
  if (each === "user") return [called.endUser ?? called.user ?? ""]
  if (each !== "tag") return [called[each] ?? ""]
  const tags = Object.entries(called.tags ?? {}).map(([name, value]) => (value === "" ? name : `${name}=${value}`))
  return tags.length === 0 ? [""] : tags
}

/** The longest name that an account has as it is. */
const longest = 128

const idOf = ({ id }: Budget.Budget, each: NonNullable<Each["each"]>, name: string): string =>
  `${id} ${kindOf(each)} ${name.length > longest ? hash("sha1", name) : name.replaceAll("\0", "").toWellFormed()}`
