import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import type * as RateLimit from "effect-llm/policies/RateLimit"
import { formatDuration } from "../../settings/schema/Scalars.ts"
import { budgetOf } from "../../settings/policies/BudgetPolicies.ts"
import type { Each } from "../../settings/policies/EachBudget.ts"
import type { Budget as BudgetSettings, Key, Team, User } from "../../settings/schema/Access.ts"
import type { Settings } from "../../settings/Settings.ts"
import type { BudgetState, KeyInput } from "./records/Records.ts"

/** A budget, and what becomes of calls without a price. */
export interface Charged extends Each {
  readonly of: BudgetState["of"]
  readonly id: string
  readonly name: string
  readonly unpriced: "refuse" | "allow"
}

/** What a key, a user or a team may do. */
export interface Grants {
  readonly of: "key" | "user" | "team"
  readonly id: string
  readonly models: ReadonlyArray<string> | undefined
  readonly deny: ReadonlyArray<string>
  readonly routes: ReadonlyArray<string> | undefined
  readonly limits: ReadonlyArray<RateLimit.Limit>
  readonly budgets: ReadonlyArray<Charged>
  readonly objects: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
}

type Given = Pick<KeyInput, "models" | "deny" | "routes" | "objects" | "tags">

const grants = (
  of: Grants["of"],
  id: string,
  { deny = [], models, objects = [], routes, tags = [] }: Given,
  limits: NonNullable<KeyInput["limits"]>,
  budgets: ReadonlyArray<Charged>
): Grants => ({
  of,
  id,
  models,
  deny,
  routes,
  objects,
  tags,
  budgets,
  limits: limits.map(({ wait: _, ...limit }) => ({ ...limit, key: `${of} ${id}` }))
})

/** What a record of the database may do. Throws for what cannot be: a time zone, a day, two budgets of one name. */
export const ofRecord = (of: Grants["of"], id: string, given: Given & Pick<KeyInput, "budgets" | "limits">): Grants => {
  const budgets = new Map<string, Charged>()
  for (const { name: own, ...settings } of given.budgets ?? []) {
    const name = own ?? windowOf(settings)
    const key = `${name} ${settings.usd === undefined ? "tokens" : "usd"}`
    if (budgets.has(key)) throw new Error(`two budgets are called ${name}: give each a name of its own`)
    if ((settings.usd === undefined) === (settings.tokens === undefined))
      throw new Error(`the budget ${name} needs usd or tokens, and not both`)
    if (settings.every !== undefined && settings.within !== undefined)
      throw new Error(`the budget ${name} has a calendar window (every) and a rolling one (within): give it one`)
    if (settings.zone !== undefined && settings.every === undefined)
      throw new Error(`the budget ${name} has a time zone, which says nothing without a calendar window (every)`)
    budgets.set(key, charged(of, id, name, `${of} ${id} ${name}`, settings))
  }
  for (const { concurrency, per, requests, tokens } of given.limits ?? []) {
    if (requests === undefined && tokens === undefined && concurrency === undefined)
      throw new Error("a limit needs requests, tokens or concurrency")
    if (per !== undefined && requests === undefined && tokens === undefined)
      throw new Error("`per` says nothing in a limit without requests or tokens")
  }
  return grants(of, id, given, given.limits ?? [], [...budgets.values()])
}

/** The same, or the mistake in it. */
export const check = (given: KeyInput | Parameters<typeof ofRecord>[2]): Result.Result<Grants, string> =>
  Result.try({
    try: () => {
      if ("expires" in given && given.expires !== undefined && DateTime.make(given.expires)._tag === "None")
        throw new Error(`${given.expires} is no day, and no time`)
      return ofRecord("key", "new", given)
    },
    catch: (error) => (error instanceof Error ? error.message : String(error))
  })

/** What an entry of the settings may do, whose budgets are those of the settings. */
export const ofSettings = (of: Grants["of"], id: string, entry: Key | User | Team, all: Settings): Grants =>
  grants(
    of,
    id,
    entry,
    entry.limits === undefined ? [] : [entry.limits],
    (entry.budgets ?? []).flatMap((name) => {
      const settings = all.budgets?.[name]
      return settings === undefined ? [] : [charged("settings", name, name, name, settings)]
    })
  )

const charged = (of: Charged["of"], id: string, name: string, account: string, settings: BudgetSettings): Charged => ({
  of,
  id,
  name,
  budget: budgetOf([account, settings]),
  each: settings.each,
  unpriced: settings.unpriced ?? "refuse"
})

const windowOf = ({ every, within }: BudgetSettings): string =>
  every ?? (within === undefined ? "all" : formatDuration(within))
