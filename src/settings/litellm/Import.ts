import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Yaml from "yaml"
import type { Kinds } from "../build/Kinds.ts"
import { formatPath, type Path, SettingsError } from "../file/Mistake.ts"
import { isCallable } from "../file/References.ts"
import * as Source from "../file/Source.ts"
import { withCredentials } from "./Credentials.ts"
import type { Written } from "./Deployments.ts"
import { hasSection, reasonFor } from "./KnownKeys.ts"
import { defined } from "../Given.ts"
import { importModels, type Imported } from "./ModelList.ts"
import { type Note, Reader } from "./Reader.ts"
import { importOperations } from "./Operations.ts"
import { importRouting, type Routing } from "./Routing.ts"
import { Secrets } from "./Secrets.ts"
import { importStores } from "./Stores.ts"

/** LiteLLM's settings, converted, with a report. */
export interface Import {
  /** The settings as YAML. */
  readonly yaml: string
  /** The lines of an environment file with the secrets that were in the file. */
  readonly env: ReadonlyArray<string>
  /** How many values were converted. */
  readonly count: number
  /** The secrets that were moved to variables: their paths and the names of the variables. */
  readonly moved: ReadonlyArray<string>
  /** Values that were changed or left out, and why. */
  readonly notes: ReadonlyArray<Note>
  /** LiteLLM's keys that have no place in settings. */
  readonly left: ReadonlyArray<Note>
  /** Keys that LiteLLM does not know either. */
  readonly unknown: ReadonlyArray<Note>
}

/** Converts a LiteLLM `config.yaml` to settings; everything left out is reported. */
export const importText = (file: string, text: string, kinds: Kinds): Result.Result<Import, SettingsError> =>
  Result.flatMap(Source.parse(file, text), ({ value }) => {
    const tree = withReferences(value)
    return Predicate.isObject(tree) && hasSection(Object.keys(tree))
      ? Result.succeed(importTree(withCredentials({ ...tree }), kinds))
      : Result.fail(
          new SettingsError({
            file,
            mistakes: [
              {
                severity: "error",
                path: [],
                message: "is no config.yaml of LiteLLM: it has none of its sections, such as model_list"
              }
            ]
          })
        )
  })

/** `os.environ/NAME` as `${NAME}`, wherever it is. */
const withReferences = (value: unknown): unknown => {
  if (typeof value === "string") return value.replace(/^os\.environ\/(\w+)$/, (_, name: string) => `\${${name}}`)
  if (Array.isArray(value)) return value.map(withReferences)
  return Predicate.isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withReferences(item)]))
    : value
}

