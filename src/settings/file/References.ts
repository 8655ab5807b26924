import * as Predicate from "effect/Predicate"
import * as Nearest from "effect-llm/domain/Nearest"
import * as ModelId from "effect-llm/domain/ModelId"
import { settingsOf } from "../build/Accounts.ts"
import { claudeCli, compatible, type Kinds } from "../build/Kinds.ts"
import { checkBudget, checkKeyName, checkLimits, checkStores, type Fail } from "./Contradictions.ts"
import * as KeyStrength from "./KeyStrength.ts"
import type { Mistake, Path } from "./Mistake.ts"

type Found = Pick<Mistake, "severity" | "path" | "message"> & { readonly part: "key" | "value" }

type Tree = { readonly [key: string]: unknown }

/**
 * Finds names of things that are not defined, and contradictions. It reads the tree as it is written, so that these mistakes are
 * reported together with those that the Schema finds.
 */
export const check = (tree: unknown, kinds: Kinds): ReadonlyArray<Found> => {
  const found: Array<Found> = []
  const fail = (path: Path, message: string, part: Found["part"] = "value") =>
    void found.push({ severity: "error", path, message, part })
  const root = objectOf(tree)
  const accounts = entriesOf(root.providers)
  const names = new Set(accounts.map(([name]) => name))
  const models = new Map(entriesOf(root.models))
  const aliases = new Map(entriesOf(root.aliases))
  const budgets = new Set(entriesOf(root.budgets).map(([name]) => name))
  const callable = [...models.keys(), ...aliases.keys()]

  for (const [name, entry] of accounts) checkAccount(name, objectOf(entry), kinds, fail)

  const checkModelName = (path: Path, name: unknown, alias?: string) => {
    if (typeof name !== "string" || isCallable(name, callable)) return
    const others = callable.filter((other) => other !== alias)
    fail(path, `no model is called ${name}${suggestion(name, others, "known")}`)
  }
  const checkFallbacks = (path: Path, fallbacks: unknown) => {
    if (Array.isArray(fallbacks)) fallbacks.forEach((name, index) => checkModelName([...path, index], name))
    else
      for (const [reason, list] of entriesOf(fallbacks))
        checkFallbacks([...path, reason], Array.isArray(list) ? list : [])
  }
  const checkSecret = (path: Path, key: unknown) => {
    const weakness = typeof key === "string" && !key.includes("${") ? KeyStrength.weaknessOf(key) : undefined
    if (weakness !== undefined) fail(path, weakness)
  }
  const checkBudgets = (path: Path, list: unknown) =>
    listOf(list).forEach((name, index) => {
      if (typeof name === "string" && !budgets.has(name))
        fail([...path, index], `no budget is called ${name}${suggestion(name, budgets, "known")}`)
    })
  const isModeration = (name: unknown): boolean => {
    const model = typeof name === "string" ? models.get(aliased(name)) : undefined
    return objectOf(model).kind === "moderation"
  }
  const aliased = (name: string): string => {
    const target = aliases.get(name)
    return typeof target === "string" && target !== name ? target : name
  }
  const checkGuards = (path: Path, policies: unknown) => {
    for (const [name, guard] of entriesOf(objectOf(policies).guards)) {
      const { moderation } = objectOf(guard)
      if (moderation === undefined) continue
      const at = [...path, "guards", name, "moderation"]
      checkModelName(at, moderation)
      if (typeof moderation === "string" && isCallable(moderation, callable) && !isModeration(moderation))
        fail(at, `${moderation} is not a moderation model`)
    }
  }
  const checkTarget = (path: Path, target: unknown, kind: string, isPattern: boolean) => {
    const id = typeof target === "string" ? ModelId.parse(target) : undefined
    if (id === undefined) return
    const account = accounts.find(([name]) => name === id.provider)
    const own = objectOf(account?.[1]).provider
    const known = kinds.get(typeof own === "string" ? own : id.provider)
    if (!names.has(id.provider) && (known === undefined || id.provider === compatible)) {
      const all = [...names, ...kinds.keys()].filter((name) => name !== compatible)
      fail(
        path,
        `there is no provider ${id.provider}${suggestion(id.provider, all)} Write it under providers, or name one of docs/providers.md`
      )
    }
    const capabilities = known?.definition.capabilities
    const offers = kind === "chat" ? !services.has(known?.definition.id ?? "") : Object.hasOwn(capabilities ?? {}, kind)
    if (known !== undefined && !offers) fail(path, `${known.definition.id} does not offer ${kind} models`)
    if (id.model.includes("*") && !isPattern)
      fail(path, `a * needs one in the name of the model too, such as "${id.provider}/*"`)
  }
  const services = new Set([...kinds].flatMap(([id, kind]) => ("model" in kind || id === claudeCli ? [] : [id])))

  for (const [name, entry] of models) {
    const path = ["models", name]
    const model = objectOf(entry)
    const kind = typeof model.kind === "string" ? model.kind : "chat"
    const isPattern = name.includes("*")
    if (name.indexOf("*") !== name.lastIndexOf("*")) fail(path, "may have one * only", "key")
    const seen = new Set<string>()
    for (const [target, at] of targetsOf(entry, path)) {
      const deployment = objectOf(target)
      const isObject = typeof target !== "string"
      checkTarget(isObject ? [...at, "model"] : at, isObject ? deployment.model : target, kind, isPattern)
      if (typeof deployment.name === "string" && seen.has(deployment.name))
        fail([...at, "name"], `two deployments of ${name} are called ${deployment.name}`)
      if (typeof deployment.name === "string") seen.add(deployment.name)
      checkLimits([...at, "limits"], deployment.limits, fail)
      checkBudgets([...at, "policies", "budgets"], objectOf(deployment.policies).budgets)
      checkLimits([...at, "policies", "limits"], objectOf(deployment.policies).limits, fail)
    }
    checkFallbacks([...path, "fallbacks"], model.fallbacks)
    const { to } = objectOf(model.shadow)
    checkModelName([...path, "shadow", "to"], to)
    const other = typeof to === "string" ? objectOf(models.get(aliased(to))) : {}
    if (typeof to === "string" && models.has(aliased(to)) && (other.kind ?? "chat") !== kind)
      fail([...path, "shadow", "to"], `${to} is not of the kind ${kind}`)
    if (to === name) fail([...path, "shadow", "to"], "is this model: name another")
    checkBudgets([...path, "policies", "budgets"], objectOf(model.policies).budgets)
    checkLimits([...path, "policies", "limits"], objectOf(model.policies).limits, fail)
    checkGuards([...path, "policies"], model.policies)
  }
  checkGuards(["policies"], root.policies)
  checkFallbacks(["fallbacks"], root.fallbacks)
  checkBudgets(["policies", "budgets"], objectOf(root.policies).budgets)
  checkLimits(["policies", "limits"], objectOf(root.policies).limits, fail)

  for (const [alias, target] of aliases) {
    const path = ["aliases", alias]
    if (models.has(alias)) fail(path, "is also the name of a model: remove one of the two", "key")
    const cycle = cycleFrom(alias, aliases)
    if (cycle === undefined) checkModelName(path, target, alias)
    else fail(path, `leads back to itself: ${cycle.join(" -> ")}`)
  }

  const checkOwner = (path: Path, field: "user" | "team", id: unknown) => {
    const known = entriesOf(root[`${field}s`]).map(([name]) => name)
    if (typeof id !== "string" || known.includes(id)) return
    const at = [...path, field]
    if (known.length > 0) return fail(at, `no ${field} is called ${id}${suggestion(id, known, "known")}`)
    const message = `no ${field} is called ${id} here: its limits hold only once it is created in the gateway's database`
    found.push({ severity: "warning", path: at, message, part: "value" })
  }
  const checkGrants = (path: Path, grants: Tree) => {
    for (const list of ["models", "deny"])
      listOf(grants[list]).forEach((model, index) => {
        // A pattern may match names that are added later.
        if (typeof model !== "string" || !model.includes("*")) checkModelName([...path, list, index], model)
      })
    checkBudgets([...path, "budgets"], grants.budgets)
    checkLimits([...path, "limits"], grants.limits, fail)
  }
  for (const [name, entry] of entriesOf(root.users)) {
    checkOwner(["users", name], "team", objectOf(entry).team)
    checkGrants(["users", name], objectOf(entry))
  }
  for (const [name, entry] of entriesOf(root.teams)) checkGrants(["teams", name], objectOf(entry))

  for (const [name, entry] of entriesOf(root.keys)) {
    const key = objectOf(entry)
    const path = ["keys", name]
    checkOwner(path, "user", key.user)
    checkOwner(path, "team", key.team)
    checkGrants(path, key)
    checkSecret([...path, "key"], key.key)
    checkKeyName(name, key, fail)
  }
  checkDistinct(entriesOf(root.keys), fail)

  checkStores(objectOf(root.stores), fail)
  checkSecret(["server", "adminKey"], objectOf(root.server).adminKey)
  if (objectOf(root.journal).sql !== undefined && objectOf(root.stores).sql === undefined)
    fail(["journal", "sql"], 'needs a database: write it as stores.sql, such as "calls.db"')
  for (const [name, entry] of entriesOf(root.budgets)) checkBudget(["budgets", name], objectOf(entry), fail)
  return found
}

