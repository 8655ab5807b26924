/**
 * The settings that configure a provider: what they are called, and which are still missing.
 *
 * ```ts
 * const missing = yield* ProviderSettings.missing(Groq) // ["GROQ_API_KEY"], or [] when it is configured
 * ```
 *
 * A setting whose value is blank counts as missing.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { entriesOf, namesIn, namesOf } from "../client/ProviderDefinition.ts"
import type { RegistryProvider } from "./registry/RegistryShape.ts"

/**
 * The settings of which any one would configure the provider; several that are needed together are joined by `and`. Empty
 * if it is configured.
 *
 * @since 0.1.0
 * @category configuration
 */
export const missing = Effect.fnUntraced(function* ({ definition }: Pick<RegistryProvider, "definition">) {
  const missing = new Set<string>()
  for (const names of requirementsOf(definition)) {
    const unset: Array<string> = []
    for (const name of names) {
      const found = yield* Config.option(Config.String(name))
      if (Option.getOrElse(found, () => "").trim() === "") unset.push(name)
    }
    if (unset.length === 0) return []
    missing.add(unset.join(" and "))
  }
  return [...missing]
})

/**
 * Whether a provider works without any setting: a local server at its default address, or one that needs no key.
 *
 * @since 0.1.0
 * @category predicates
 */
export const requiresNoSettings = ({ auth, baseUrl, keyOptional }: RegistryProvider["definition"]): boolean =>
  (auth === "none" || keyOptional === true) && typeof baseUrl === "string" && !baseUrl.includes("{")

const requirementsOf = (definition: RegistryProvider["definition"]): ReadonlyArray<ReadonlyArray<string>> => {
  if (definition.requiredSettings !== undefined) return definition.requiredSettings
  const names = namesOf(definition)
  const { baseUrl } = definition
  const inUrl = entriesOf(definition)
    .filter(([name, setting]) => typeof baseUrl === "string" && baseUrl.includes(`{${name}}`) && !setting.default)
    .map(([, setting]) => namesIn(setting)[0])
  if (definition.auth === "none") return [[names.baseUrl]]
  const keys = definition.keyOptional === true ? [names.baseUrl, ...names.keyNames] : names.keyNames
  return keys.map((name) => [name].concat(inUrl))
}

export { namesOf }
