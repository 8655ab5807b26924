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

type Called = Annotations & { readonly endUser?: string | undefined }

/** The budgets of a call. Calls that do not say whose they are share one, so that nobody is spared by saying nothing. */
export const budgetsOf = (all: ReadonlyArray<Each>, called: Called): ReadonlyArray<Budget.Budget> =>
  all.flatMap(({ budget, each }) =>
    each === undefined
      ? [budget]
      : namesOf(each, called).map((name) => Object.assign({}, budget, { id: idOf(budget, each, name) }))
  )

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

const idOf = ({ id }: Budget.Budget, each: NonNullable<Each["each"]>, name: string): string => {
  const kind = typeof each === "object" ? `tag ${each.tag}` : each
  return `${id} ${kind} ${name.length > longest ? hash("sha1", name) : name}`
}
