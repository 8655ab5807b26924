import * as ModelId from "effect-llm/domain/ModelId"
import { claudeCli, compatible, type Kinds, type ProviderKind } from "../build/Kinds.ts"
import { checkAccount } from "./AccountMistakes.ts"
import { checkBudget, checkDistinct, checkKeyName, checkLimits, checkStores } from "./Contradictions.ts"
import * as KeyStrength from "./KeyStrength.ts"
import type { Mistake, Path } from "./Mistake.ts"
import { suggestion } from "./Suggestion.ts"
import { entriesOf, listOf, objectOf, targetsOf, type Tree } from "./Tree.ts"

type Found = Pick<Mistake, "severity" | "path" | "message"> & { readonly part: "key" | "value" }

/**
 * Finds names of things that are not defined, and contradictions. It reads the tree as it is written, so that these mistakes are
 * reported together with those that the Schema finds.
 */
export const check = (tree: unknown, kinds: Kinds): ReadonlyArray<Found> => new Check(objectOf(tree), kinds).run()

/** What a tree of settings defines, and the mistakes found in it so far. */
class Check {
  readonly #root: Tree
  readonly #kinds: Kinds
  readonly #accounts: ReadonlyMap<string, unknown>
  readonly #models: ReadonlyMap<string, unknown>
  readonly #aliases: ReadonlyMap<string, unknown>
  readonly #budgets: ReadonlySet<string>
  /** The names that calls may use. */
  readonly #callable: ReadonlyArray<string>
  readonly #found: Array<Found> = []

  constructor(root: Tree, kinds: Kinds) {
    this.#root = root
    this.#kinds = kinds
    this.#accounts = new Map(entriesOf(root.providers))
    this.#models = new Map(entriesOf(root.models))
    this.#aliases = new Map(entriesOf(root.aliases))
    this.#budgets = new Set(entriesOf(root.budgets).map(([name]) => name))
    this.#callable = [...this.#models.keys(), ...this.#aliases.keys()]
  }