const importTree = (tree: unknown, kinds: Kinds): Import => {
  const reader = new Reader(tree)
  const secrets = new Secrets()
  secrets.reserve(Array.from(JSON.stringify(tree).matchAll(/\$\{(\w+)/g), ([, name = ""]) => name))
  for (const name of reader.keys(["environment_variables"])) {
    const value = reader.text(["environment_variables", name])
    if (value === undefined || value === `\${${name}}`) continue
    if (value.includes("${"))
      reader.note(["environment_variables", name], `is the value of ${value}: set ${name} yourself`)
    else secrets.set(name, value)
  }
  const imported = importModels(reader, kinds, secrets)
  const routing = importRouting(reader)
  const budget = budgetOf(reader)
  const { ledger, server, sql } = importOperations(reader, secrets)
  const stores = defined({ ...importStores(reader, secrets), sql })
  const names = [...imported.models.keys(), ...routing.aliases.keys()]
  for (const [name, lists] of routing.fallbacks)
    if (name !== "*" && !imported.models.has(name))
      reader.note(
        ["fallbacks", name],
        `${name} is not in model_list: its fallbacks ${Object.values(lists).flat().join(", ")} are left out`
      )
  const settings = defined({
    ...defined({ providers: defined(imported.providers) }),
    models: modelsOf(imported, routing, names, reader),
    aliases: routing.aliases.size === 0 ? undefined : Object.fromEntries(knownAliases(routing, imported, reader)),
    fallbacks: known(routing.fallbacks.get("*"), names, reader),
    unlisted: imported.isOpen ? "provider" : undefined,
    strategy: routing.strategy,
    sticky: routing.sticky,
    defaults: routing.dropsParameters ? { onUnsupported: "drop" } : undefined,
    policies: defined({ ...routing.policies, budgets: budget && ["all"] }),
    budgets: budget && { all: budget },
    stores,
    server,
    ledger
  })
  const [left, unknown] = sortLeft(reader)
  return {
    yaml: Yaml.stringify(settings ?? {}, { lineWidth: 0 }),
    env: secrets.lines,
    count: reader.count,
    moved: secrets.report,
    notes: reader.notes,
    left,
    unknown
  }
}

const modelsOf = ({ models }: Imported, routing: Routing, names: ReadonlyArray<string>, reader: Reader): Written =>
  Object.fromEntries(
    [...models].map(([name, { deployments, kind, shadow: silent }]) => {
      const fallbacks = known(routing.fallbacks.get(name), names, reader)
      const short = deployments.map((deployment) =>
        Object.keys(deployment).length === 1 ? deployment.model : deployment
      )
      const retry = routing.retries.get(name)
      const policies = retry && { retry }
      const isShadowed = silent !== undefined && isCallable(silent, names)
      if (silent !== undefined && !isShadowed) reader.note(["model_list"], `${silent} is not in model_list: left out`)
      const shadow = isShadowed ? { to: silent, share: 1 } : undefined
      const isPlain = kind === "chat" && [fallbacks, policies, shadow].every(Predicate.isUndefined)
      if (isPlain && short.length === 1 && typeof short[0] === "string") return [name, short[0]]
      if (isPlain && short.every(Predicate.isString)) return [name, short]
      return [
        name,
        defined({ kind: kind === "chat" ? undefined : kind, deployments: short, fallbacks, policies, shadow })
      ]
    })
  )

/** Drops fallbacks to models that do not exist. */
const known = (lists: Written | undefined, names: ReadonlyArray<string>, reader: Reader): Written | undefined => {
  const kept = Object.entries(lists ?? {}).flatMap(([reason, list]) => {
    const found = (list as ReadonlyArray<string>).filter((name) => {
      const isKnown = isCallable(name, names)
      if (!isKnown) reader.note(["fallbacks"], `${name} is not in model_list: left out`)
      return isKnown
    })
    return found.length === 0 ? [] : [[reason, found] as const]
  })
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

const knownAliases = ({ aliases }: Routing, { models }: Imported, reader: Reader) =>
  [...aliases].filter(([alias, target]) => {
    const path = ["router_settings", "model_group_alias", alias]
    if (models.has(alias)) reader.note(path, "is also in model_list: left out")
    else if (!isCallable(target, [...models.keys(), ...aliases.keys()]))
      reader.note(path, `${target} is not in model_list: left out`)
    else return true
    return false
  })

/** LiteLLM's windows, `30d`, `1mo`, which begin with the first call. */
const windowOf = (duration: string | undefined): Written => {
  const [, count = "", unit = ""] = /^(\d+)(s|m|h|d|w|mo)$/.exec(duration ?? "") ?? []
  if (unit === "") return {}
  return unit === "mo"
    ? count === "1"
      ? { every: "month" }
      : { within: `${Number(count) * 30}d` }
    : { within: `${count}${unit}` }
}

/** The budget of all calls. */
const budgetOf = (reader: Reader): Written | undefined => {
  const limit = reader.number(["litellm_settings", "max_budget"])
  const duration = reader.text(["litellm_settings", "budget_duration"])
  const zone = reader.text(["litellm_settings", "timezone"])
  const window = windowOf(duration)
  if (duration !== undefined && Object.keys(window).length === 0)
    reader.note(["litellm_settings", "budget_duration"], `${duration} is not a window: the budget is for all time`)
  const budget =
    limit === undefined
      ? undefined
      : { usd: limit, ...window, ...(window.every === undefined ? {} : defined({ zone })) }
  if (zone !== undefined && window.every === undefined)
    reader.note(["litellm_settings", "timezone"], "only calendar windows have a time zone: left out")
  return budget
}

/** The keys that were not read: LiteLLM's own, and those that it does not know either. */
const sortLeft = (reader: Reader): readonly [ReadonlyArray<Note>, ReadonlyArray<Note>] => {
  const left: Array<Note> = []
  const unknown: Array<Note> = []
  const add = (path: Path, section: string, key: string | undefined) => {
    const reason = reasonFor(section, key)
    if (reason === undefined) unknown.push({ path, message: "LiteLLM does not know this key either" })
    else left.push({ path, message: reason })
  }
  for (const path of reader.left) {
    const [section, second, third, fourth] = path
    if (section !== "model_list") add(path, String(section), second === undefined ? undefined : String(second))
    else if (third === "litellm_params") add(path, "litellm_params", fourth === undefined ? undefined : String(fourth))
    else add(path, "model_list", third === undefined ? undefined : String(third))
  }
  return [left, unknown]
}

/** The report as text. */
export const formatReport = ({ count, left, moved, notes, unknown }: Import): string => {
  const list = (title: string, lines: ReadonlyArray<string>) =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]
  const lines = (all: ReadonlyArray<Note>) => all.map(({ message, path }) => `${formatPath(path)}: ${message}`)
  return [
    `${count} values were converted.`,
    ...list("Secrets that were in the file and are now variables:", moved),
    ...list("Changed or left out:", lines(notes)),
    ...list("Without a place in settings:", lines(left)),
    ...list("Unknown to LiteLLM too:", lines(unknown))
  ].join("\n")
}
