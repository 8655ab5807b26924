import * as ModelId from "effect-llm/domain/ModelId"
import * as NameTable from "effect-llm/router/NameTable"
import type { ModelKind } from "../../settings/build/ModelKind.ts"
import { filled } from "../../settings/build/Pattern.ts"
import type { Settings } from "../../settings/Settings.ts"

type ModelSettings = Settings["models"][string]

/** A model of the settings: its kind and its deployments. */
export interface NamedModel {
  /** The name or pattern of the settings. */
  readonly name: string
  readonly kind: ModelKind
  readonly deployments: ModelSettings["deployments"]
}

/** The models that settings name. */
export interface NamedModels {
  /** Finds the model of a name, whether `names` lists it or not. */
  readonly find: (name: string) => NamedModel | undefined
  /** Every name without `*`. */
  readonly names: ReadonlyArray<string>
  /** The models whose name is a pattern with `*`. */
  readonly patterns: ReadonlyArray<NamedModel>
}

const known = new WeakMap<Settings, NamedModels>()

/** The models that settings name, computed once for each settings object. */
export const of = (settings: Settings): NamedModels => {
  const cached = known.get(settings)
  if (cached !== undefined) return cached
  const namedModels = make(settings)
  known.set(settings, namedModels)
  return namedModels
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