  run(): ReadonlyArray<Found> {
    const { budgets, journal, server, stores } = this.#root
    for (const [name, entry] of this.#accounts) checkAccount(name, objectOf(entry), this.#kinds, this.#fail)
    for (const [name, entry] of this.#models) this.#model(name, entry)
    this.#policies(["policies"], this.#root.policies)
    this.#fallbacks(["fallbacks"], this.#root.fallbacks)
    for (const [alias, target] of this.#aliases) this.#alias(alias, target)
    this.#access()
    checkStores(objectOf(stores), this.#fail)
    this.#secret(["server", "adminKey"], objectOf(server).adminKey)
    if (objectOf(journal).sql !== undefined && objectOf(stores).sql === undefined)
      this.#fail(["journal", "sql"], 'needs a database: write it as stores.sql, such as "calls.db"')
    for (const [name, entry] of entriesOf(budgets)) checkBudget(["budgets", name], objectOf(entry), this.#fail)
    return this.#found
  }

  readonly #fail = (path: Path, message: string, part: Found["part"] = "value"): void => {
    this.#found.push({ severity: "error", path, message, part })
  }

  #model(name: string, entry: unknown): void {
    const path = ["models", name]
    const model = objectOf(entry)
    const kind = kindOf(model)
    if (name.indexOf("*") !== name.lastIndexOf("*")) this.#fail(path, "may have one * only", "key")
    const seen = new Set<string>()
    for (const [target, at] of targetsOf(entry, path)) {
      const deployment = objectOf(target)
      const isObject = typeof target !== "string"
      this.#target(isObject ? [...at, "model"] : at, isObject ? deployment.model : target, kind, name.includes("*"))
      if (typeof deployment.name === "string") {
        if (seen.has(deployment.name))
          this.#fail([...at, "name"], `two deployments of ${name} are called ${deployment.name}`)
        seen.add(deployment.name)
      }
      checkLimits([...at, "limits"], deployment.limits, this.#fail)
      this.#charges([...at, "policies"], objectOf(deployment.policies))
    }
    this.#fallbacks([...path, "fallbacks"], model.fallbacks)
    this.#shadow([...path, "shadow", "to"], objectOf(model.shadow).to, name, kind)
    this.#policies([...path, "policies"], model.policies)
  }

  /** The model of a deployment: its provider must exist and offer the kind. */
  #target(path: Path, target: unknown, kind: string, isPattern: boolean): void {
    const id = typeof target === "string" ? ModelId.parse(target) : undefined
    if (id === undefined) return
    const own = objectOf(this.#accounts.get(id.provider)).provider
    const known = this.#kinds.get(typeof own === "string" ? own : id.provider)
    if (!this.#accounts.has(id.provider) && (known === undefined || id.provider === compatible)) {
      const all = [...this.#accounts.keys(), ...this.#kinds.keys()].filter((name) => name !== compatible)
      const nearest = suggestion(id.provider, all)
      this.#fail(
        path,
        `there is no provider ${id.provider}${nearest} Write it under providers, or name one of docs/providers.md`
      )
    }
    if (known !== undefined && !offers(known, kind))
      this.#fail(path, `${known.definition.id} does not offer ${kind} models`)
    if (id.model.includes("*") && !isPattern)
      this.#fail(path, `a * needs one in the name of the model too, such as "${id.provider}/*"`)
  }

  #shadow(path: Path, to: unknown, name: string, kind: string): void {
    this.#modelName(path, to)
    if (typeof to !== "string") return
    const other = this.#modelOf(to)
    if (other !== undefined && (objectOf(other).kind ?? "chat") !== kind)
      this.#fail(path, `${to} is not of the kind ${kind}`)
    if (to === name) this.#fail(path, "is this model: name another")
  }

  #alias(alias: string, target: unknown): void {
    const path = ["aliases", alias]
    if (this.#models.has(alias)) this.#fail(path, "is also the name of a model: remove one of the two", "key")
    const cycle = cycleFrom(alias, this.#aliases)
    if (cycle === undefined) this.#modelName(path, target, alias)
    else this.#fail(path, `leads back to itself: ${cycle.join(" -> ")}`)
  }

  /** Keys, users and teams. */
  #access(): void {
    const keys = entriesOf(this.#root.keys)
    for (const [name, entry] of entriesOf(this.#root.users)) {
      this.#owner(["users", name], "team", objectOf(entry).team)
      this.#grants(["users", name], objectOf(entry))
    }
    for (const [name, entry] of entriesOf(this.#root.teams)) this.#grants(["teams", name], objectOf(entry))
    for (const [name, entry] of keys) {
      const key = objectOf(entry)
      const path = ["keys", name]
      this.#owner(path, "user", key.user)
      this.#owner(path, "team", key.team)
      this.#grants(path, key)
      this.#secret([...path, "key"], key.key)
      checkKeyName(name, key, this.#fail)
    }
    checkDistinct(keys, this.#fail)
  }

  #owner(path: Path, field: "user" | "team", id: unknown): void {
    const known = entriesOf(this.#root[`${field}s`]).map(([name]) => name)
    if (typeof id !== "string" || known.includes(id)) return
    const at = [...path, field]
    if (known.length > 0) return this.#fail(at, `no ${field} is called ${id}${suggestion(id, known, "known")}`)
    const message = `no ${field} is called ${id} here: its limits hold only once it is created in the gateway's database`
    this.#found.push({ severity: "warning", path: at, message, part: "value" })
  }

  #grants(path: Path, grants: Tree): void {
    for (const list of ["models", "deny"])
      listOf(grants[list]).forEach((model, index) => {
        // A pattern may match names that are added later.
        if (typeof model !== "string" || !model.includes("*")) this.#modelName([...path, list, index], model)
      })
    this.#charges(path, grants)
  }

  #policies(path: Path, policies: unknown): void {
    this.#charges(path, objectOf(policies))
    for (const [name, guard] of entriesOf(objectOf(policies).guards)) {
      const { moderation } = objectOf(guard)
      if (moderation === undefined) continue
      const at = [...path, "guards", name, "moderation"]
      this.#modelName(at, moderation)
      if (typeof moderation !== "string" || !isCallable(moderation, this.#callable)) continue
      if (objectOf(this.#modelOf(moderation)).kind !== "moderation")
        this.#fail(at, `${moderation} is not a moderation model`)
    }
  }

  /** The budgets and limits of a policy, a key, a user or a team. */
  #charges(path: Path, { budgets, limits }: Tree): void {
    listOf(budgets).forEach((name, index) => {
      if (typeof name === "string" && !this.#budgets.has(name))
        this.#fail(
          [...path, "budgets", index],
          `no budget is called ${name}${suggestion(name, this.#budgets, "known")}`
        )
    })
    checkLimits([...path, "limits"], limits, this.#fail)
  }

  #fallbacks(path: Path, fallbacks: unknown): void {
    if (Array.isArray(fallbacks)) fallbacks.forEach((name, index) => this.#modelName([...path, index], name))
    else for (const [reason, list] of entriesOf(fallbacks)) this.#fallbacks([...path, reason], listOf(list))
  }

  #modelName(path: Path, name: unknown, alias?: string): void {
    if (typeof name !== "string" || isCallable(name, this.#callable)) return
    const others = this.#callable.filter((other) => other !== alias)
    this.#fail(path, `no model is called ${name}${suggestion(name, others, "known")}`)
  }

  #secret(path: Path, key: unknown): void {
    const weakness = typeof key === "string" && !key.includes("${") ? KeyStrength.weaknessOf(key) : undefined
    if (weakness !== undefined) this.#fail(path, weakness)
  }

  /** The model of a name or an alias. */
  #modelOf(name: string): unknown {
    const target = this.#aliases.get(name)
    return this.#models.get(typeof target === "string" ? target : name)
  }
}

const kindOf = ({ kind }: Tree): string => (typeof kind === "string" ? kind : "chat")

/** Whether a provider has models of this kind. */
const offers = (provider: ProviderKind, kind: string): boolean => {
  const { capabilities, id } = provider.definition
  return kind === "chat" ? "model" in provider || id === claudeCli : Object.hasOwn(capabilities ?? {}, kind)
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
