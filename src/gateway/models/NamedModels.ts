import * as ModelId from "effect-llm/domain/ModelId"
import * as NameTable from "effect-llm/router/NameTable"
import type { ModelKind } from "../../settings/build/ModelKind.ts"
import { filled } from "../../settings/build/Pattern.ts"
import type { Settings } from "../../settings/Settings.ts"

type ModelSettings = Settings["models"][string]

/** What a name is: a model of some kind, and who serves it. */
export interface NamedModel {
  /** The name or pattern of the settings. */
  readonly name: string
  readonly kind: ModelKind
  readonly deployments: ModelSettings["deployments"]
}

/** The models that settings name. */
export interface NamedModels {
  /** What a name is, be it listed or not. */
  readonly find: (name: string) => NamedModel | undefined
  /** Every name without `*`. */
  readonly names: ReadonlyArray<string>
  /** Names with one. */
  readonly patterns: ReadonlyArray<NamedModel>
}

const known = new WeakMap<Settings, NamedModels>()

/** The models that settings name; the settings are read once. */
export const of = (settings: Settings): NamedModels => {
  const before = known.get(settings)
  if (before !== undefined) return before
  const made = make(settings)
  known.set(settings, made)
  return made
}

const make = ({ aliases, models, unlisted }: Settings): NamedModels => {
  const all = Object.entries(models)
  const isPattern = ([name]: readonly [string, unknown]) => name.includes("*")
  const table = NameTable.make<NamedModel>({
    entries: Object.fromEntries(
      all.filter((entry) => !isPattern(entry)).map(([name, model]) => [name, named(name, model)])
    ),
    aliases,
    patterns: Object.fromEntries(
      all.filter(isPattern).map(([name, model]) => [name, (text: string) => named(name, filled(model, text))])
    )
  })
  return {
    find: (name) => {
      const found = table.find(name)
      if (typeof found === "object") return found.entry
      if (found === undefined || unlisted !== "provider" || ModelId.parse(found) === undefined) return undefined
      return { name: found, kind: "chat", deployments: [{ model: found }] }
    },
    names: table.names.filter((name) => !name.includes("*")),
    patterns: all.filter(isPattern).map(([name, model]) => named(name, model))
  }
}

const named = (name: string, { deployments, kind = "chat" }: ModelSettings): NamedModel => ({
  name,
  kind,
  deployments
})