const checkAccount = (name: string, entry: Tree, kinds: Kinds, fail: Fail): void => {
  const id = typeof entry.provider === "string" ? entry.provider : name
  const kind = kinds.get(id)
  const path = ["providers", name]
  if (/[\s/*]/.test(name)) fail(path, "may not contain spaces, / or *, since models are named provider/model", "key")
  if (kind === undefined) {
    const at = entry.provider === undefined ? path : [...path, "provider"]
    const isOwn = entry.provider === undefined && entry.baseUrl !== undefined
    const advice = isOwn
      ? `For a server that speaks OpenAI's API add "provider: ${compatible}"`
      : `An account under a name of your own has "provider: ...", one of those in docs/providers.md`
    fail(
      at,
      `there is no provider ${id}${suggestion(id, kinds.keys())} ${advice}`,
      entry.provider === undefined ? "key" : "value"
    )
    return
  }
  if (name !== id && kinds.has(name))
    fail(path, `is the id of a provider of its own: give this account of ${id} another name`, "key")
  if (id === compatible && name === compatible)
    fail(path, `needs a name of its own: write "my-server: { provider: ${compatible}, baseUrl: ... }"`, "key")
  if (id === compatible && entry.baseUrl === undefined)
    fail(path, `needs a baseUrl: the address of the server, such as "http://localhost:8000/v1"`)
  if (entry.keys !== undefined && entry.key !== undefined)
    fail([...path, "keys"], "replaces key: write all of them under keys", "key")
  else if (entry.keys !== undefined && (id === claudeCli || kind.definition.auth === "none"))
    fail([...path, "keys"], `${id} takes no key`, "key")
  const settings = Object.keys(settingsOf(kind.definition))
  for (const [option] of entriesOf(entry.options)) {
    if (settings.includes(option)) continue
    const known = settings.length === 0 ? `: ${id} has no options` : suggestion(option, settings, "known")
    fail([...path, "options", option], `unknown option of ${id}${known}`, "key")
  }
}

const checkDistinct = (keys: ReadonlyArray<readonly [string, unknown]>, fail: Fail): void => {
  const owners = new Map<string, string>()
  for (const [name, entry] of keys) {
    const { key } = objectOf(entry)
    if (typeof key !== "string" || key === "") continue
    const owner = owners.get(key)
    if (owner === undefined) owners.set(key, name)
    else fail(["keys", name, "key"], `is the same key as that of ${owner}: give each its own`)
  }
}

const cycleFrom = (alias: string, aliases: ReadonlyMap<string, unknown>): ReadonlyArray<string> | undefined => {
  const steps = [alias]
  let next = aliases.get(alias)
  while (typeof next === "string" && aliases.has(next)) {
    steps.push(next)
    if (next === alias) return steps
    if (steps.indexOf(next) < steps.length - 1) return undefined
    next = aliases.get(next)
  }
  return undefined
}

/** Whether a name is that of a model or an alias, or fits a pattern among them. */
export const isCallable = (name: string, names: Iterable<string>): boolean =>
  [...names].some((known) => {
    const star = known.indexOf("*")
    if (star < 0) return known === name
    const [before, after] = [known.slice(0, star), known.slice(star + 1)]
    return name === known || (name.length >= known.length && name.startsWith(before) && name.endsWith(after))
  })

/** The deployments of a model, however it is written, with their paths. */
export const targetsOf = (entry: unknown, path: Path): ReadonlyArray<readonly [unknown, Path]> => {
  if (typeof entry === "string") return [[entry, path]]
  if (Array.isArray(entry)) return entry.map((target, index) => [target, [...path, index]])
  const at = [...path, "deployments"]
  return listOf(objectOf(entry).deployments).map((target, index) => [target, [...at, index]])
}

const objectOf = (value: unknown): Tree => (Predicate.isObject(value) && !Array.isArray(value) ? (value as Tree) : {})

const entriesOf = (value: unknown): ReadonlyArray<readonly [string, unknown]> => Object.entries(objectOf(value))

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const suggestion = (word: string, candidates: Iterable<string>, known?: "known"): string => {
  const all = [...candidates]
  const [nearest] = Nearest.find(word, all)
  if (nearest !== undefined) return `; did you mean ${nearest}?`
  return known === undefined || all.length === 0 ? "." : `; known: ${all.slice(0, 12).join(", ")}`
}
