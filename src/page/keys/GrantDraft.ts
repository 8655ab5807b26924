import { type Signal, signal } from "@preact/signals"
import type { Granted, OwnBudget, OwnLimits } from "./Key.ts"

/** A budget that is being edited. */
export interface BudgetDraft {
  readonly id: number
  readonly amount: Signal<string>
  readonly unit: Signal<"usd" | "tokens">
  /** A calendar window, `within` for a rolling one, or nothing for a budget without a window. */
  readonly window: Signal<string>
  readonly within: Signal<string>
  /** What has separate budgets: nothing, sessions, runs and so on, or the values of a tag. */
  readonly each: Signal<string>
  readonly tag: Signal<string>
  readonly raiseTo: Signal<string>
  readonly raiseUntil: Signal<string>
  /** Other fields of the budget, which stay. */
  readonly of: OwnBudget
}

/** Limits that are being edited. */
export interface LimitDraft {
  readonly id: number
  readonly requests: Signal<string>
  readonly tokens: Signal<string>
  readonly per: Signal<string>
  readonly concurrency: Signal<string>
  readonly of: OwnLimits
}

/** What a key, a user or a team may do, while it is edited. */
export interface GrantDraft {
  readonly models: Signal<string>
  readonly deny: Signal<string>
  readonly routes: Signal<string>
  readonly objects: Signal<string>
  readonly tags: Signal<string>
  readonly budgets: Signal<ReadonlyArray<BudgetDraft>>
  readonly limits: Signal<ReadonlyArray<LimitDraft>>
}

let count = 0

export const budgetDraft = (of: OwnBudget = { every: "month" }): BudgetDraft => ({
  id: ++count,
  amount: signal(String(of.usd ?? of.tokens ?? "")),
  unit: signal(of.tokens === undefined ? "usd" : "tokens"),
  window: signal(of.every ?? (of.within === undefined ? "" : "within")),
  within: signal(of.within ?? ""),
  each: signal(typeof of.each === "object" ? "value" : (of.each ?? "")),
  tag: signal(typeof of.each === "object" ? of.each.tag : ""),
  raiseTo: signal(String(of.raise?.to ?? "")),
  raiseUntil: signal(of.raise?.until.slice(0, 10) ?? ""),
  of
})

export const limitDraft = (of: OwnLimits = {}): LimitDraft => ({
  id: ++count,
  requests: signal(String(of.requests ?? "")),
  tokens: signal(String(of.tokens ?? "")),
  per: signal(of.per ?? "1m"),
  concurrency: signal(String(of.concurrency ?? "")),
  of
})

/** Grants to edit; new ones have an empty budget and limit to fill in. */
export const grantDraft = ({
  budgets = [],
  deny,
  limits = [],
  models,
  objects,
  routes,
  tags
}: Granted = {}): GrantDraft => ({
  models: signal(models?.join(", ") ?? ""),
  deny: signal(deny?.join(", ") ?? ""),
  routes: signal(routes?.join(", ") ?? ""),
  objects: signal(objects?.join(", ") ?? ""),
  tags: signal(tags?.join(", ") ?? ""),
  budgets: signal(budgets.length === 0 ? [budgetDraft()] : budgets.map(budgetDraft)),
  limits: signal(limits.length === 0 ? [limitDraft()] : limits.map(limitDraft))
})

const figure = (text: string): number | undefined => (text.trim() === "" ? undefined : Number(text))

const listOf = ({ value }: Signal<string>): ReadonlyArray<string> | undefined => {
  const names = value.split(/[\s,]+/).filter((name) => name !== "")
  return names.length === 0 ? undefined : names
}

/** The chosen day, or the previous time if it is on that day. */
export const dayOrBefore = (chosen: string, before: string | undefined): string =>
  before?.slice(0, 10) === chosen ? before : chosen

const budgetOf = (draft: BudgetDraft): ReadonlyArray<OwnBudget> => {
  const amount = draft.amount.value.trim()
  if (amount === "") return []
  const { each: _each, every: _every, raise: _raise, tokens: _tokens, usd: _usd, within: _within, ...kept } = draft.of
  const [window, within] = [draft.window.value, draft.within.value.trim()]
  const [each, tag] = [draft.each.value, draft.tag.value.trim()]
  const [to, until] = [draft.raiseTo.value.trim(), draft.raiseUntil.value]
  return [
    {
      ...kept,
      ...(draft.unit.value === "usd" ? { usd: amount } : { tokens: Number(amount) }),
      ...(window === "within" ? { within } : window === "" ? {} : { every: window }),
      ...(each === "value" ? tag !== "" && { each: { tag } } : each !== "" && { each }),
      ...(to !== "" && until !== "" && { raise: { to, until: dayOrBefore(until, draft.of.raise?.until) } })
    }
  ]
}

const limitOf = (draft: LimitDraft): ReadonlyArray<OwnLimits> => {
  const figures = {
    requests: figure(draft.requests.value),
    tokens: figure(draft.tokens.value),
    concurrency: figure(draft.concurrency.value)
  }
  const known = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined))
  if (Object.keys(known).length === 0) return []
  const { concurrency: _concurrency, per: _per, requests: _requests, tokens: _tokens, ...kept } = draft.of
  const per = draft.per.value.trim()
  return [{ ...kept, ...known, ...(per !== "" && per !== "1m" && { per }) }]
}

/** The draft as input of the admin API, without empty fields. */
export const grantsOf = ({ budgets, deny, limits, models, objects, routes, tags }: GrantDraft): Granted => {
  const [own, bounds] = [budgets.value.flatMap(budgetOf), limits.value.flatMap(limitOf)]
  const fields = {
    models: listOf(models),
    deny: listOf(deny),
    routes: listOf(routes),
    objects: listOf(objects),
    tags: listOf(tags),
    budgets: own.length === 0 ? undefined : own,
    limits: bounds.length === 0 ? undefined : bounds
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** The fields of a form as a change, which removes emptied ones. */
export const changeOf = (names: ReadonlyArray<string>, fields: object): { readonly [name: string]: unknown } => ({
  ...Object.fromEntries(names.map((name) => [name, null])),
  ...fields
})

/** The fields of grants. */
export const grantNames = ["models", "deny", "routes", "objects", "tags", "budgets", "limits"] as const
