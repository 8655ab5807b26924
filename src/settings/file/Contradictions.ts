import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { addressMistake, isPostgres } from "../stores/DatabaseAddress.ts"
import type { Path } from "./Mistake.ts"
import { objectOf, type Tree } from "./Tree.ts"

/** Reports a mistake at a path. */
export type Fail = (path: Path, message: string, part?: "key" | "value") => void

/** Finds limits that limit nothing, or have parts without effect. */
export const checkLimits = (path: Path, limits: unknown, fail: Fail): void => {
  if (!Predicate.isObject(limits)) return
  const { concurrency, per, requests, tokens, usd } = limits as Tree
  if ([requests, tokens, usd, concurrency].every((limit) => limit === undefined))
    fail(path, "limits nothing: add requests, tokens or concurrency")
  if (per !== undefined && [requests, tokens, usd].every((limit) => limit === undefined))
    fail([...path, "per"], "has no effect without requests or tokens")
}

/** Finds keys that would pass for another caller: what a gateway keeps for callers, such as responses, is theirs by id. */
export const checkKeyName = (name: string, { admin }: Tree, fail: Fail): void => {
  if (name === "admin" && admin !== true)
    fail(["keys", name], "is the name of the administrator: write `admin: true`, or name it otherwise", "key")
  if (/^(?:user:|key_)/.test(name))
    fail(["keys", name], "a name does not begin with user: or key_: ids of other callers do", "key")
}

/** Finds secrets that two keys have in common. */
export const checkDistinct = (keys: ReadonlyArray<readonly [string, unknown]>, fail: Fail): void => {
  const owners = new Map<string, string>()
  for (const [name, entry] of keys) {
    const { key } = objectOf(entry)
    if (typeof key !== "string" || key === "") continue
    const owner = owners.get(key)
    if (owner === undefined) owners.set(key, name)
    else fail(["keys", name, "key"], `is the same key as that of ${owner}: give each its own`)
  }
}

/** Finds budgets that contradict themselves. */
export const checkBudget = (path: Path, budget: Tree, fail: Fail): void => {
  if (budget.usd === undefined && budget.tokens === undefined) fail(path, "limits nothing: add usd or tokens")
  if (budget.usd !== undefined && budget.tokens !== undefined)
    fail([...path, "tokens"], "a budget is of dollars or of tokens: make two, and name both where they apply")
  if (budget.every !== undefined && budget.within !== undefined)
    fail([...path, "within"], "contradicts `every`: a window is a calendar one (every) or a rolling one (within)")
  if (budget.zone !== undefined && budget.every === undefined) fail([...path, "zone"], "has no effect without `every`")
  if (typeof budget.zone === "string" && Option.isNone(DateTime.zoneMakeNamed(budget.zone)))
    fail([...path, "zone"], `is not a time zone: write one such as "Europe/Berlin" or "UTC"`)
}

/** Finds invalid addresses. Messages never show an address, which may hold a password. */
export const checkStores = ({ redis, sql }: Tree, fail: Fail): void => {
  const isGiven = (address: unknown): address is string => typeof address === "string" && !address.includes("${")
  if (isGiven(redis) && !/^rediss?:\/\/\S/.test(redis))
    fail(["stores", "redis"], 'must be an address such as "redis://localhost:6379"')
  else if (isGiven(redis)) {
    const mistake = addressMistake(redis, "redis")
    if (mistake !== undefined) fail(["stores", "redis"], mistake)
  }
  if (isGiven(sql) && sql.includes("://") && !/^postgres(?:ql)?:\/\/\S/.test(sql))
    fail(["stores", "sql"], 'must be a file such as "budgets.db", or an address such as "postgres://localhost/llm"')
  else if (isGiven(sql) && isPostgres(sql)) {
    const mistake = addressMistake(sql)
    if (mistake !== undefined) fail(["stores", "sql"], mistake)
  }
}
